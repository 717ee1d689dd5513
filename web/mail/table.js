/** A table of findings. */

import { h } from "../core/dom.js";
import { say } from "../core/messages.js";

/**
 * @param {string} label
 * @param {string[]} columns Their names in the table of texts.
 * @param {HTMLElement[]} rows
 * @param {string} className
 * @returns {HTMLElement} It scrolls where it is wider than there is room.
 */
export function printTable(label, columns, rows, className) {
  return h(
    "div",
    { class: "wide", tabindex: 0, role: "region", "aria-label": label },
    h(
      "table",
      { class: className },
      h("thead", {}, h("tr", {}, ...columns.map((name) => h("th", { scope: "col" }, say(name))))),
      h("tbody", {}, ...rows),
    ),
  );
}
