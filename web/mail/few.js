/** The first few of many, and a button that opens the rest. */

import { h } from "../core/dom.js";
import { say } from "../core/messages.js";

/** So many are seen at once; one or two more are not worth a button. */
const SHOWN = 10;
const SLACK = 2;

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
