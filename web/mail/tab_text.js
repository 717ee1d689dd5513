/** The message as text, with links. */

import { h } from "../core/dom.js";
import { hitsIn, markHits } from "../core/hits.js";
import { say } from "../core/messages.js";
import { router } from "../core/router.js";
import { readSetting, writeSetting } from "../core/settings.js";
import { choice } from "./choice.js";
import { linkify } from "./linkify.js";

/** @import { Child } from "../core/dom.js" */
/** @import { MailData } from "./mail_data.js" */
/** @import { Part } from "./types.js" */

/**
 * Lines that are quoted, by how deep.
 *
 * @param {string} line
 */
function depthOf(line) {
  const [marks] = /^(?:> ?)*/.exec(line) ?? [""];
  return marks.replaceAll(" ", "").length;
}

/**
 * @param {Node | string} piece Text, or a link.
 * @param {string[]} hits
 * @returns {Child[]}
 */
function markPiece(piece, hits) {
  if (typeof piece === "string") {
    return markHits(piece, hits);
  }
  if (piece instanceof HTMLElement) {
    piece.replaceChildren(...h("span", {}, ...markHits(piece.textContent, hits)).childNodes);
  }
  return [piece];
}

/**
 * Each run of lines of one depth is an element, whose direction is that of its own text.
 *
 * @param {string} text
 * @param {string[]} [hits] What is marked in it.
 * @returns {HTMLElement[]}
 */
export function printText(text, hits = []) {
  /** @type {{ depth: number, lines: string[] }[]} */
  const runs = [];
  for (const line of text.replace(/\n+$/, "").split("\n")) {
    const depth = depthOf(line);
    const last = runs.at(-1);
    // A paragraph is a run of its own, too.
    if (last?.depth === depth && !(line !== "" && last.lines.at(-1) === "")) {
      last.lines.push(line);
    } else {
      runs.push({ depth, lines: [line] });
    }
  }
  return runs.map(({ depth, lines }) =>
    h(
      "div",
      { dir: "auto", class: depth > 0 ? `quote quote-${Math.min(depth, 3)}` : null },
      ...linkify(`${lines.join("\n")}\n`).flatMap((piece) => markPiece(piece, hits)),
    ),
  );
}

/**
 * @param {Part} part
 * @returns {boolean}
 */
function hasText(part) {
  return part.Kind === "text" || part.Parts.some((child) => hasText(child));
}

/** @param {MailData} data */
export async function makeTextTab(data) {
  const { Structure } = await data.structure();
  const { Text } = data.mail;
  const content = h(
    "div",
    { class: "text-tab", "data-font": readSetting("font", "mono") },
    !hasText(Structure) && h("p", { class: "hint" }, say("text.made")),
    Text.trim() === ""
      ? h("p", { class: "faint" }, say("mail.noText"))
      : h(
          "div",
          { class: "mail-text", dir: "auto", tabindex: 0 },
          ...printText(Text, hitsIn(router.route.query, "body")),
        ),
  );
  const fonts = choice(
    "text.font",
    [
      { value: "mono", text: "text.mono" },
      { value: "proportional", text: "text.proportional" },
    ],
    readSetting("font", "mono"),
    (value) => {
      writeSetting("font", value);
      content.dataset.font = value;
    },
  );
  return { content, tools: [fonts] };
}
