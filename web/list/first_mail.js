/** What an empty inbox says: where to send, how, and a message to begin with. */

import { readInfo, sendMail } from "../core/api.js";
import { copyable } from "../core/copyable.js";
import { h, icon, loadStyle } from "../core/dom.js";
import { addTexts, say } from "../core/messages.js";
import { Tabs } from "../core/tabs.js";
import { showError, showToast } from "../shell/toasts.js";
import { recipes } from "./recipes.js";

/** @import { Info } from "../core/types.js" */
/** @import { Recipe } from "./recipes.js" */

addTexts({
  "first.title": "Waiting for the first message",
  "first.lead":
    "Point your application at {host}, port {port}. What it sends appears here at once and never leaves this machine.",
  "first.tls": "This server offers STARTTLS.",
  "first.send": "Send a test message",
  "first.how": "How to send",
  "first.testSubject": "It works",
  "first.testText":
    "The page put this message into the inbox, as if it had arrived by SMTP.\n\nYour application sends to {host}, port {port}.\n",
});

/** Addresses that stand for all of a machine; it is called as the browser calls it. */
const ANY = ["0.0.0.0", "::"];

/**
 * Where messages are taken, as one writes it.
 *
 * @param {Info} info
 * @returns {{ host: string, port: number, isStartTls: boolean }}
 */
export function smtpPlace(info) {
  const door = info.SMTPServers.find((one) => one.Port > 0 && one.Security !== "tls") ?? info.SMTPServers[0];
  const isLoopback = /^(127\.|::1$)/.test(door?.Host ?? "");
  const host = !door || ANY.includes(door.Host) ? location.hostname : isLoopback ? "localhost" : door.Host;
  return { host, port: door?.Port ?? 1025, isStartTls: door?.Security === "starttls" };
}

export class FirstMail extends HTMLElement {
  /** What says that a message is on its way. */
  #toast = { close: () => {} };

  connectedCallback() {
    loadStyle("css/first_mail.css");
    void this.#show();
  }

  /** The first message is there, or another list is shown. */
  disconnectedCallback() {
    this.#toast.close();
  }

  async #show() {
    let info;
    try {
      info = await readInfo();
    } catch (error) {
      showError(error);
      return;
    }
    const { host, port, isStartTls } = smtpPlace(info);
    this.replaceChildren(
      h("span", { class: "first-mark" }, icon("inbox")),
      h("h2", {}, say("first.title")),
      h("p", { class: "first-lead" }, say("first.lead", { host, port: String(port) })),
      ...(isStartTls ? [h("p", { class: "faint" }, say("first.tls"))] : []),
      h(
        "button",
        { type: "button", class: "primary", onclick: () => void this.#send(host, port) },
        icon("send"),
        say("first.send"),
      ),
      this.#howTo(recipes(host, port)),
    );
  }

  /** @param {Recipe[]} all */
  #howTo(all) {
    const panel = h("div", { id: "recipe", class: "recipe" });
    const choose = (/** @type {number} */ index) => {
      const { where, text } = all[index];
      panel.replaceChildren(...(where ? [h("p", { class: "recipe-where" }, where)] : []), copyable(text));
      tabs.show(index);
    };
    const names = all.map(({ name }, index) => ({ id: `recipe-${index}`, content: [name] }));
    const tabs = new Tabs(say("first.how"), panel, names, choose);
    choose(0);
    return h("section", { class: "how-to" }, tabs.element, panel);
  }

  /**
   * @param {string} host
   * @param {number} port
   */
  async #send(host, port) {
    try {
      const sent = sendMail({
        From: { Name: "dsmtpd", Email: "dsmtpd@example.com" },
        To: [{ Name: "You", Email: "you@example.com" }],
        Subject: say("first.testSubject"),
        Text: say("first.testText", { host, port: String(port) }),
      });
      this.#toast = showToast(say("done.sent"));
      await sent;
    } catch (error) {
      this.#toast.close();
      showError(error);
    }
  }
}

customElements.define("first-mail", FirstMail);
