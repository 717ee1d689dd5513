/** The message as it was received. */

import { ask, readText } from "../core/api.js";
import { h } from "../core/dom.js";
import { formatSize } from "../core/format.js";
import { say } from "../core/messages.js";
import { makeCode, whenShown } from "./code_view.js";

/** @import { MailData } from "./mail_data.js" */

/** A page of more text is slow. */
const SHOWN_MAX = 500_000;

/** @param {MailData} data */
export async function makeRawTab(data) {
  const options = { headers: { Range: `bytes=0-${SHOWN_MAX - 1}` }, signal: data.signal };
  const text = await ask(data.rawUrl(), options, readText);
  const isCut = data.mail.Size > SHOWN_MAX;
  const { code, tools, showLine } = makeCode(say("raw.label"), [{ kind: "text", text }]);
  const tab = h(
    "div",
    { class: "raw-tab" },
    isCut &&
      h(
        "p",
        { class: "hint" },
        say("raw.cut", { size: formatSize(SHOWN_MAX) }),
        " ",
        h("a", { href: data.rawUrl(), target: "_blank", rel: "noopener" }, say("raw.all")),
      ),
    h("div", { class: "tab-bar" }, ...tools),
    code,
  );
  whenShown(tab, data.takeLine("raw"), showLine);
  return tab;
}
