/** Tags, each in a colour that is always its own. */

import { h } from "../core/dom.js";

/** As many as css/base.css has. */
const COLOURS = 10;

/**
 * @param {string} tag
 * @returns {number} Which colour: the same for a tag on every machine.
 */
export function colourOf(tag) {
  let hash = 0;
  for (const character of tag.toLowerCase()) {
    hash = (hash * 31 + (character.codePointAt(0) ?? 0)) >>> 0;
  }
  return hash % COLOURS;
}

/**
 * @param {string} tag
 * @returns {HTMLElement}
 */
export function tagChip(tag) {
  return h("span", { class: `tag tag-${colourOf(tag)}`, "data-tag": tag }, tag);
}
