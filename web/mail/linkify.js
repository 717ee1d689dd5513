/** Text with its addresses as links, which open elsewhere. */

import { h } from "../core/dom.js";

const ADDRESS = /https?:\/\/[^\s<>"'\u201c\u201d]+|mailto:[^\s<>"']+|[\w.+-]+@[\w-]+(?:\.[\w-]+)+/gi;

/**
 * What belongs to the sentence around an address, and not to it: "(see https://a.example/x)."
 *
 * @param {string} address
 * @returns {string}
 */
function trim(address) {
  let end = address.length;
  for (;;) {
    const last = address[end - 1];
    const opening = last === ")" ? "(" : last === "]" ? "[" : "";
    const isUnbalanced = opening !== "" && !address.slice(0, end).includes(opening);
    if (!isUnbalanced && !/[.,;:!?*_]/.test(last ?? "x")) {
      return address.slice(0, end);
    }
    end--;
  }
}

/** They turn around how what stands behind them is shown, so that one host looks like another. */
const DIRECTIONS = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/**
 * An address as it is read, whatever is in it.
 *
 * @param {string} url
 * @returns {string}
 */
export function printAddress(url) {
  return url.replaceAll(DIRECTIONS, encodeURIComponent);
}

/**
 * A link to elsewhere, whose page knows nothing of this one.
 *
 * @param {string} url http, https or mailto; others are shown as text.
 * @param {string} [text]
 * @returns {HTMLElement | string}
 */
export function outerLink(url, text = printAddress(url)) {
  return /^(https?|mailto):/i.test(url)
    ? h("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, text)
    : text;
}

/**
 * @param {string} text
 * @returns {(Node | string)[]}
 */
export function linkify(text) {
  /** @type {(Node | string)[]} */
  const pieces = [];
  let done = 0;
  for (const match of text.matchAll(ADDRESS)) {
    const address = trim(match[0]);
    pieces.push(text.slice(done, match.index));
    pieces.push(outerLink(/^(https?|mailto):/i.test(address) ? address : `mailto:${address}`, address));
    done = match.index + address.length;
  }
  pieces.push(text.slice(done));
  return pieces.filter((piece) => piece !== "");
}
