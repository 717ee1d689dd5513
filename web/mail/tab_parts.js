/** The parts of the message as a tree, each with its size and its header. */

import { h, icon } from "../core/dom.js";
import { formatNumber, formatSize } from "../core/format.js";
import { say } from "../core/messages.js";
import { printFields } from "./tab_headers.js";

/** @import { IconName } from "../core/dom.js" */
/** @import { MailData } from "./mail_data.js" */
/** @import { Part } from "./types.js" */

/** @type {Record<Part["Kind"], IconName>} */
const ICONS = {
  container: "down",
  text: "menu",
  html: "desktop",
  alternative: "phone",
  inline: "image",
  attachment: "clip",
};

/** @param {Part} part */
function printPart(part) {
  const form = part.Kind === "alternative" ? say("parts.alternative") : "";
  const facts = [form, part.Charset, part.Encoding, part.Disposition].filter((fact) => fact !== "");
  const size =
    part.Size === part.RawSize
      ? formatSize(part.Size)
      : `${formatSize(part.Size)} (${say("parts.sent", { size: formatSize(part.RawSize) })})`;
  return h(
    "summary",
    {},
    icon(ICONS[part.Kind]),
    h("span", { class: "part-id" }, part.PartID),
    h("span", { class: "part-type" }, part.ContentType),
    h("span", { class: "part-name", dir: "auto" }, part.FileName || (part.ContentID ? `cid:${part.ContentID}` : "")),
    h("span", { class: "part-facts" }, facts.join(" · ")),
    h("span", { class: "part-size", title: `${formatNumber(part.Size)} B` }, size),
  );
}

/**
 * @param {MailData} data
 * @param {Part} part
 * @returns {HTMLElement}
 */
function printTree(data, part) {
  const details = h("details", { class: "part" }, printPart(part));
  // Thousands of parts have many headers: each is made when it is looked at.
  details.addEventListener(
    "toggle",
    () => details.append(h("div", { class: "part-fields" }, printFields(part.Fields, { isRaw: true }))),
    { once: true },
  );
  const below = part.Parts.map((child) => h("li", {}, printTree(data, child)));
  const download =
    part.Kind !== "container" &&
    h(
      "a",
      {
        class: "icon-button",
        href: data.partUrl(part.PartID, { dl: 1 }),
        download: "",
        "aria-label": say("parts.download", { part: part.PartID }),
        title: say("parts.download", { part: part.PartID }),
      },
      icon("download"),
    );
  return h(
    "div",
    { class: "part-row" },
    details,
    download,
    below.length > 0 && h("ul", { class: "part-list" }, ...below),
  );
}

/** @param {MailData} data */
export async function makePartsTab(data) {
  const { Structure } = await data.structure();
  return h("div", { class: "parts-tab", role: "region", "aria-label": say("parts.label") }, printTree(data, Structure));
}
