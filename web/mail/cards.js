/** What a message is in addition to text: an invitation, a report of its delivery, something signed or encrypted. */

import { h, icon } from "../core/dom.js";
import { formatSize } from "../core/format.js";
import { say } from "../core/messages.js";
import { printCalendar } from "./calendar.js";
import { readGroups, valueOf } from "./delivery_report.js";
import { allParts, calendarMethod, PGP, typeParam } from "./structure.js";
import { isCalendar } from "./thumbnail.js";

/** @import { Child, IconName } from "../core/dom.js" */
/** @import { Attachment } from "../core/types.js" */
/** @import { Group } from "./delivery_report.js" */
/** @import { MailData } from "./mail_data.js" */
/** @import { Part } from "./types.js" */

/** Events of a calendar, and recipients of a report, in the head; the attachment has them all. */
const SHOWN = 3;

/** Bytes of a report that are read. */
const REPORT_MAX = 100_000;

/** @type {Record<string, string>} Names in the table of texts. */
const ACTIONS = {
  failed: "report.failed",
  delayed: "report.delayed",
  delivered: "report.delivered",
  relayed: "report.relayed",
  expanded: "report.expanded",
};

/** @type {Record<string, string>} By `smime-type`, in lower case (RFC 8551 3.2.2). */
const SMIME = {
  "enveloped-data": "crypto.encrypted",
  "authenveloped-data": "crypto.encrypted",
  "signed-data": "crypto.signed",
  "compressed-data": "crypto.compressed",
  "certs-only": "crypto.certificates",
};

/**
 * @param {IconName} name
 * @param {Child[]} children
 * @param {boolean} [isBad]
 */
function card(name, children, isBad = false) {
  return h(
    "section",
    { class: isBad ? "mail-card is-bad" : "mail-card" },
    icon(name),
    h("div", { class: "card-text" }, ...children),
  );
}

/**
 * @param {[name: string, value: string][]} rows Those without a value are left out.
 * @returns {HTMLElement}
 */
function rowsOf(rows) {
  return h(
    "dl",
    { class: "mail-fields" },
    ...rows
      .filter(([, value]) => value !== "")
      .flatMap(([name, value]) => [h("dt", {}, say(name)), h("dd", { dir: "auto" }, value)]),
  );
}

/**
 * @param {MailData} data
 * @param {Attachment} file
 * @param {(file: Attachment) => void} openFile
 */
async function calendarCard(data, file, openFile) {
  const events = printCalendar(await data.partText(file.PartID), await calendarMethod(data, file.PartID), true);
  const count = events.length - SHOWN;
  const more = h(
    "button",
    { type: "button", class: "link", onclick: () => openFile(file) },
    say("card.more", { count }),
  );
  return events.length === 0 ? [] : [card("calendar", [...events.slice(0, SHOWN), count > 0 && more])];
}

/**
 * @param {Group} recipient
 * @param {Group} report
 */
function recipientCard(recipient, report) {
  const action = (recipient.get("action") ?? "").trim().toLowerCase();
  const address = valueOf(recipient, "final-recipient") || say("report.nobody");
  const original = valueOf(recipient, "original-recipient");
  return card(
    action === "failed" ? "alert" : "send",
    [
      h("h2", { dir: "auto" }, say(ACTIONS[action] ?? "report.other", { address })),
      rowsOf([
        ["report.status", recipient.get("status") ?? ""],
        ["report.text", valueOf(recipient, "diagnostic-code")],
        ["report.original", original === address ? "" : original],
        ["report.remote", valueOf(recipient, "remote-mta")],
        ["report.by", valueOf(report, "reporting-mta")],
        ["report.until", recipient.get("will-retry-until") ?? ""],
      ]),
    ],
    action === "failed",
  );
}

/**
 * @param {MailData} data
 * @param {Attachment} file
 */
async function reportCards(data, file) {
  const [report = new Map(), ...recipients] = readGroups(await data.partText(file.PartID, REPORT_MAX));
  return recipients.slice(0, SHOWN).map((recipient) => recipientCard(recipient, report));
}

/**
 * @param {MailData} data
 * @param {Attachment} file
 */
async function receiptCards(data, file) {
  const [receipt = new Map()] = readGroups(await data.partText(file.PartID, REPORT_MAX));
  const [how = "", what = ""] = (receipt.get("disposition") ?? "").split(";", 2);
  const address = valueOf(receipt, "final-recipient") || say("report.nobody");
  return [
    card("mailOpen", [
      h("h2", { dir: "auto" }, say("receipt.title", { what: what.trim(), address })),
      h("p", { class: "faint" }, how.trim()),
    ]),
  ];
}

/**
 * @param {string} title A name in the table of texts.
 * @param {"crypto.smime" | "crypto.pgp"} kind
 * @param {string} text
 */
const cryptoCard = (title, kind, text) =>
  card("lock", [h("h2", {}, say(title, { kind: say(kind) })), text !== "" && h("p", { class: "faint" }, text)]);

/** @param {Part} part */
function printPart(part) {
  const type = part.ContentType;
  const kind = /pgp/i.test(type + typeParam(part, "protocol")) ? "crypto.pgp" : "crypto.smime";
  if (type === "multipart/signed") {
    const signature = part.Parts[1];
    const facts = signature && {
      name: signature.FileName || signature.ContentType,
      size: formatSize(signature.Size),
    };
    return cryptoCard("crypto.signed", kind, facts ? say("crypto.detached", facts) : "");
  }
  if (type === "multipart/encrypted") {
    return cryptoCard("crypto.encrypted", kind, say("crypto.hidden"));
  }
  if (/^application\/(?:x-)?pkcs7-mime$/.test(type)) {
    const title = SMIME[typeParam(part, "smime-type").toLowerCase()] ?? "crypto.unknown";
    const texts = /** @type {Record<string, string>} */ ({
      "crypto.signed": say("crypto.opaque", { kind: say(kind) }),
      "crypto.encrypted": say("crypto.hidden"),
    });
    return cryptoCard(title, kind, texts[title] ?? "");
  }
  return null;
}

/** @param {MailData} data */
async function cryptoCards(data) {
  const { Structure } = await data.structure();
  const cards = allParts(Structure)
    .map((part) => printPart(part))
    .filter((one) => one !== null);
  const inline = PGP.exec(data.mail.Text);
  if (inline) {
    const isSigned = inline.groups?.what !== undefined;
    const text = say(isSigned ? "crypto.inline" : "crypto.hidden");
    cards.push(cryptoCard(isSigned ? "crypto.signed" : "crypto.encrypted", "crypto.pgp", text));
  }
  return cards;
}

/**
 * @param {MailData} data
 * @param {(file: Attachment) => void} openFile
 * @returns {Promise<HTMLElement[]>} What cannot be read has no card.
 */
export async function makeCards(data, openFile) {
  const files = [...data.mail.Attachments, ...data.mail.Inline];
  const calendar = files.find((file) => isCalendar(file));
  const jobs = [
    ...(calendar ? [calendarCard(data, calendar, openFile)] : []),
    ...files
      .filter(({ ContentType }) => /^message\/(?:global-)?delivery-status$/.test(ContentType))
      .map((file) => reportCards(data, file)),
    ...files
      .filter(({ ContentType }) => /^message\/(?:global-)?disposition-notification$/.test(ContentType))
      .map((file) => receiptCards(data, file)),
    cryptoCards(data),
  ];
  const done = await Promise.allSettled(jobs);
  return done.flatMap((one) => (one.status === "fulfilled" ? one.value : []));
}
