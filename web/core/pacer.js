/** Does something whenever it is asked to, one at a time, and with a pause in between. */

export class Pacer {
  #act;
  #pauseMs;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  #endedAt = -Infinity;
  #isAsked = false;

  /**
   * @param {() => Promise<void>} act
   * @param {number} pauseMs From the end of one to the beginning of the next.
   */
  constructor(act, pauseMs) {
    this.#act = act;
    this.#pauseMs = pauseMs;
  }

  /** A request while it runs makes it run once more afterwards. */
  ask() {
    this.#isAsked = true;
    if (this.#timer === undefined) {
      this.#timer = setTimeout(() => void this.#run(), Math.max(0, this.#endedAt + this.#pauseMs - performance.now()));
    }
  }

  async #run() {
    this.#isAsked = false;
    await this.#act();
    this.#endedAt = performance.now();
    this.#timer = undefined;
    if (this.#isAsked) {
      this.ask();
    }
  }
}
