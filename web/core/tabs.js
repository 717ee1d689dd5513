/** Tabs above a panel: one of them is chosen, by pressing it or by the arrows. */

import { h, setAttribute } from "./dom.js";

/** @import { Child } from "./dom.js" */

/**
 * What a tab holds, in a number next to its name.
 *
 * @typedef {object} Badge
 * @property {string} text "3".
 * @property {string} [label] What is counted, for screen readers and the pointer: "2 errors, 1 warning".
 * @property {"error" | "warning"} [level] Its colour.
 */

/** @param {Badge} badge */
function printBadge({ text, label, level }) {
  return h(
    "span",
    { class: level ? `tab-count tab-${level}` : "tab-count", title: label },
    " ",
    h("span", { "aria-hidden": label && "true" }, text),
    label !== undefined && h("span", { class: "hidden" }, label),
  );
}

export class Tabs {
  element;
  #panel;
  #onchoose;
  #chosen = -1;

  /**
   * @param {string} label
   * @param {HTMLElement} panel What they are for; it has an `id`.
   * @param {{ id: string, content: Child[], badge?: Badge }[]} tabs
   * @param {(index: number) => void} onchoose It is up to that to call show().
   */
  constructor(label, panel, tabs, onchoose) {
    this.#panel = panel;
    this.#onchoose = onchoose;
    setAttribute(panel, "role", "tabpanel");
    this.element = h("div", {
      class: "tabs",
      role: "tablist",
      "aria-label": label,
      onkeydown: (/** @type {KeyboardEvent} */ event) => this.#keydown(event),
    });
    for (const tab of tabs) {
      this.add(tab);
    }
    this.element.addEventListener("scroll", () => this.#markEnds());
    // Style sheets may come after the tabs, and windows change.
    new ResizeObserver(() => this.#settle()).observe(this.element);
  }

  /** @param {{ id: string, content: Child[], badge?: Badge }} tab It is the last one. */
  add({ id, content, badge }) {
    const index = this.element.childElementCount;
    this.element.append(
      h(
        "button",
        {
          type: "button",
          role: "tab",
          id,
          "aria-controls": this.#panel.id,
          "aria-selected": "false",
          tabindex: -1,
          onclick: () => this.#onchoose(index),
        },
        ...content,
        badge && printBadge(badge),
      ),
    );
    this.#markEnds();
  }

  /**
   * Sets the number next to a tab's name, or takes it away.
   *
   * @param {string} id Of the tab; nothing happens where it does not exist.
   * @param {Badge | null} badge
   */
  setBadge(id, badge) {
    const tab = [...this.element.children].find((child) => child.id === id);
    tab?.querySelector(".tab-count")?.remove();
    if (tab && badge) {
      tab.append(printBadge(badge));
    }
    // The names after it have moved.
    this.#settle();
  }

  #settle() {
    if (this.#chosen >= 0) {
      this.#bringIntoView(this.element.children[this.#chosen]);
    }
    this.#markEnds();
  }

  /** Says at which ends the bar can be scrolled, so that style sheets fade them. */
  #markEnds() {
    const { scrollLeft, scrollWidth, clientWidth } = this.element;
    const room = scrollWidth - clientWidth;
    setAttribute(this.element, "data-more-left", scrollLeft > 1);
    setAttribute(this.element, "data-more-right", room - scrollLeft > 1);
  }

  /** @param {number} index Of the tab that is chosen from now on. */
  show(index) {
    this.#chosen = index;
    [...this.element.children].forEach((tab, i) => {
      setAttribute(tab, "aria-selected", String(i === index));
      setAttribute(tab, "tabindex", i === index ? 0 : -1);
    });
    setAttribute(this.#panel, "aria-labelledby", this.element.children[index].id);
    this.#bringIntoView(this.element.children[index]);
  }

  /**
   * Where there is no room for all, the chosen one is in the middle. The bar alone is scrolled, not what it stands in.
   *
   * @param {Element} tab
   */
  #bringIntoView(tab) {
    const one = tab.getBoundingClientRect();
    const all = this.element.getBoundingClientRect();
    this.element.scrollLeft += (one.left + one.right - all.left - all.right) / 2;
  }

  /**
   * Chooses the tab that is so many further on.
   *
   * @param {number} by
   */
  step(by) {
    const count = this.element.childElementCount;
    this.#onchoose((this.#chosen + by + count) % count);
  }

  /** @param {KeyboardEvent} event */
  #keydown(event) {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (by) {
      event.preventDefault();
      this.step(document.dir === "rtl" ? -by : by);
      /** @type {HTMLElement} */ (this.element.children[this.#chosen]).focus();
    }
  }
}
