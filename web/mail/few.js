/** The first few of many, and a button that opens the rest. */

import { h } from "../core/dom.js";
import { say } from "../core/messages.js";

/** So many are seen at once; one or two more are not worth a button. */
const SHOWN = 10;
const SLACK = 2;

/** Lines of addresses that are seen at once. */
const LINES = 2;

/**
 * @template Item
 * @param {Item[]} items
 * @param {(item: Item) => Element} print
 * @param {(button: HTMLElement) => Element} [wrap] What the button stands in.
 * @returns {Element[]}
 */
export function fewOf(items, print, wrap = (button) => button) {
  if (items.length <= SHOWN + SLACK) {
    return items.map((item) => print(item));
  }
  const count = items.length - SHOWN;
  /** @type {Element[]} */
  let opened = [];
  const button = h(
    "button",
    {
      type: "button",
      class: "link more",
      "aria-expanded": "false",
      onclick: () => {
        const isOpen = opened.length > 0;
        for (const element of opened) {
          element.remove();
        }
        opened = isOpen ? [] : items.slice(SHOWN).map((item) => print(item));
        last.before(...opened);
        button.setAttribute("aria-expanded", String(!isOpen));
        button.textContent = isOpen ? say("few.more", { count }) : say("few.fewer");
      },
    },
    say("few.more", { count }),
  );
  const last = wrap(button);
  return [...items.slice(0, SHOWN).map((item) => print(item)), last];
}

/**
 * As many as there is room for in two lines, and a button that opens the rest; it follows the width.
 *
 * @template {HTMLElement} Place
 * @param {Place} place What they are put in.
 * @param {string[] | object[]} items
 * @param {(item: any) => Element} print
 * @returns {Place}
 */
export function fewLines(place, items, print) {
  let isOpen = false;
  const button = h("button", {
    type: "button",
    class: "link more",
    onclick: () => {
      isOpen = !isOpen;
      draw();
    },
  });
  const show = (/** @type {number} */ count) => {
    const isWhole = count >= items.length;
    button.textContent = isWhole ? say("few.fewer") : say("few.more", { count: items.length - count });
    button.setAttribute("aria-expanded", String(isWhole));
    const shown = items.slice(0, count).map((item) => print(item));
    // The button stays in its place, and so does the focus.
    for (const child of [...place.children].filter((one) => one !== button)) {
      child.remove();
    }
    if (isWhole && !isOpen) {
      button.remove();
    } else if (button.parentElement !== place) {
      place.append(button);
    }
    place.prepend(...shown);
  };
  const fits = () => place.clientHeight < (LINES + 0.5) * Number.parseFloat(getComputedStyle(place).lineHeight);
  const draw = () => {
    if (isOpen) {
      show(items.length);
      return;
    }
    let count = items.length <= SHOWN + SLACK ? items.length : SHOWN;
    show(count);
    while (count > 1 && !fits()) {
      count--;
      show(count);
    }
  };
  show(Math.min(items.length, SHOWN));
  if (items.length > 1) {
    let width = 0;
    new ResizeObserver(() => {
      if (place.clientWidth !== width) {
        width = place.clientWidth;
        draw();
      }
    }).observe(place);
  }
  return place;
}
