/** The source of the HTML, in colours and with the numbers of its lines; as it was sent, or formatted. */

import { h } from "../core/dom.js";
import { formatSize } from "../core/format.js";
import { say } from "../core/messages.js";
import { readSetting, writeSetting } from "../core/settings.js";
import { choice } from "./choice.js";
import { makeCode, whenShown } from "./code_view.js";
import { readHtml } from "./html_tokens.js";
import { formatHtml } from "./pretty_html.js";

/** @import { MailData } from "./mail_data.js" */

/** After so many characters there are no colours: each piece is an element. */
const COLOURED_MAX = 150_000;

/** @param {MailData} data */
export function makeSourceTab(data) {
  const source = data.mail.HTML.replaceAll("\r\n", "\n");
  const line = data.takeLine("source");
  const body = h("div");
  // The lines of findings are those of the source as it was sent.
  let isFormatted = line === undefined && readSetting("formatted", /** @type {boolean} */ (false));
  const draw = () => {
    const text = isFormatted ? formatHtml(source) : source;
    const rest = { kind: "text", text: text.slice(COLOURED_MAX) };
    const { code, tools, showLine } = makeCode(
      say("source.label"),
      [...readHtml(text.slice(0, COLOURED_MAX)), rest],
      text,
    );
    const form = choice(
      "source.form",
      [
        { value: "sent", text: "source.sent" },
        { value: "formatted", text: "source.formatted" },
      ],
      isFormatted ? "formatted" : "sent",
      (value) => {
        isFormatted = value === "formatted";
        writeSetting("formatted", isFormatted);
        draw();
        body.querySelector("button")?.focus();
      },
    );
    body.replaceChildren(
      ...(rest.text === "" ? [] : [h("p", { class: "hint" }, say("source.long", { size: formatSize(COLOURED_MAX) }))]),
      h("div", { class: "tab-bar" }, form, ...tools),
      code,
    );
    return showLine;
  };
  const showLine = draw();
  const tab = h("div", { class: "source-tab" }, body);
  whenShown(tab, line, showLine);
  return tab;
}
