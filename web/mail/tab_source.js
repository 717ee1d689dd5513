/** The source of the HTML, in colours and with the numbers of its lines. */

import { h } from "../core/dom.js";
import { formatSize } from "../core/format.js";
import { say } from "../core/messages.js";
import { readHtml } from "./html_tokens.js";

/** @import { MailData } from "./mail_data.js" */

/** Behind it there are no colours: each piece is an element. */
const COLOURED_MAX = 150_000;

/** @param {MailData} data */
export function makeSourceTab({ mail }) {
  const source = mail.HTML.replaceAll("\r\n", "\n");
  const coloured = source.slice(0, COLOURED_MAX);
  const rest = source.slice(COLOURED_MAX);
  const pieces = readHtml(coloured).map(({ kind, text }) =>
    kind === "text" ? text : h("span", { class: `hl-${kind}` }, text),
  );
  const n = source.split("\n").length;
  const numbers = Array.from({ length: n }, (_, index) => index + 1).join("\n");
  return h(
    "div",
    { class: "source-tab" },
    rest !== "" && h("p", { class: "hint" }, say("source.long", { size: formatSize(COLOURED_MAX) })),
    h(
      "div",
      { class: "code", tabindex: 0, role: "region", "aria-label": say("source.label") },
      h("pre", { class: "code-numbers", "aria-hidden": "true" }, numbers),
      h("pre", { class: "code-text", dir: "ltr" }, ...pieces, rest),
    ),
  );
}
