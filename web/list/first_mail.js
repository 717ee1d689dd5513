/** What an empty inbox says: where to send, how, and a mail to begin with. */

import { readInfo, sendMail } from "../core/api.js";
import { h, icon, loadStyle, setAttribute } from "../core/dom.js";
import { say } from "../core/messages.js";
import { showError, showToast } from "../shell/toasts.js";
import { recipes } from "./recipes.js";

/** @import { Info } from "../core/types.js" */
/** @import { Recipe } from "./recipes.js" */

/** Addresses that stand for all of a machine; it is called as the browser calls it. */
const ANY = ["0.0.0.0", "::"];

const COPIED_MS = 1500;

/**
 * Where mails are taken, as one writes it.
 *
 * @param {Info} info
 * @returns {{ host: string, port: number, isStartTls: boolean }}
 */
function smtpPlace(info) {
  const door = info.SMTPServers.find((one) => one.Port > 0 && one.Security !== "tls") ?? info.SMTPServers[0];
  const isLoopback = /^(127\.|::1$)/.test(door?.Host ?? "");
  const host = !door || ANY.includes(door.Host) ? location.hostname : isLoopback ? "localhost" : door.Host;
  return { host, port: door?.Port ?? 1025, isStartTls: door?.Security === "starttls" };
}

/**
 * A text with a button that copies it.
 *
 * @param {string} text
 * @returns {HTMLElement}
 */
function copyable(text) {
  const button = h(
    "button",
    { type: "button", class: "copy", onclick: () => void copy() },
    icon("copy"),
    say("first.copy"),
  );
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      button.replaceChildren(icon("check"), say("first.copied"));
      setTimeout(() => button.replaceChildren(icon("copy"), say("first.copy")), COPIED_MS);
    } catch {
      // Not over plain HTTP on other machines: then it is selected, to be copied by hand.
      getSelection()?.selectAllChildren(code);
    }
  };
  const code = h("code", {}, text);
  return h("div", { class: "copyable" }, h("pre", { tabindex: 0 }, code), button);
}

export class FirstMail extends HTMLElement {
  connectedCallback() {
    loadStyle("css/first_mail.css");
    void this.#show();
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
    const panel = h("div", { role: "tabpanel", id: "recipe", class: "recipe" });
    const tabs = h("div", { role: "tablist", class: "tabs", "aria-label": say("first.how") });
    const choose = (/** @type {number} */ index) => {
      [...tabs.children].forEach((tab, i) => {
        setAttribute(tab, "aria-selected", String(i === index));
        setAttribute(tab, "tabindex", i === index ? 0 : -1);
      });
      const { where, text } = all[index];
      panel.replaceChildren(...(where ? [h("p", { class: "recipe-where" }, where)] : []), copyable(text));
      setAttribute(panel, "aria-labelledby", `recipe-${index}`);
    };
    tabs.append(
      ...all.map((recipe, i) =>
        h(
          "button",
          { type: "button", role: "tab", id: `recipe-${i}`, "aria-controls": "recipe", onclick: () => choose(i) },
          recipe.name,
        ),
      ),
    );
    tabs.addEventListener("keydown", (event) => {
      const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
      if (step !== 0) {
        const at = [...tabs.children].findIndex((tab) => tab === document.activeElement);
        const next = (at + step + all.length) % all.length;
        choose(next);
        /** @type {HTMLElement} */ (tabs.children[next]).focus();
      }
    });
    choose(0);
    return h("section", { class: "how-to" }, tabs, panel);
  }

  /**
   * @param {string} host
   * @param {number} port
   */
  async #send(host, port) {
    try {
      await sendMail({
        From: { Name: "dsmtpd", Email: "dsmtpd@example.com" },
        To: [{ Name: "You", Email: "you@example.com" }],
        Subject: say("first.testSubject"),
        Text: say("first.testText", { host, port: String(port) }),
      });
      showToast(say("done.sent"));
    } catch (error) {
      showError(error);
    }
  }
}

customElements.define("first-mail", FirstMail);
