/** One mail: its headers and its text. */

import { readMail } from "../core/api.js";
import { ApiError } from "../core/api.js";
import { h, loadStyle } from "../core/dom.js";
import { formatWholeTime } from "../core/format.js";
import { say } from "../core/messages.js";

/** @import { Address, Message } from "../core/types.js" */

/**
 * @param {Address} address
 * @returns {string} "Name <address>".
 */
function printAddress({ Name, Address }) {
  return Name ? `${Name} <${Address}>` : Address;
}

/** `<mail-view>` shows the mail whose ID is given to it by `mailId`; "" shows none. */
export class MailView extends HTMLElement {
  #id = "";
  #controller = new AbortController();

  get mailId() {
    return this.#id;
  }

  set mailId(id) {
    if (id !== this.#id) {
      this.#id = id;
      this.#controller.abort();
      this.#controller = new AbortController();
      void this.#load(this.#controller.signal);
    }
  }

  connectedCallback() {
    loadStyle("mail/mail.css");
  }

  /** @param {AbortSignal} signal */
  async #load(signal) {
    if (this.#id === "") {
      this.replaceChildren();
      return;
    }
    try {
      this.#show(await readMail(this.#id, signal));
    } catch (error) {
      if (error instanceof ApiError && !signal.aborted) {
        const message = error.status === 404 ? say("mail.gone") : say("mail.failed", { message: error.message });
        this.replaceChildren(h("p", { class: "mail-problem", role: "alert" }, message));
      }
    }
  }

  /** @param {Message} mail */
  #show(mail) {
    const fields = [
      [say("mail.from"), printAddress(mail.From)],
      [say("mail.to"), mail.To.map(printAddress).join(", ")],
      [say("mail.cc"), mail.Cc.map(printAddress).join(", ")],
      [say("mail.bcc"), mail.Bcc.map(printAddress).join(", ")],
      [say("mail.date"), formatWholeTime(mail.Date)],
    ].filter(([, value]) => value !== "");
    this.replaceChildren(
      h("h2", { class: "mail-subject", dir: "auto" }, mail.Subject || say("list.noSubject")),
      h("dl", { class: "mail-fields" }, ...fields.flatMap(([name, value]) => [h("dt", {}, name), h("dd", {}, value)])),
      mail.Text === ""
        ? h("p", { class: "faint" }, say("mail.noText"))
        : h("pre", { class: "mail-text", dir: "auto", tabindex: 0 }, mail.Text),
    );
  }
}

customElements.define("mail-view", MailView);
