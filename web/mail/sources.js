/** Where a rule comes from, as links. They are not followed until somebody clicks. */

import { h } from "../core/dom.js";
import { outerLink } from "./linkify.js";

/** The anchors of WCAG 2.2 by number. */
const WCAG = /** @type {Record<string, string>} */ ({
  "1.1.1": "non-text-content",
  "1.3.1": "info-and-relationships",
  "1.4.5": "images-of-text",
  "2.4.4": "link-purpose-in-context",
  "3.1.1": "language-of-page",
});

const DOCUMENT =
  /RFC (?<rfc>\d+)(?:,? (?<section>\d+(?:\.\d+)*(?![\d.])|appendix (?<appendix>[A-Z])))?|caniemail\.com, (?<feature>[\w-]+)|WHATWG HTML, (?<html>[\w-]+)|WCAG 2\.2, (?<criterion>\d\.\d\.\d)/g;

/** @param {Record<string, string | undefined>} groups Of DOCUMENT. */
function urlOf({ rfc, section, appendix, feature, html, criterion }) {
  if (rfc) {
    const anchor = appendix ? `#appendix-${appendix}` : section ? `#section-${section}` : "";
    return `https://www.rfc-editor.org/rfc/rfc${rfc}.html${anchor}`;
  }
  if (html) {
    return `https://html.spec.whatwg.org/multipage/#${html}`;
  }
  return feature
    ? `https://www.caniemail.com/features/${feature}/`
    : `https://www.w3.org/TR/WCAG22/#${WCAG[criterion ?? ""] ?? ""}`;
}

/**
 * @param {string} source As findings have it: "RFC 5322 3.6.4; RFC 2045 5".
 * @returns {HTMLElement}
 */
export function printSource(source) {
  /** @type {(Node | string)[]} */
  const pieces = [];
  let end = 0;
  for (const match of source.matchAll(DOCUMENT)) {
    pieces.push(source.slice(end, match.index), outerLink(urlOf(match.groups ?? {}), match[0]));
    end = match.index + match[0].length;
  }
  return h("span", { class: "source" }, ...pieces, source.slice(end));
}
