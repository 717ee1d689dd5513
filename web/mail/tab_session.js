/** How the mail came: who brought it, how it was protected, and what was said. */

import { ApiError } from "../core/api.js";
import { h } from "../core/dom.js";
import { formatNumber, formatSize } from "../core/format.js";
import { say } from "../core/messages.js";
import { formatMs, printDialogue } from "./dialogue.js";

/** @import { MailData } from "./mail_data.js" */
/** @import { Envelope, Line } from "./types.js" */

/**
 * @param {MailData} data
 * @param {Envelope} envelope
 * @param {Line[]} lines
 */
function printFacts({ mail }, envelope, lines) {
  const last = lines.at(-1);
  const facts = [
    [say("session.peer"), envelope.Peer],
    [say("session.helo"), envelope.Helo],
    [say("session.protocol"), envelope.Protocol],
    [say("session.tls"), envelope.TLS || say("session.noTls")],
    [say("session.user"), envelope.Username || say("session.nobody")],
    [say("session.time"), last ? formatMs(last.Milliseconds) : ""],
    [say("session.size"), `${formatSize(mail.Size)} (${formatNumber(mail.Size)} B)`],
  ].filter(([, value]) => value !== "");
  return h(
    "dl",
    { class: "facts" },
    ...facts.map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", { dir: "auto" }, value))),
  );
}

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
  return h(
    "div",
    { class: "session-tab" },
    printFacts(data, Envelope, lines),
    lines.length > 0 ? printDialogue(lines) : h("p", { class: "faint" }, say("session.none")),
  );
}
