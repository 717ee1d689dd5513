/** Where searches are typed, with what may come next. */

import { h, icon, iconButton, setAttribute } from "../core/dom.js";
import { registerKeys } from "../core/keys.js";
import { say } from "../core/messages.js";
import { router } from "../core/router.js";
import { byThread, isByThread } from "../core/threads.js";
import { saveSearch } from "../shell/places.js";
import { sideCounts } from "../shell/side_counts.js";
import { showError, showToast } from "../shell/toasts.js";
import { mails } from "./mail_source.js";

/** @import { Suggestion } from "./search_terms.js" */

/** People in suggestions. */
const ADDRESSES_MAX = 200;

/** @returns {Suggestion[]} Of the messages that are loaded, with their names. */
function senders() {
  const names = new Map([...mails.loaded()].map(({ From }) => [From.Address, From.Name]));
  return [...names]
    .filter(([address]) => address !== "")
    .slice(0, ADDRESSES_MAX)
    .map(([insert, text]) => ({ insert, text }));
}

/** @returns {Suggestion[]} Those that the side bar has, with how many messages each has, and those of messages loaded. */
function recipients() {
  const known = new Map(
    sideCounts.recipients.map(({ Address, Messages }) => [Address, say("list.count", { count: Messages })]),
  );
  for (const { Address } of [...mails.loaded()].flatMap(({ To, Cc, Bcc }) => [...To, ...Cc, ...Bcc])) {
    if (known.size < ADDRESSES_MAX && Address && !known.has(Address.toLowerCase())) {
      known.set(Address.toLowerCase(), "");
    }
  }
  return [...known].map(([insert, text]) => ({ insert, text }));
}

/** `<search-box>` gives an event `saved` when a search was saved. */
export class SearchBox extends HTMLElement {
  #field = h("input", {
    type: "search",
    id: "search",
    role: "combobox",
    autocomplete: "off",
    spellcheck: "false",
    autocapitalize: "off",
    "aria-label": say("search.label"),
    "aria-autocomplete": "list",
    "aria-expanded": "false",
    "aria-controls": "search-suggestions",
    placeholder: say("search.placeholder"),
  });
  #options = h("div", {
    id: "search-suggestions",
    class: "suggestions",
    role: "listbox",
    "aria-label": say("search.suggestions"),
  });
  #clear = iconButton("close", say("search.clear"), () => this.#go(""));
  #save = iconButton("bookmark", say("search.save"), () => this.#saveSearch());
  /** @type {Suggestion[]} */
  #suggestions = [];
  #chosen = -1;
  /** @type {typeof import("./search_terms.js") | null} */
  #terms = null;

  connectedCallback() {
    this.setAttribute("role", "search");
    this.append(icon("search"), this.#field, this.#save, this.#clear, this.#options);
    this.#options.hidden = true;
    this.#field.addEventListener("input", () => this.#offer());
    this.#field.addEventListener("focus", () => this.#offer());
    this.#field.addEventListener("blur", () => this.#close());
    this.#field.addEventListener("keydown", (event) => this.#keydown(event));
    // Before the field loses the focus, which closes the list.
    this.#options.addEventListener("pointerdown", (event) => this.#pointed(event));
    router.addEventListener("change", () => this.#routed());
    mails.addEventListener("change", () => this.#showProblem());
    registerKeys({ keys: "/", text: "keys.search", group: "keys.group.go", run: () => this.#focus() });
    this.#routed();
  }

  #focus() {
    this.#field.focus();
    this.#field.select();
  }

  #routed() {
    // Whether it is by conversation, the list's switch says.
    const query = byThread(router.route.query, false);
    this.#field.value = query;
    this.#clear.hidden = query === "";
    this.#save.hidden = query === "";
    this.#close();
  }

  /** @param {string} text */
  #go(text) {
    const query = byThread(text.trim(), isByThread(text) || isByThread(router.route.query));
    this.#close();
    if (query === router.route.query && mails.state !== "ready") {
      void mails.reload();
    }
    router.go({ query, id: null });
    return true;
  }

  #saveSearch() {
    saveSearch(router.route.query);
    showToast(say("search.saved"));
    this.dispatchEvent(new Event("saved"));
  }

  /** Where the query is wrong is said in place of the list. */
  #showProblem() {
    const isWrong = mails.state === "failed" && mails.error?.status === 400;
    setAttribute(this.#field, "aria-invalid", isWrong ? "true" : null);
    setAttribute(this.#field, "aria-describedby", isWrong ? "search-problem" : null);
  }

  /** What may come next; what knows that is loaded when somebody begins to type. */
  #offer() {
    if (!this.#terms) {
      void import("./search_terms.js").then((terms) => {
        this.#terms = terms;
        if (document.activeElement === this.#field) {
          this.#offer();
        }
      }, showError);
      return;
    }
    const { suggest, wordAt } = this.#terms;
    const cursor = this.#field.selectionStart ?? this.#field.value.length;
    const { word } = wordAt(this.#field.value, cursor);
    this.#suggestions = suggest(word, { tags: mails.tags, senders: senders(), recipients: recipients() });
    this.#chosen = -1;
    this.#options.replaceChildren(
      ...this.#suggestions.map((one, i) =>
        h(
          "div",
          { role: "option", id: `suggestion-${i}`, class: "suggestion", "aria-selected": "false" },
          h("code", {}, one.insert),
          h("span", {}, one.text),
        ),
      ),
    );
    this.#options.hidden = this.#suggestions.length === 0;
    setAttribute(this.#field, "aria-expanded", String(!this.#options.hidden));
    setAttribute(this.#field, "aria-activedescendant", null);
  }

  #close() {
    this.#options.hidden = true;
    this.#chosen = -1;
    setAttribute(this.#field, "aria-expanded", "false");
    setAttribute(this.#field, "aria-activedescendant", null);
  }

  /** @param {number} index */
  #choose(index) {
    this.#chosen = index;
    [...this.#options.children].forEach((option, i) => setAttribute(option, "aria-selected", String(i === index)));
    this.#options.children[index]?.scrollIntoView({ block: "nearest" });
    setAttribute(this.#field, "aria-activedescendant", index < 0 ? null : `suggestion-${index}`);
  }

  /**
   * Puts a suggestion in.
   *
   * @param {number} index
   * @param {number} [count] Of those shown.
   */
  #take(index, count = this.#suggestions.length) {
    if (!this.#terms || index < 0 || index >= count) {
      return false;
    }
    const cursor = this.#field.selectionStart ?? this.#field.value.length;
    const { start } = this.#terms.wordAt(this.#field.value, cursor);
    const { insert } = this.#suggestions[index];
    this.#field.setRangeText(insert, start, cursor, "end");
    if (insert.endsWith(":")) {
      this.#offer();
    } else {
      this.#go(this.#field.value);
    }
    return true;
  }

  /** @param {PointerEvent} event */
  #pointed(event) {
    const option = event.target instanceof Element ? event.target.closest("[role=option]") : null;
    if (option) {
      event.preventDefault();
      this.#take([...this.#options.children].indexOf(option));
    }
  }

  /** @param {KeyboardEvent} event */
  #keydown(event) {
    const count = this.#options.hidden ? 0 : this.#suggestions.length;
    /** @type {Record<string, () => boolean>} Each says whether it was for it. */
    const keys = {
      ArrowDown: () => this.#step(1, count),
      ArrowUp: () => this.#step(-1, count),
      Tab: () => !event.shiftKey && this.#field.value !== "" && this.#take(Math.max(0, this.#chosen), count),
      Enter: () => this.#take(this.#chosen, count) || this.#go(this.#field.value),
      Escape: () => this.#leave(),
    };
    if (keys[event.key]?.()) {
      event.preventDefault();
    }
  }

  /**
   * @param {number} by
   * @param {number} count
   */
  #step(by, count) {
    if (count > 0) {
      this.#choose(((this.#chosen < 0 && by < 0 ? 0 : this.#chosen) + by + count) % count);
    }
    return count > 0;
  }

  #leave() {
    if (this.#options.hidden) {
      this.#field.blur();
    } else {
      this.#close();
    }
    return true;
  }
}

customElements.define("search-box", SearchBox);
