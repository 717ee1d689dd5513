/** The list with what belongs to it: news above what is in view, and words where there is nothing to show. */

import { h, icon } from "../core/dom.js";
import { say } from "../core/messages.js";
import { linkTo, router } from "../core/router.js";
import { MailList } from "./mail_list.js";
import { mails } from "./mail_source.js";

/** @type {Record<string, string>} What to say when nothing is found, by the search. */
const NOTHING = { "is:unread": "list.nothingUnread", "is:flagged": "list.nothingFlagged" };

export class ListPane extends HTMLElement {
  list = new MailList();
  #news = h("button", { type: "button", class: "news-chip", onclick: () => this.list.scrollToTop() });
  #words = h("div", { class: "list-words" });
  #said = "";

  connectedCallback() {
    this.append(this.#news, this.list, this.#words);
    this.list.addEventListener("news", () => this.#showNews());
    mails.addEventListener("change", () => this.#draw());
    this.#showNews();
    this.#draw();
  }

  #showNews() {
    const { news } = this.list;
    this.#news.hidden = news === 0;
    this.#news.replaceChildren(icon("up"), say("list.new", { count: news }));
  }

  #draw() {
    const isEmpty = mails.total === 0 || mails.state === "failed";
    const kind = isEmpty ? `${mails.state} ${mails.inbox.total > 0} ${router.route.query}` : "";
    this.list.hidden = isEmpty;
    this.#words.hidden = !isEmpty;
    if (kind !== this.#said) {
      this.#said = kind;
      this.#words.replaceChildren();
      void (isEmpty && this.#sayWhy());
    }
  }

  /**
   * @param {string} query
   * @param {string} message The server's.
   */
  async #sayWrong(query, message) {
    const { printSearchError } = await import("./search_terms.js");
    if (mails.error?.message !== message) {
      return;
    }
    const asText = `"${query.replaceAll('"', " ").trim()}"`;
    this.#words.replaceChildren(
      printSearchError(query, message),
      h("a", { ...linkTo({ query: asText, id: null }), class: "button" }, say("search.asText", { text: asText })),
    );
  }

  async #sayWhy() {
    const { query } = router.route;
    if (mails.state === "failed" && mails.error?.status === 400) {
      await this.#sayWrong(query, mails.error.message);
    } else if (mails.state === "failed") {
      this.#words.replaceChildren(
        h("p", {}, say("list.failed", { message: mails.error?.message ?? "" })),
        h("button", { type: "button", onclick: () => void mails.reload() }, say("list.retry")),
      );
    } else if (mails.state === "loading") {
      this.#words.replaceChildren(h("p", { class: "faint" }, say("list.loading")));
    } else if (query !== "") {
      this.#words.replaceChildren(
        h("p", {}, say(NOTHING[query] ?? "list.nothingFound")),
        h("a", { ...linkTo({ query: "", id: null }), class: "button" }, say("list.showAll")),
      );
    } else if (mails.total === 0) {
      const { FirstMail } = await import("./first_mail.js");
      if (mails.total === 0 && mails.state === "ready") {
        this.#words.replaceChildren(new FirstMail());
      }
    }
  }
}

customElements.define("list-pane", ListPane);
