/** Queries as far as all parts know them: how values are written, and what is looked for, marked where it is shown. */

import { h } from "./dom.js";

/** @import { Child } from "./dom.js" */

/** @typedef {"from" | "to" | "subject" | "body"} Place Where on the page a text is. */

/** @type {Readonly<Record<string, Place[]>>} Where the value of a field is shown; "": that of a text without one. */
const PLACES = {
  "": ["from", "to", "subject", "body"],
  from: ["from"],
  to: ["to"],
  cc: ["to"],
  bcc: ["to"],
  rcpt: ["to"],
  addressed: ["from", "to"],
  subject: ["subject"],
  body: ["body"],
};

/** A term: a sign, a field, and a value that may be quoted. */
const TERM = /([-!]?)(?:([a-z-]+):)?(?:"([^"]*)"?|([^\s"]+))/gi;

/**
 * A value as it stands in a query.
 *
 * @param {string} value
 * @returns {string}
 */
export function quoteValue(value) {
  return /[\s"]/.test(value) ? `"${value.replaceAll('"', "")}"` : value;
}

/** @param {string} text */
function escapeExpression(text) {
  return text.replaceAll(/[$()*+.?[\\\]^{|}]/g, String.raw`\$&`);
}

/**
 * The texts that a query looks for in a place, in lower case.
 *
 * @param {string} query
 * @param {Place} place
 * @returns {string[]}
 */
export function hitsIn(query, place) {
  const found = [];
  for (const [, sign, field = "", quoted, plain] of query.matchAll(TERM)) {
    const text = (quoted ?? plain ?? "").trim().toLowerCase();
    if (sign === "" && text !== "" && PLACES[field.toLowerCase()]?.includes(place)) {
      found.push(text);
    }
  }
  return found;
}

/** Marks in one text; of what is found more often, the first. */
const MARKS_MAX = 2000;

/**
 * A text as children of an element, its hits as <mark>: the first in the text, and of several there the longest.
 *
 * @param {string} text
 * @param {string[]} hits In lower case.
 * @returns {Child[]}
 */
export function markHits(text, hits) {
  const lower = text.toLowerCase();
  // Where a lower case letter is longer, places would differ.
  if (hits.length === 0 || lower.length !== text.length) {
    return [text];
  }
  const words = hits.toSorted((one, other) => other.length - one.length).map((hit) => escapeExpression(hit));
  /** @type {Child[]} */
  const out = [];
  let end = 0;
  let count = 0;
  for (const { 0: hit, index } of lower.matchAll(new RegExp(words.join("|"), "g"))) {
    if (count++ === MARKS_MAX) {
      break;
    }
    out.push(text.slice(end, index), h("mark", { class: "hit" }, text.slice(index, index + hit.length)));
    end = index + hit.length;
  }
  return [...out, text.slice(end)].filter((child) => child !== "");
}
