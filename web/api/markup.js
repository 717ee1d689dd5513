/** The descriptions of the document are CommonMark; of that they use paragraphs, `code`, **strong** and [links](…). */

import { h } from "../core/dom.js";

/**
 * @param {string} text One paragraph.
 * @returns {(Node | string)[]}
 */
export function inline(text) {
  return text
    .split(/(`[^`]+`|\*\*[^*]+\*\*|\[[^\]]+\]\(https:[^)]+\))/)
    .filter((piece) => piece !== "")
    .map((piece) => {
      const [, name, href] = /^\[(.+)\]\((.+)\)$/.exec(piece) ?? [];
      if (href) {
        return h("a", { href, target: "_blank", rel: "noreferrer" }, name);
      }
      if (piece.startsWith("`")) {
        return h("code", {}, piece.slice(1, -1));
      }
      return piece.startsWith("**") ? h("strong", {}, piece.slice(2, -2)) : piece;
    });
}

/**
 * @param {string} text
 * @returns {HTMLElement[]}
 */
export function paragraphs(text) {
  return text.split("\n\n").map((paragraph) => h("p", {}, ...inline(paragraph)));
}
