/** Tags, each in a colour that is always its own. */

import { h } from "../core/dom.js";

/** As many as css/base.css has. */
const COLOURS = 14;

/** The names that the server accepts, as the pattern of a field. */
export const TAG_PATTERN = "[A-Za-z0-9 ._@\\-]+";

/**
 * @param {string} tag
 * @returns {number} Which colour: the same for a tag on every machine.
 */
export function colourOf(tag) {
  let hash = 0x811c9dc5; // FNV-1a
  for (const character of tag.toLowerCase()) {
    hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193) >>> 0;
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
