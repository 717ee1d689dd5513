/** The list with what belongs to it: news above what is in view, and words where there is nothing to show. */

import { h, icon } from "../core/dom.js";
import { say } from "../core/messages.js";
import { linkTo, router } from "../core/router.js";
import { MailList } from "./mail_list.js";
import { mails } from "./mail_source.js";
import { readSearchError } from "./search_terms.js";

/** @type {Record<string, string>} What to say when nothing is found, by the search. */
const NOTHING = { "is:unread": "list.nothingUnread", "is:flagged": "list.nothingFlagged" };

/**
 * What is wrong with a query, and where: the wrong word is underlined.
 *
 * @param {string} query
 * @param {string} message The server's.
 */
function printSearchError(query, message) {
  const { at, length, problem } = readSearchError(message, query);
  const characters = [...query];
  const end = (at ?? 0) + length;
  return h(
    "div",
    { id: "search-problem", class: "search-problem", role: "alert" },
    h("p", {}, say("search.error", { message: problem })),
    at !== null &&
      h(
        "code",
        {},
        characters.slice(0, at).join(""),
        h("mark", {}, characters.slice(at, end).join("") || " "),
        characters.slice(end).join(""),
      ),
  );
}

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

  async #sayWhy() {
    const { query } = router.route;
    if (mails.state === "failed" && mails.error?.status === 400) {
      const asText = `"${query.replaceAll('"', " ").trim()}"`;
      this.#words.replaceChildren(
        printSearchError(mails.query, mails.error.message),
        h("a", { ...linkTo({ query: asText, id: null }), class: "button" }, say("search.asText", { text: asText })),
      );
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
