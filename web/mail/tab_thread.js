/** The conversation on one page: a message below another, the oldest first, of which any can be opened. */

import { listMails, readMail } from "../core/api.js";
import { h, icon, setAttribute } from "../core/dom.js";
import { formatAddress, formatAge, formatWholeTime } from "../core/format.js";
import { say } from "../core/messages.js";
import { linkTo, router } from "../core/router.js";
import { MailData } from "./mail_data.js";
import { SANDBOX } from "./tab_html.js";
import { printText } from "./tab_text.js";

/** @import { Summary } from "../core/types.js" */

/** Of a longer conversation these are the newest. */
const MESSAGES_MAX = 200;

/**
 * What is shown of an open message: to whom, and its HTML or its text.
 *
 * @param {MailData} data
 */
function printBody(data) {
  const { mail } = data;
  const to = [...mail.To, ...mail.Cc].map((address) => formatAddress(address));
  return [
    h(
      "p",
      { class: "thread-facts faint" },
      h("span", { dir: "auto" }, say("list.to", { name: to.join(", ") || say("list.noRecipient") })),
      mail.Attachments.length > 0 && h("span", {}, say("list.attachments", { count: mail.Attachments.length })),
      h("a", linkTo({ query: router.route.query, id: mail.ID }), say("thread.alone")),
    ),
    mail.HTML === ""
      ? h("div", { class: "mail-text", dir: "auto", tabindex: 0 }, ...printText(mail.Text || say("mail.noText")))
      : h("iframe", {
          title: say("html.frame"),
          sandbox: SANDBOX,
          referrerpolicy: "no-referrer",
          src: data.viewUrl({ frame: 1 }),
        }),
  ];
}

/** One message of the conversation. */
class Entry {
  /** @type {HTMLElement} */
  element;
  button;
  #body = h("div", { class: "thread-body", hidden: true });
  #summary;
  #current;

  /**
   * @param {Summary} summary
   * @param {MailData} current The message that the page is about.
   */
  constructor(summary, current) {
    this.#summary = summary;
    this.#current = current;
    this.button = h(
      "button",
      { type: "button", class: "thread-head", "aria-expanded": "false", onclick: () => void this.toggle() },
      icon("next"),
      h("bdi", { class: "thread-from" }, formatAddress(summary.From) || say("list.noSender")),
      h("span", { class: "thread-snippet faint", dir: "auto" }, summary.Snippet),
      h(
        "time",
        { class: "faint", datetime: summary.Created, title: formatWholeTime(summary.Created) },
        formatAge(summary.Created),
      ),
    );
    const isCurrent = summary.ID === current.mail.ID;
    this.element = h(
      "li",
      { class: "thread-entry", "aria-current": isCurrent && "true" },
      h("h2", {}, this.button),
      this.#body,
    );
  }

  get isOpen() {
    return !this.#body.hidden;
  }

  async toggle(isOpen = !this.isOpen) {
    this.#body.hidden = !isOpen;
    setAttribute(this.button, "aria-expanded", String(isOpen));
    if (!isOpen || this.#body.childElementCount > 0) {
      return;
    }
    try {
      this.#body.replaceChildren(...printBody(await this.#read()));
    } catch (error) {
      const message = say("mail.failed", { message: String(error) });
      this.#body.replaceChildren(h("p", { class: "mail-problem", role: "alert" }, message));
    }
  }

  async #read() {
    const { mail, signal } = this.#current;
    return mail.ID === this.#summary.ID
      ? this.#current
      : new MailData(await readMail(this.#summary.ID, signal), signal);
  }
}

/**
 * The arrows lead from one message to the next.
 *
 * @param {KeyboardEvent} event
 * @param {Entry[]} entries
 */
function moveFocus(event, entries) {
  const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const index = entries.findIndex(({ button }) => button === document.activeElement);
  if (by && index >= 0) {
    event.preventDefault();
    entries[index + by]?.button.focus();
  }
}

/** @param {MailData} data */
export async function makeThreadTab(data) {
  const { messages, messages_count: count } = await listMails(`thread:${data.mail.ID}`, 0, MESSAGES_MAX, data.signal);
  const entries = messages.toReversed().map((summary) => new Entry(summary, data));
  const current = entries.find(({ element }) => element.hasAttribute("aria-current"));
  void current?.toggle(true);
  requestAnimationFrame(() => current?.element.scrollIntoView({ block: "nearest" }));
  const toggleAll = () => {
    const isOpen = entries.every((entry) => entry.isOpen);
    for (const entry of entries) {
      void entry.toggle(!isOpen);
    }
  };
  return h(
    "div",
    { class: "thread-tab" },
    h(
      "div",
      { class: "tab-bar" },
      h("span", {}, say("thread.count", { count })),
      h("button", { type: "button", class: "link", onclick: toggleAll }, say("thread.all")),
      h("a", linkTo({ query: `thread:${data.mail.ID}`, id: data.mail.ID }), say("thread.list")),
    ),
    h(
      "ol",
      { class: "thread", onkeydown: (/** @type {KeyboardEvent} */ event) => moveFocus(event, entries) },
      ...entries.map(({ element }) => element),
    ),
  );
}
