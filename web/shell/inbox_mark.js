/** A square with the first letter of an inbox, by whose colour one tells its pages from those of others. */

import { h } from "../core/dom.js";
import { colourOf } from "../list/tag_chip.js";

/**
 * @param {string} name
 * @returns {HTMLElement}
 */
export function inboxMark(name) {
  const [letter = ""] = name.replace(/^\/+/, "");
  return h("span", { class: `tag tag-${colourOf(name)} inbox-mark`, "aria-hidden": "true" }, letter.toUpperCase());
}
