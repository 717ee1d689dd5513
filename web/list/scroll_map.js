/**
 * Where in a long list a scroll bar stands. Browsers draw nothing beyond some millions of pixels, so the scrolled area is
 * no higher than that, and stands for a list that is: a little scrolling moves the list as much, dragging the bar moves it
 * in proportion.
 */

/** In CSS pixels. Browsers have limits from 17 millions on, which at 400 % zoom are a quarter of that. */
export const HEIGHT_MAX = 4_000_000;

export class ScrollMap {
  /** Of the scrolled area. */
  height = 0;
  /** How far the list is scrolled. */
  top = 0;
  #listHeight = 0;
  #viewport = 0;
  /** How far the area is scrolled. */
  #areaTop = 0;

  /**
   * What is added to a place in the list to have it in the area.
   *
   * @returns {number}
   */
  get shift() {
    return this.#areaTop - this.top;
  }

  /**
   * @param {number} listHeight
   * @param {number} viewport How high what is seen of it is.
   */
  resize(listHeight, viewport) {
    this.#listHeight = listHeight;
    this.#viewport = viewport;
    this.height = Math.min(listHeight, HEIGHT_MAX);
  }

  /**
   * The area was scrolled.
   *
   * @param {number} areaTop
   * @returns {number | null} Where to scroll the area to instead, so that there is room in both directions.
   */
  scrolled(areaTop) {
    const distance = areaTop - this.#areaTop;
    const listMax = Math.max(0, this.#listHeight - this.#viewport);
    const areaMax = Math.max(0, this.height - this.#viewport);

    this.#areaTop = areaTop;
    if (listMax <= areaMax || areaMax === 0) {
      this.top = areaTop;
      return null;
    }
    const isJump = Math.abs(distance) > 2 * this.#viewport;
    this.top = isJump ? (areaTop / areaMax) * listMax : Math.min(Math.max(0, this.top + distance), listMax);
    const proportional = (this.top / listMax) * areaMax;
    const isAtEnd = areaTop <= 0 || areaTop >= areaMax;
    if (Math.abs(proportional - areaTop) > (isAtEnd ? 1 : HEIGHT_MAX / 8)) {
      this.#areaTop = proportional;
      return proportional;
    }
    if (isAtEnd) {
      this.top = areaTop <= 0 ? 0 : listMax;
    }
    return null;
  }

  /**
   * The list is to be scrolled.
   *
   * @param {number} top
   * @returns {number} Where to scroll the area to.
   */
  scrollTo(top) {
    const listMax = Math.max(0, this.#listHeight - this.#viewport);
    const areaMax = Math.max(0, this.height - this.#viewport);

    this.top = Math.min(Math.max(0, top), listMax);
    // By whole pixels, for that is what a browser scrolls by.
    this.#areaTop = Math.round(listMax <= areaMax ? this.top : (this.top / listMax) * areaMax);
    return this.#areaTop;
  }
}
