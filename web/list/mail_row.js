/** One message in the list. */

import { h, icon, setAttribute } from "../core/dom.js";
import { formatAddress, formatNumber, formatRowTime, formatSize, formatWholeTime } from "../core/format.js";
import { hitsIn, markHits } from "../core/hits.js";
import { say } from "../core/messages.js";
import { linkTo } from "../core/router.js";
import { tagChip } from "./tag_chip.js";

/** @import { TimeStyle } from "../core/format.js" */
/** @import { Summary } from "../core/types.js" */

/**
 * What of a row is not in its message.
 *
 * @typedef {object} RowState
 * @property {string} query Of the list; the link to the message has it, and its hits are marked.
 * @property {boolean} isSelected
 * @property {boolean} isActive The keyboard is at it.
 * @property {boolean} isOpen It is shown beside the list.
 * @property {TimeStyle} timeStyle
 */

/** A row has room for a few. */
const NAMES_MAX = 20;

/** In bytes: smaller ones do not say how large they are. */
const LARGE = 1_000_000;

/**
 * @param {import("../core/types.js").Address[]} addresses
 * @returns {string}
 */
function namesOf(addresses) {
  return addresses.slice(0, NAMES_MAX).map(formatAddress).join(", ");
}

/** @param {Summary} mail */
function threadButton({ ID, ThreadCount: count = 1 }) {
  const label = say("list.thread", { count });
  return h(
    "button",
    { type: "button", tabindex: -1, class: "row-thread", "data-thread": ID, "aria-label": label, title: label },
    formatNumber(count),
  );
}

/**
 * What is in the row of a mail.
 *
 * @param {Summary} mail
 * @param {RowState} state
 * @returns {HTMLElement[]}
 */
function cellsOf(mail, state) {
  const to = namesOf([...mail.To, ...mail.Cc, ...mail.Bcc]);
  const marked = (/** @type {import("../core/hits.js").Place} */ place, /** @type {string} */ text) =>
    markHits(text, hitsIn(state.query, place));
  const link = linkTo({ query: state.query, id: mail.ID });
  return [
    h(
      "span",
      { role: "gridcell", class: "row-pick" },
      h("input", { type: "checkbox", tabindex: -1, "aria-label": say("list.select"), "data-act": "pick" }),
    ),
    h(
      "span",
      { role: "gridcell", class: "row-flag" },
      h(
        "button",
        {
          type: "button",
          tabindex: -1,
          class: "flag-button",
          "data-act": "flag",
          "aria-pressed": String(mail.Flagged),
          "aria-label": say("list.flag"),
        },
        icon("flag"),
      ),
    ),
    h(
      "span",
      { role: "gridcell", class: "row-from", dir: "auto" },
      ...marked("from", formatAddress(mail.From) || say("list.noSender")),
    ),
    h(
      "span",
      { role: "gridcell", class: "row-to", title: say("list.to", { name: to || say("list.noRecipient") }) },
      ...marked("to", to || say("list.noRecipient")),
    ),
    h(
      "span",
      { role: "gridcell", class: "row-text" },
      !mail.Read && h("span", { class: "hidden" }, say("list.unread")),
      (mail.ThreadCount ?? 1) > 1 && threadButton(mail),
      ...mail.Tags.map((tag) => tagChip(tag)),
      h(
        "span",
        { class: "row-words" },
        h(
          "a",
          { ...link, class: "row-subject", tabindex: -1, dir: "auto" },
          ...marked("subject", mail.Subject || say("list.noSubject")),
        ),
        h("span", { class: "row-snippet", dir: "auto" }, ...marked("body", mail.Snippet)),
      ),
      mail.Size > LARGE && h("span", { class: "row-size" }, formatSize(mail.Size)),
    ),
    h(
      "span",
      { role: "gridcell", class: "row-clip" },
      mail.Attachments > 0 && icon("clip"),
      mail.Attachments > 0 && h("span", { class: "hidden" }, say("list.attachments", { count: mail.Attachments })),
    ),
    h(
      "span",
      { role: "gridcell", class: "row-time", title: formatWholeTime(mail.Created) },
      h("time", { datetime: mail.Created }, formatRowTime(mail.Created, state.timeStyle)),
    ),
  ];
}

/** A row that is used for one message after another. */
export class MailRow {
  element = h("div", { role: "row", class: "row" });
  /** @type {Summary | undefined} */
  mail = undefined;
  #shown = "";

  /**
   * @param {number} index Counted from the top.
   * @param {Summary | undefined} mail Undefined: it is on its way.
   * @param {RowState} state
   */
  show(index, mail, state) {
    // What a message says changes only with its object.
    const time = mail ? formatRowTime(mail.Created, state.timeStyle) : "";
    const key = `${time} ${state.query}`;
    if (mail !== this.mail || key !== this.#shown || !this.element.firstChild) {
      this.element.replaceChildren(
        ...(mail ? cellsOf(mail, state) : [h("span", { role: "gridcell", class: "row-text" })]),
      );
      this.mail = mail;
      this.#shown = key;
    }
    const { element } = this;
    element.classList.toggle("unread", mail?.Read === false);
    element.classList.toggle("waiting", mail === undefined);
    element.classList.toggle("active", state.isActive);
    element.classList.toggle("open", state.isOpen);
    setAttribute(element, "aria-rowindex", index + 1);
    setAttribute(element, "aria-selected", String(state.isSelected));
    setAttribute(element, "aria-current", state.isOpen ? "true" : null);
    const box = element.querySelector("input");
    if (box) {
      box.checked = state.isSelected;
    }
  }
}
