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

/**
 * A text as children of an element, its hits as <mark>.
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
  /** @type {Child[]} */
  const out = [];
  let end = 0;
  while (end < text.length) {
    const next = hits
      .map((hit) => ({ at: lower.indexOf(hit, end), length: hit.length }))
      .filter(({ at }) => at >= 0)
      .sort((one, other) => one.at - other.at || other.length - one.length)[0];
    if (!next) {
      break;
    }
    out.push(text.slice(end, next.at), h("mark", { class: "hit" }, text.slice(next.at, next.at + next.length)));
    end = next.at + next.length;
  }
  return [...out, text.slice(end)].filter((child) => child !== "");
}
