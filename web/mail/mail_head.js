/**
 * What is above all views of a message: who wrote what to whom and when, its tags, how one unsubscribes, what is attached,
 * the code in it.
 */

import { h, icon, iconButton } from "../core/dom.js";
import { formatAge, formatSize, formatWholeTime } from "../core/format.js";
import { hitsIn, markHits } from "../core/hits.js";
import { live } from "../core/live.js";
import { say } from "../core/messages.js";
import { router } from "../core/router.js";
import { mails } from "../list/mail_source.js";
import { tagChip } from "../list/tag_chip.js";
import { openTagMenu } from "../list/tag_menu.js";
import { copyAndSay } from "./copy.js";
import { fewLines } from "./few.js";
import { nameOf } from "./file_names.js";
import { printLeaving } from "./leaving.js";
import { outerLink } from "./linkify.js";
import { PGP } from "./structure.js";
import { isCalendar, printThumbnail } from "./thumbnail.js";

/** @import { Place } from "../core/hits.js" */
/** @import { InboxEvent } from "../core/live.js" */
/** @import { Address, Attachment, Message, Summary } from "../core/types.js" */
/** @import { MailData } from "./mail_data.js" */
/** @import { Code } from "./types.js" */

/** Files in the head; the tab has them all. */
const FILES_MAX = 6;

/** Types of parts that have a card. */
const CARDS =
  /^(?:application\/(?:(?:x-)?pkcs7-(?:mime|signature)|pgp-(?:encrypted|signature))|message\/(?:global-)?(?:delivery-status|disposition-notification))$/;

const TIME = /** @type {const} */ ({
  day: "numeric",
  month: "short",
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
});

/**
 * @param {string} time
 * @returns {string} "24 Nov, 14:05:09", with its year where that is another.
 */
function formatShortTime(time) {
  const date = new Date(time);
  const year = date.getFullYear() === new Date().getFullYear() ? undefined : "numeric";
  return new Intl.DateTimeFormat("en-GB", { ...TIME, year }).format(date);
}

/** @param {Place} place Of what the search that led here looks for. */
const hitsOf = (place) => hitsIn(router.route.query, place);

/**
 * @param {Address} address
 * @param {string[]} [hits] What is marked in it.
 */
function printAddress({ Name, Address }, hits = []) {
  return h(
    "span",
    { class: "address", title: Name === "" ? null : Address },
    Name !== "" && h("bdi", { class: "address-name" }, ...markHits(Name, hits)),
    h("bdi", { class: Name === "" ? "address-name" : "faint" }, ...markHits(Address, hits)),
  );
}

/** @param {Message} mail */
function printSubject({ Subject }) {
  return Subject === "" ? [say("list.noSubject")] : markHits(Subject, hitsOf("subject"));
}

/**
 * @param {string} name
 * @param {Address[]} addresses
 * @returns {Node[]}
 */
function printLine(name, addresses) {
  return addresses.length === 0
    ? []
    : [
        h("dt", {}, say(name)),
        fewLines(h("dd", { class: "addresses" }), addresses, (address) => printAddress(address, hitsOf("to"))),
      ];
}

/** @param {Code} code */
function printCode(code) {
  const isCode = code.Kind === "code";
  return h(
    "div",
    { class: "code-chip", title: code.Context },
    icon(isCode ? "key" : "link"),
    isCode ? h("span", { class: "code-value" }, code.Value) : h("span", { class: "code-link" }, outerLink(code.Value)),
    iconButton("copy", say(isCode ? "mail.copyCode" : "mail.copyLink"), () => void copyAndSay(code.Value)),
    h("kbd", { "aria-hidden": "true" }, isCode ? "c" : "l"),
  );
}

/**
 * The surest code and the surest link.
 *
 * @param {Code[]} codes
 * @param {Code["Kind"]} kind
 */
export function bestCode(codes, kind) {
  return codes.find((code) => code.Kind === kind);
}

/** @param {Code[]} codes */
function printCodes(codes) {
  const best = [bestCode(codes, "code"), bestCode(codes, "link")].filter((code) => code !== undefined);
  return best.map((code) => printCode(code));
}

/**
 * The tags, and a button for more, which follow what is set elsewhere.
 *
 * @param {MailData} data
 */
function printTags({ mail, signal }) {
  const place = h("span", { class: "mail-tags" });
  const known = () => mails.byId(mail.ID) ?? /** @type {Summary & Message} */ (mail);
  const button = iconButton("plus", say("mail.addTag"), () => openTagMenu(button, { mails: [known()] }));
  const draw = () => {
    const { Tags } = known();
    if (place.childElementCount === 0 || String(Tags) !== place.dataset.tags) {
      place.dataset.tags = String(Tags);
      place.replaceChildren(...Tags.map((tag) => tagChip(tag)), button);
    }
  };
  mails.addEventListener("change", draw, { signal });
  live.addEventListener(
    "inbox",
    (event) => {
      for (const one of /** @type {CustomEvent<InboxEvent[]>} */ (event).detail) {
        if (one.kind === "update" && one.change.ID === mail.ID) {
          mail.Tags = one.change.Tags;
        }
      }
      draw();
    },
    { signal },
  );
  draw();
  return place;
}

/** @param {MailData} data */
function printSender({ mail }) {
  const { From, ReturnPath, Username } = mail;
  return [
    From.Address || From.Name ? printAddress(From, hitsOf("from")) : say("list.noSender"),
    ReturnPath !== "" &&
      ReturnPath.toLowerCase() !== From.Address.toLowerCase() &&
      h("span", { class: "faint", title: say("mail.viaTitle") }, say("mail.via"), " ", h("bdi", {}, ReturnPath)),
    Username !== "" && h("span", { class: "faint" }, say("mail.user"), " ", h("bdi", {}, Username)),
  ];
}

/**
 * @param {MailData} data
 * @param {(file: Attachment) => void} openFile
 */
function printFiles(data, openFile) {
  const files = data.mail.Attachments;
  return (
    files.length > 0 &&
    h(
      "ul",
      { class: "file-strip", "aria-label": say("tab.files") },
      ...files.slice(0, FILES_MAX).map((file) => {
        const name = h("bdi", { class: "file-name" }, file.FileName);
        void nameOf(data, file).then((text) => (name.textContent = text));
        return h(
          "li",
          {},
          h(
            "button",
            { type: "button", class: "file-chip", onclick: () => openFile(file) },
            printThumbnail(data, file),
            name,
            h("span", { class: "faint" }, formatSize(file.Size)),
          ),
        );
      }),
    )
  );
}

/**
 * What is said of invitations, reports and signatures; the code for it is loaded where there are any.
 *
 * @param {MailData} data
 * @param {(file: Attachment) => void} openFile
 */
function printCards(data, openFile) {
  const place = h("div", { class: "mail-cards" });
  const { Attachments, Inline, Text } = data.mail;
  if ([...Attachments, ...Inline].some((file) => CARDS.test(file.ContentType) || isCalendar(file)) || PGP.test(Text)) {
    import("./cards.js")
      .then(({ makeCards }) => makeCards(data, openFile))
      .then(
        (cards) => place.replaceChildren(...cards),
        () => {},
      );
  }
  return place;
}

/**
 * @param {MailData} data
 * @param {{ show: (tab: string) => void, openFile: (file: Attachment) => void }} actions
 */
export function makeHead(data, { show, openFile }) {
  const { mail } = data;
  const codes = h("div", { class: "code-chips" });
  data.codes().then(
    (found) => codes.replaceChildren(...printCodes(found)),
    () => {},
  );
  return h(
    "header",
    { class: "mail-head" },
    h(
      "div",
      { class: "mail-title" },
      h("h1", { class: "mail-subject", dir: "auto" }, ...printSubject(mail)),
      printTags(data),
    ),
    h(
      "dl",
      { class: "mail-fields" },
      h("dt", {}, say("mail.from")),
      h(
        "dd",
        { class: "mail-from" },
        ...printSender(data),
        printLeaving(data, () => show("checks")),
      ),
      h(
        "dd",
        { class: "mail-when", title: formatWholeTime(mail.Date) },
        h("time", { datetime: mail.Date }, formatShortTime(mail.Date)),
        ` · ${formatAge(mail.Date)} · ${formatSize(mail.Size)}`,
      ),
      ...printLine("mail.to", mail.To),
      ...printLine("mail.cc", mail.Cc),
      ...printLine("mail.bcc", mail.Bcc),
      ...printLine("mail.replyTo", mail.ReplyTo),
    ),
    h("div", { class: "mail-extras" }, codes, printFiles(data, openFile)),
    printCards(data, openFile),
  );
}
