/** Rejected attempts: commands, replies and transcripts. */

import { getJson, readInfo } from "../core/api.js";
import { copyable } from "../core/copyable.js";
import { h, icon, loadStyle, setAttribute } from "../core/dom.js";
import { formatAge, formatWholeTime } from "../core/format.js";
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

/** `<attempts-view>` loads what there is each time that it is shown, and then what comes. */
export class AttemptsView extends HTMLElement {
  #list = h("ul", { class: "attempts" });
  #words = h("p", { class: "faint" });
  #more = h("button", { type: "button", hidden: true, onclick: () => void this.#loadMore() }, say("attempts.more"));
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
    this.replaceChildren(h("h1", {}, say("attempts.title")), this.#words, this.#list, this.#more);
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
      if (this.#first === 0 || fresh.length === PAGE) {
        // More may have come than one page has: it begins anew.
        this.#list.replaceChildren();
        this.#last = attempts.at(-1)?.Number ?? 0;
        this.#more.hidden = attempts.length < PAGE;
      }
      this.#list.prepend(...fresh.map((attempt) => printAttempt(attempt)));
      this.#first = attempts[0]?.Number ?? this.#first;
    });
  }

  #loadMore() {
    const before = this.#last;
    return this.#load(before, (attempts) => {
      // Asked for twice, or begun anew meanwhile, these are not those that come next.
      if (this.#last === before) {
        this.#list.append(...attempts.map((attempt) => printAttempt(attempt)));
        this.#last = attempts.at(-1)?.Number ?? before;
        this.#more.hidden = attempts.length < PAGE;
      }
    });
  }

  /**
   * @param {number | undefined} before Those below this number; without, the latest.
   * @param {(attempts: Attempt[]) => void} show
   */
  async #load(before, show) {
    try {
      const { attempts } = await getJson("api/v1/attempts", { limit: PAGE, before });
      show(attempts);
      this.#words.textContent = say(this.#list.childElementCount === 0 ? "attempts.none" : "attempts.lead");
      setAttribute(this.#words, "role", null);
    } catch (error) {
      this.#words.textContent = say("attempts.failed", { message: String(error) });
      setAttribute(this.#words, "role", "alert");
    }
  }
}

customElements.define("attempts-view", AttemptsView);
