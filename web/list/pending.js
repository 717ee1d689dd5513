/** What somebody asked for, and what can still be undone: the list shows it as done from the first moment. */

/** @import { Marks, Summary } from "../core/types.js" */

/**
 * Messages, or all that a query finds and that came before a time.
 *
 * @typedef {{ mails: Summary[] } | { query: string, until: string, count: number }} Target
 */

/**
 * A deletion or a mark that the server does not know of yet: of some messages, or of all that the list had at that time.
 *
 * @typedef {object} Pending
 * @property {Set<string>} ids
 * @property {string} query Of the list.
 * @property {number} below Messages of the list with a smaller number; 0: only `ids`.
 * @property {Marks | null} marks What they get; null: they go.
 * @property {number} total How many the inbox loses.
 * @property {number} unread How many unread ones.
 * @property {boolean} isDone The server did it: lists that are asked for from now on have it.
 */

/**
 * @param {Target} target
 * @param {Marks | null} marks
 * @param {{ query: string, below: number, unread: number }} all Of the list: its query; and for all of it those that are meant,
 *   and how many are unread.
 * @returns {Pending}
 */
export function makePending(target, marks, { query, below, unread }) {
  const mails = "mails" in target ? target.mails : [];
  const total = "mails" in target ? mails.length : target.count;
  const read = "mails" in target ? mails.filter((mail) => !mail.Read).length : Math.min(unread, total);
  return {
    ids: new Set(mails.map((mail) => mail.ID)),
    query,
    below,
    marks,
    total: marks ? 0 : total,
    unread: !marks || marks.Read ? read : marks.Read === false ? read - total : 0,
    isDone: false,
  };
}

export class PendingChanges {
  /** Numbers that are left out of the list: all below this one, and these, the highest first. */
  #below = 0;
  /** @type {number[]} */
  #hidden = [];
  /** @type {Set<Pending>} */
  #all = new Set();

  /** @param {Pending} pending */
  add(pending) {
    this.#all.add(pending);
  }

  /** @param {Iterable<Pending>} them */
  drop(them) {
    for (const pending of them) {
      this.#all.delete(pending);
    }
  }

  /** @returns {Pending[]} */
  get done() {
    return [...this.#all].filter((pending) => pending.isDone);
  }

  /**
   * What the inbox counts, without what is to go.
   *
   * @param {{ total: number, unread: number }} inbox
   */
  count({ total, unread }) {
    for (const pending of this.#all) {
      total -= pending.total;
      unread -= pending.unread;
    }
    return { total: Math.max(0, total), unread: Math.max(0, unread) };
  }

  /**
   * Finds which messages of a list are about to go.
   *
   * @param {string} query Of the list.
   * @param {number} count How many it has.
   * @param {ReadonlyMap<string, number>} numbers Of the messages that are known, by their IDs.
   */
  hide(query, count, numbers) {
    const removals = [...this.#all].filter((pending) => pending.marks === null);
    const belows = removals.filter((pending) => pending.query === query).map((pending) => pending.below);
    this.#below = Math.min(Math.max(0, ...belows), count);
    this.#hidden = removals
      .flatMap((pending) => [...pending.ids])
      .flatMap((id) => numbers.get(id) ?? [])
      .filter((number) => number >= this.#below)
      .sort((one, other) => other - one);
  }

  get hiddenCount() {
    return this.#below + this.#hidden.length;
  }

  /** @param {number} number */
  isHidden(number) {
    return number < this.#below || this.#hidden.includes(number);
  }

  /**
   * @param {number} index Of a row.
   * @param {number} count How many the list has, hidden or not.
   * @returns {number} The number of its message.
   */
  numberAt(index, count) {
    let number = count - 1 - index;
    for (const hidden of this.#hidden) {
      if (hidden < number) {
        break;
      }
      number--;
    }
    return number;
  }

  /**
   * @param {number} number
   * @param {number} count How many the list has, hidden or not.
   * @returns {number} The row of that message; of one that is hidden, that of the next older one.
   */
  indexAt(number, count) {
    const above = this.#hidden.findIndex((hidden) => hidden <= number);
    return count - 1 - number - (above < 0 ? this.#hidden.length : above);
  }

  /**
   * @param {Summary} mail
   * @param {number} number Of the message in the list.
   * @param {string} query Of the list.
   * @returns {Summary} With the marks that it is to have.
   */
  apply(mail, number, query) {
    let shown = mail;
    for (const { marks, below, query: of } of this.#all) {
      if (marks && of === query && number < below) {
        shown = { ...shown, ...marks };
      }
    }
    return shown;
  }
}
