/** How the message came: who brought it, how it was protected, and what was said. */

import { ApiError } from "../core/api.js";
import { h } from "../core/dom.js";
import { formatNumber, formatSize } from "../core/format.js";
import { say } from "../core/messages.js";
import { formatMs, printDialogue } from "./dialogue.js";
import { printFacts } from "./facts.js";

/** @import { MailData } from "./mail_data.js" */
/** @import { Line } from "./types.js" */

/** @param {MailData} data */
export async function makeSessionTab(data) {
  const { Envelope } = await data.structure();
  /** @type {Line[]} */
  let lines = [];
  try {
    lines = await data.session();
  } catch (error) {
    if (!(error instanceof ApiError && error.status === 404)) {
      throw error;
    }
  }
  const last = lines.at(-1);
  const { Size } = data.mail;
  return h(
    "div",
    { class: "session-tab" },
    printFacts([
      ["session.peer", Envelope.Peer],
      ["session.helo", Envelope.Helo],
      ["session.protocol", Envelope.Protocol],
      ["session.tls", Envelope.TLS || say("session.noTls")],
      ["session.user", Envelope.Username || say("session.nobody")],
      ["session.time", last ? formatMs(last.Milliseconds) : ""],
      ["session.size", `${formatSize(Size)} (${formatNumber(Size)} B)`],
    ]),
    lines.length > 0 ? printDialogue(lines) : h("p", { class: "faint" }, say("session.none")),
  );
}
