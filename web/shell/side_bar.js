/** The places to go to: states, searches that were saved, tags, recipients. */

import { h, icon, iconButton, setAttribute } from "../core/dom.js";
import { formatNumber } from "../core/format.js";
import { say } from "../core/messages.js";
import { linkTo, router } from "../core/router.js";
import { mails } from "../list/mail_source.js";
import { quoteValue } from "../list/search_terms.js";
import { colourOf } from "../list/tag_chip.js";
import { inboxMark } from "./inbox_mark.js";
import { inboxes } from "./inboxes.js";
import { PLACES, forgetSearch, savedSearches } from "./places.js";
import { showError } from "./toasts.js";

/** @import { Route } from "../core/router.js" */

/** Recipients shown: those most often written to among the mails that are loaded. */
const RECIPIENTS_MAX = 8;

/**
 * @param {Route} route
 * @param {Node} picture
 * @param {string} text
 * @param {...Node} more
 * @returns {HTMLElement}
 */
function entryTo(route, picture, text, ...more) {
  const isHere = router.route.query === route.query && router.route.place === route.place;
  return h(
    "li",
    { class: "side-entry" },
    h(
      "a",
      { ...linkTo(route), "aria-current": isHere ? "page" : null, title: text },
      picture,
      h("span", { class: "side-text" }, text),
      ...more,
    ),
  );
}

/**
 * @param {string} query
 * @param {Node} picture
 * @param {string} text
 * @param {...Node} more
 * @returns {HTMLElement}
 */
function entry(query, picture, text, ...more) {
  return entryTo({ query, id: null }, picture, text, ...more);
}

/**
 * @param {string} title
 * @param {HTMLElement[]} entries
 * @returns {Node[]} None without entries.
 */
function section(title, entries) {
  return entries.length === 0 ? [] : [h("h2", {}, title), h("ul", {}, ...entries)];
}

export class SideBar extends HTMLElement {
  #shown = "";
  #switch = h("button", {
    type: "button",
    class: "inbox-switch",
    "aria-haspopup": "dialog",
    title: say("side.switch"),
    onclick: () => void this.switchInbox(),
  });
  #places = h("div");

  connectedCallback() {
    setAttribute(this, "role", "navigation");
    setAttribute(this, "aria-label", say("side.label"));
    this.append(this.#switch, this.#places);
    mails.addEventListener("change", () => this.draw());
    inboxes.addEventListener("change", () => this.#showInbox());
    router.addEventListener("change", () => this.draw());
    this.#showInbox();
    this.draw();
  }

  #showInbox() {
    const { name } = inboxes;
    this.#switch.replaceChildren(
      inboxMark(name),
      h("span", { class: "side-text", dir: "auto" }, name),
      h("span", { class: "hidden" }, say("side.switch")),
      icon("down"),
    );
  }

  /** Opens the menu of the inboxes that there are now. */
  async switchInbox() {
    try {
      const { openInboxMenu } = await import("./inbox_menu.js");
      await openInboxMenu(this.#switch);
    } catch (error) {
      showError(error);
    }
  }

  /** Draws anew what has changed. */
  draw() {
    const state = {
      query: router.route.query,
      place: router.route.place,
      unread: mails.inbox.unread,
      searches: savedSearches(),
      tags: mails.tags,
      recipients: this.#recipients(),
    };
    const shown = JSON.stringify(state);
    if (shown === this.#shown) {
      return;
    }
    this.#shown = shown;
    const count = state.unread > 0 ? [h("span", { class: "side-count" }, formatNumber(state.unread))] : [];
    this.#places.replaceChildren(
      h(
        "ul",
        {},
        ...PLACES.map((place) =>
          entry(place.query, icon(place.icon), say(place.text), ...(place.query === "" ? count : [])),
        ),
        entryTo({ query: "", id: null, place: "attempts" }, icon("alert"), say("side.attempts")),
      ),
      ...section(
        say("side.saved"),
        state.searches.map((query) => this.#savedEntry(query)),
      ),
      ...section(
        say("side.tags"),
        state.tags.map((tag) =>
          entry(`tag:${quoteValue(tag)}`, h("span", { class: `tag-dot tag-${colourOf(tag)}` }), tag),
        ),
      ),
      ...section(
        say("side.recipients"),
        state.recipients.map((address) => entry(`rcpt:${quoteValue(address)}`, icon("person"), address)),
      ),
    );
  }

  /** @param {string} query */
  #savedEntry(query) {
    const element = entry(query, icon("search"), query);
    const forget = () => {
      forgetSearch(query);
      this.draw();
    };
    element.append(iconButton("close", say("side.forget", { name: query }), forget));
    return element;
  }

  /** @returns {string[]} */
  #recipients() {
    /** @type {Map<string, number>} */
    const counts = new Map();
    for (const mail of mails.loaded()) {
      for (const { Address } of [...mail.To, ...mail.Cc, ...mail.Bcc]) {
        if (Address) {
          counts.set(Address, (counts.get(Address) ?? 0) + 1);
        }
      }
    }
    return [...counts]
      .sort((a, b) => b[1] - a[1] || a[0].localeCompare(b[0]))
      .slice(0, RECIPIENTS_MAX)
      .map(([address]) => address)
      .sort();
  }
}

customElements.define("side-bar", SideBar);
