/** Rejected attempts: commands, replies and transcripts. */

import { deleteAttempts, getJson, readInfo } from "../core/api.js";
import { copyable } from "../core/copyable.js";
import { h, icon, loadStyle, setAttribute } from "../core/dom.js";
import { formatAge, formatNumber, formatWholeTime } from "../core/format.js";
import { live } from "../core/live.js";
import { say } from "../core/messages.js";
import { printDialogue } from "./dialogue.js";
import { printFacts } from "./facts.js";
import { swaksCommand } from "./swaks.js";
import "./texts.js";

/** @import { Attempt } from "./types.js" */

/** In one request. */
const PAGE = 50;

/** Shown; the dialogue has them all. */
const RECIPIENTS_MAX = 20;

/** @param {string[]} addresses */
function printRecipients(addresses) {
  const more = addresses.length - RECIPIENTS_MAX;
  const shown = addresses.slice(0, RECIPIENTS_MAX).join(", ");
  return more > 0 ? `${shown} ${say("few.more", { count: more })}` : shown;
}

/**
 * A command that tries it again, with the server's own address.
 *
 * @param {Attempt} attempt
 */
function printRetry(attempt) {
  const place = h("div");
  const make = async () => {
    const [info, { smtpPlace }] = await Promise.all([readInfo(), import("../list/first_mail.js")]);
    const command = swaksCommand(attempt, smtpPlace(info));
    if (command) {
      place.append(h("h2", {}, say("attempts.retry")), copyable(command));
    }
  };
  // Without the server there is nothing to try it with.
  make().catch(() => {});
  return place;
}

/** @param {Attempt} attempt */
function printAttempt(attempt) {
  const details = h(
    "details",
    { class: "attempt" },
    h(
      "summary",
      {},
      icon("next"),
      h("span", { class: "attempt-command mono", dir: "ltr" }, attempt.Command),
      h("span", { class: "attempt-reply mono", dir: "ltr" }, attempt.Reply),
      h("span", { class: "attempt-peer faint" }, attempt.Helo ? `${attempt.Peer} (${attempt.Helo})` : attempt.Peer),
      h(
        "time",
        { class: "faint", datetime: attempt.Time, title: formatWholeTime(attempt.Time) },
        formatAge(attempt.Time),
      ),
    ),
  );
  details.addEventListener(
    "toggle",
    () =>
      details.append(
        h(
          "div",
          { class: "attempt-session" },
          printFacts([
            ["attempts.time", formatWholeTime(attempt.Time)],
            ["session.peer", attempt.Peer],
            ["session.helo", attempt.Helo],
            ["envelope.from", attempt.From === "" ? say("envelope.none") : (attempt.From ?? "")],
            ["envelope.to", printRecipients(attempt.To)],
          ]),
          printDialogue(attempt.Session),
          printRetry(attempt),
        ),
      ),
    { once: true },
  );
  return h("li", {}, details);
}

/**
 * What can be chosen: all, classes of several codes, and codes; and how many attempts each has.
 *
 * @param {Record<string, number>} codes
 * @returns {[code: string, count: number][]} "": all.
 */
function codeChoices(codes) {
  const entries = Object.entries(codes).sort(([one], [other]) => one.localeCompare(other));
  const count = (/** @type {string} */ prefix) =>
    entries.reduce((sum, [code, n]) => sum + (code.startsWith(prefix) ? n : 0), 0);
  const classes = [...new Set(entries.map(([code]) => code[0]))].filter(
    (digit) => entries.filter(([code]) => code.startsWith(digit)).length > 1,
  );
  return [
    ["", count("")],
    ...classes.map((digit) => /** @type {[string, number]} */ ([`${digit}xx`, count(digit)])),
    ...entries,
  ];
}

/** `<attempts-view>` loads what there is each time that it is shown, and then what comes. */
export class AttemptsView extends HTMLElement {
  #list = h("ul", { class: "attempts" });
  #words = h("p", { class: "faint" });
  #codes = h("div", { class: "attempt-codes", role: "group", "aria-label": say("attempts.code") });
  #title = h("h1", { tabIndex: -1 }, say("attempts.title"));
  #delete = h(
    "button",
    { type: "button", hidden: true, onclick: () => void this.#deleteAll() },
    icon("trash"),
    say("attempts.delete"),
  );
  #more = h("button", { type: "button", hidden: true, onclick: () => void this.#loadMore() }, say("attempts.more"));
  /** Of the replies that are listed: "550", "5xx"; "": all. */
  #code = "";
  /** Numbers of those shown, the highest and the lowest; 0: none is. */
  #first = 0;
  #last = 0;
  #isLooking = false;
  #mustLook = false;
  #follow = () => void this.#look();

  disconnectedCallback() {
    live.removeEventListener("attempts", this.#follow);
  }

  connectedCallback() {
    loadStyle("mail/mail.css");
    loadStyle("mail/tabs.css");
    setAttribute(this, "role", "region");
    setAttribute(this, "aria-label", say("attempts.title"));
    this.#list.replaceChildren();
    const bar = h("div", { class: "attempts-bar" }, this.#codes, this.#delete);
    this.replaceChildren(this.#title, this.#words, bar, this.#list, this.#more);
    this.#first = 0;
    this.#last = 0;
    live.addEventListener("attempts", this.#follow);
    void this.#look();
  }

  /** Loads the latest; what comes while they are on their way is asked for when they are there. */
  async #look() {
    this.#mustLook = true;
    if (this.#isLooking) {
      return;
    }
    this.#isLooking = true;
    while (this.#mustLook) {
      this.#mustLook = false;
      await this.#loadLatest();
    }
    this.#isLooking = false;
  }

  #loadLatest() {
    return this.#load(undefined, (attempts) => {
      const fresh = attempts.filter(({ Number: number }) => number > this.#first);
      const isWhole = attempts.length < PAGE;
      const wereDeleted = isWhole && this.#list.childElementCount + fresh.length !== attempts.length;
      if (this.#first === 0 || fresh.length === PAGE || wereDeleted) {
        // More may have come than one page has, or some were deleted: begin again.
        this.#list.replaceChildren(...attempts.map((attempt) => printAttempt(attempt)));
        this.#last = attempts.at(-1)?.Number ?? 0;
        this.#more.hidden = isWhole;
      } else {
        this.#list.prepend(...fresh.map((attempt) => printAttempt(attempt)));
      }
      this.#first = attempts[0]?.Number ?? 0;
    });
  }

  #loadMore() {
    const before = this.#last;
    return this.#load(before, (attempts) => {
      // After a second request, or a new beginning, these are not the next ones.
      if (this.#last === before) {
        this.#list.append(...attempts.map((attempt) => printAttempt(attempt)));
        this.#last = attempts.at(-1)?.Number ?? before;
        this.#more.hidden = attempts.length < PAGE;
      }
    });
  }

  /** @param {string} code */
  #choose(code) {
    this.#code = code;
    this.#first = 0;
    this.#last = 0;
    void this.#look();
  }

  /** @param {Record<string, number>} codes */
  #drawCodes(codes) {
    const focused = this.#codes.contains(document.activeElement);
    const choices = codeChoices(codes);
    if (this.#code !== "" && !choices.some(([code]) => code === this.#code)) {
      choices.push([this.#code, 0]);
    }
    this.#codes.hidden = choices.length <= 2;
    this.#codes.replaceChildren(
      ...choices.map(([code, count]) =>
        h(
          "button",
          { type: "button", "aria-pressed": String(code === this.#code), onclick: () => this.#choose(code) },
          code || say("attempts.all"),
          h("span", { class: "faint" }, ` ${formatNumber(count)}`),
        ),
      ),
    );
    if (focused) {
      /** @type {HTMLElement | null} */ (this.#codes.querySelector('[aria-pressed="true"]'))?.focus();
    }
    this.#delete.hidden = choices[0][1] === 0;
  }

  async #deleteAll() {
    try {
      await deleteAttempts();
      this.#code = "";
      await this.#look();
      this.#title.focus();
    } catch (error) {
      this.#fail("attempts.notDeleted", error);
    }
  }

  /**
   * @param {string} text
   * @param {unknown} error
   */
  #fail(text, error) {
    this.#words.textContent = say(text, { message: String(error) });
    setAttribute(this.#words, "role", "alert");
  }

  #drawWords() {
    const none = this.#code === "" ? "attempts.none" : "attempts.noneOfCode";
    this.#words.textContent = say(this.#list.childElementCount === 0 ? none : "attempts.lead");
    setAttribute(this.#words, "role", null);
  }

  /**
   * @param {number | undefined} before Those below this number; without, the latest.
   * @param {(attempts: Attempt[]) => void} show
   */
  async #load(before, show) {
    const code = this.#code;
    try {
      const { attempts, codes } = await getJson("api/v1/attempts", { limit: PAGE, before, code: code || undefined });
      // If another was chosen in the meantime, those are loading.
      if (code === this.#code) {
        show(attempts);
        this.#drawCodes(codes);
        this.#drawWords();
      }
    } catch (error) {
      this.#fail("attempts.failed", error);
    }
  }
}

customElements.define("attempts-view", AttemptsView);
