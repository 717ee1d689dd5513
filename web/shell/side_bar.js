/** The places to go to: states, searches that were saved, tags, recipients. */

import { h, icon, iconButton, setAttribute } from "../core/dom.js";
import { formatNumber } from "../core/format.js";
import { say } from "../core/messages.js";
import { linkTo, router } from "../core/router.js";
import { mails } from "../list/mail_source.js";
import { quoteValue } from "../core/hits.js";
import { colourOf } from "../list/tag_chip.js";
import { inboxMark } from "./inbox_mark.js";
import { inboxes } from "./inboxes.js";
import { PLACES, forgetSearch, savedSearches } from "./places.js";
import { FEW, sideCounts } from "./side_counts.js";
import { showError } from "./toasts.js";

/** @import { Route } from "../core/router.js" */

/** A badge counts up to it. */
const BADGE_MAX = 99;

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
 * @param {number} count
 * @param {string} [kind] Classes.
 * @returns {HTMLElement[]} None for none.
 */
function countOf(count, kind = "side-count") {
  return count > 0 ? [h("span", { class: kind }, formatNumber(count))] : [];
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
  #filter = h("input", {
    type: "search",
    class: "side-filter",
    "aria-label": say("side.filter"),
    placeholder: say("side.filter"),
    autocomplete: "off",
    spellcheck: "false",
    oninput: () => sideCounts.filterRecipients(this.#filter.value),
  });
  #recipients = h("ul", { "aria-labelledby": "recipients" });
  #all = h("button", { type: "button", class: "quiet", onclick: () => sideCounts.showAllRecipients() });
  #words = h("p", { class: "side-words faint", role: "status" });
  #people = h(
    "section",
    { hidden: true },
    h("h2", { id: "recipients" }, say("side.recipients")),
    this.#filter,
    this.#recipients,
    this.#all,
    this.#words,
  );

  connectedCallback() {
    setAttribute(this, "role", "navigation");
    setAttribute(this, "aria-label", say("side.label"));
    this.append(this.#switch, this.#places, this.#people);
    mails.addEventListener("change", () => this.draw());
    sideCounts.addEventListener("change", () => this.draw());
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

  /** Draws what has changed. */
  draw() {
    const { inbox } = mails;
    const { flagged, tags, rejected, recipients, recipientsTotal, recipientsMatching } = sideCounts;
    const state = {
      ...{ query: router.route.query, place: router.route.place, searches: savedSearches(), tagNames: mails.tags },
      ...{ inbox, flagged, tags, rejected, recipients, recipientsTotal, recipientsMatching },
    };
    const shown = JSON.stringify(state);
    if (shown === this.#shown) {
      return;
    }
    this.#shown = shown;
    const focused = /** @type {HTMLElement | null} */ (this.querySelector("li :focus"));
    this.#places.replaceChildren(
      h("ul", {}, ...this.#placeEntries(), this.#rejectedEntry()),
      ...section(
        say("side.saved"),
        state.searches.map((query) => this.#savedEntry(query)),
      ),
      ...section(
        say("side.tags"),
        mails.tags.map((tag) => this.#tagEntry(tag)),
      ),
    );
    this.#drawRecipients();
    if (focused !== null) {
      const drawn = /** @type {NodeListOf<HTMLElement>} */ (this.querySelectorAll(`li ${focused.localName}`));
      [...drawn].find(({ title }) => title === focused.title)?.focus({ preventScroll: true });
    }
  }

  #placeEntries() {
    /** @type {Record<string, Node[]>} */
    const counts = {
      "": countOf(mails.inbox.total),
      "is:unread": countOf(mails.inbox.unread, "side-count unread-count"),
      "is:flagged": countOf(sideCounts.flagged),
    };
    return PLACES.map(({ query, icon: name, text }) => entry(query, icon(name), say(text), ...(counts[query] ?? [])));
  }

  /** Red when something was rejected since somebody looked. */
  #rejectedEntry() {
    const { rejected } = sideCounts;
    const badge = h("span", { class: "side-badge" }, rejected > BADGE_MAX ? `${BADGE_MAX}+` : formatNumber(rejected));
    const route = /** @type {Route} */ ({ query: "", id: null, place: "attempts" });
    return entryTo(route, icon("alert"), say("side.attempts"), ...(rejected > 0 ? [badge] : []));
  }

  #drawRecipients() {
    const { recipients, recipientsTotal, recipientsMatching, hasMore } = sideCounts;
    this.#people.hidden = recipientsTotal === 0;
    this.#filter.hidden = recipientsTotal <= FEW;
    this.#recipients.replaceChildren(
      ...recipients.map(({ Address, Messages }) =>
        entry(`rcpt:${quoteValue(Address)}`, icon("person"), Address, ...countOf(Messages)),
      ),
    );
    this.#all.hidden = !hasMore;
    this.#all.textContent = say("side.all", { count: recipientsMatching });
    const isCut = !hasMore && recipients.length < recipientsMatching;
    this.#words.textContent = isCut
      ? say("side.some", { count: recipients.length })
      : recipientsMatching === 0
        ? say("side.nobody")
        : "";
  }

  /** @param {string} tag */
  #tagEntry(tag) {
    const dot = h("span", { class: `tag-dot tag-${colourOf(tag)}` });
    const element = entry(`tag:${quoteValue(tag)}`, dot, tag, ...countOf(sideCounts.tags[tag] ?? 0));
    const edit = async () => {
      try {
        const { openTagEdit } = await import("./tag_edit.js");
        openTagEdit(element, tag);
      } catch (error) {
        showError(error);
      }
    };
    element.append(iconButton("tag", say("side.editTag", { tag }), edit, { "aria-haspopup": "dialog" }));
    return element;
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
}

customElements.define("side-bar", SideBar);
