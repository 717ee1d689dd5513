/** What is above all views of a mail: who wrote what to whom and when, how its list is left, what is attached, the code in it. */

import { h, icon, iconButton } from "../core/dom.js";
import { formatAge, formatSize, formatWholeTime } from "../core/format.js";
import { say } from "../core/messages.js";
import { tagChip } from "../list/tag_chip.js";
import { copyAndSay } from "./copy.js";
import { fewOf } from "./few.js";
import { printLeaving } from "./leaving.js";
import { outerLink } from "./linkify.js";
import { printThumbnail } from "./tab_files.js";

/** @import { Address } from "../core/types.js" */
/** @import { MailData } from "./mail_data.js" */
/** @import { Code } from "./types.js" */

/** @param {Address} address */
function printAddress({ Name, Address }) {
  return h(
    "span",
    { class: "address" },
    Name !== "" && h("bdi", { class: "address-name" }, Name),
    h("bdi", { class: Name === "" ? "address-name" : "faint" }, Address),
  );
}

/**
 * @param {string} name
 * @param {Address[]} addresses
 * @returns {Node[]}
 */
function printLine(name, addresses) {
  return addresses.length === 0
    ? []
    : [h("dt", {}, say(name)), h("dd", { class: "addresses" }, ...fewOf(addresses, printAddress))];
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
 * @param {MailData} data
 * @param {(tab: string) => void} show
 */
function printFiles(data, show) {
  const files = data.mail.Attachments;
  return (
    files.length > 0 &&
    h(
      "ul",
      { class: "file-strip", "aria-label": say("tab.files") },
      ...files
        .slice(0, 6)
        .map((file) =>
          h(
            "li",
            {},
            h(
              "button",
              { type: "button", class: "file-chip", onclick: () => show("files") },
              printThumbnail(data, file),
              h("bdi", { class: "file-name" }, file.FileName),
              h("span", { class: "faint" }, formatSize(file.Size)),
            ),
          ),
        ),
    )
  );
}

/**
 * @param {MailData} data
 * @param {{ print: () => void, show: (tab: string) => void }} actions
 */
export function makeHead(data, { print, show }) {
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
      h("h1", { class: "mail-subject", dir: "auto" }, mail.Subject || say("list.noSubject")),
      iconButton("print", say("mail.print"), print),
      h(
        "a",
        {
          class: "icon-button",
          href: data.rawUrl({ dl: 1 }),
          download: "",
          "aria-label": say("mail.download"),
          title: say("mail.download"),
        },
        icon("download"),
      ),
    ),
    h(
      "dl",
      { class: "mail-fields" },
      h("dt", {}, say("mail.from")),
      h(
        "dd",
        { class: "mail-from" },
        mail.From.Address || mail.From.Name ? printAddress(mail.From) : say("list.noSender"),
        h(
          "span",
          { class: "mail-when" },
          h("time", { datetime: mail.Date }, formatWholeTime(mail.Date)),
          ` · ${formatAge(mail.Date)} · ${formatSize(mail.Size)}`,
        ),
      ),
      ...printLine("mail.to", mail.To),
      ...printLine("mail.cc", mail.Cc),
      ...printLine("mail.bcc", mail.Bcc),
      ...printLine("mail.replyTo", mail.ReplyTo),
      ...printLeaving(data, () => show("checks")),
    ),
    h("div", { class: "mail-extras" }, ...mail.Tags.map((tag) => tagChip(tag)), codes, printFiles(data, show)),
  );
}
