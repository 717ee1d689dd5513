/**
 * What the side bar counts beyond what the list knows: asked for after the list, and again when something happened, but not
 * while nobody looks at the page.
 */

import { getJson, listRecipients, readInfo } from "../core/api.js";
import { live } from "../core/live.js";
import { Pacer } from "../core/pacer.js";
import { router } from "../core/router.js";
import { readSetting, writeSetting } from "../core/settings.js";

/** @import { InboxEvent } from "../core/live.js" */
/** @import { Recipient } from "../core/types.js" */

/** Between two questions while much happens. */
const PAUSE_MS = 500;

/** Recipients shown before all are asked for, and then: as many as the server lists. */
export const FEW = 8;
const ALL = 1000;

/** Gives an event `change`. */
class SideCounts extends EventTarget {
  flagged = 0;
  /** @type {Record<string, number>} Messages of each tag. */
  tags = {};
  /** @type {Recipient[]} Those with the most messages, as far as they are shown. */
  recipients = [];
  /** Of all recipients, and of those whose address has the filter in it. */
  recipientsTotal = 0;
  recipientsMatching = 0;
  /** Attempts that were rejected since somebody looked at them in this browser. */
  rejected = 0;
  #filter = "";
  #limit = FEW;
  #isMissed = false;
  #totals = new Pacer(() => this.#ask(() => this.#askTotals()), PAUSE_MS);
  #people = new Pacer(() => this.#ask(() => this.#askRecipients()), PAUSE_MS / 2);
  #attempts = new Pacer(() => this.#ask(() => this.#askAttempts()), PAUSE_MS);

  start() {
    live.addEventListener("inbox", (event) => this.#follow(/** @type {CustomEvent<InboxEvent[]>} */ (event).detail));
    live.addEventListener("attempts", () => this.#attempts.ask());
    router.addEventListener("change", () => router.route.place === "attempts" && this.#attempts.ask());
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden && this.#isMissed) {
        this.#isMissed = false;
        this.#askAgain();
        this.#attempts.ask();
      }
    });
    this.#askAgain();
    this.#attempts.ask();
  }

  /** @param {string} text That the addresses have in them. */
  filterRecipients(text) {
    this.#filter = text.trim();
    this.#people.ask();
  }

  /** @returns {boolean} Whether there are more than are shown, which can be. */
  get hasMore() {
    return this.#limit < ALL && this.recipientsMatching > this.recipients.length;
  }

  showAllRecipients() {
    this.#limit = ALL;
    this.#people.ask();
  }

  /** @param {InboxEvent[]} events */
  #follow(events) {
    this.flagged = events.at(-1)?.totals?.Flagged ?? this.flagged;
    this.dispatchEvent(new Event("change"));
    this.#totals.ask();
    // A mark or a tag changes nobody's count.
    if (!events.length || events.some(({ kind }) => kind !== "update")) {
      this.#people.ask();
    }
  }

  #askAgain() {
    this.#totals.ask();
    this.#people.ask();
  }

  /**
   * After a failure it asks again when something happens; the page reports that the server is gone.
   *
   * @param {() => Promise<void>} ask
   */
  async #ask(ask) {
    if (document.hidden) {
      this.#isMissed = true;
      return;
    }
    try {
      await ask();
      this.dispatchEvent(new Event("change"));
    } catch {
      this.#isMissed = true;
    }
  }

  async #askTotals() {
    const { Tags, Flagged } = await readInfo();
    this.tags = Tags;
    this.flagged = Flagged;
  }

  async #askRecipients() {
    const { total, matching, recipients } = await listRecipients(this.#filter, this.#limit);
    this.recipients = recipients;
    this.recipientsTotal = total;
    this.recipientsMatching = matching;
  }

  /** They are numbered one after another, also when some were deleted. */
  async #askAttempts() {
    const { attempts, codes } = await getJson("api/v1/attempts", { limit: 1 });
    const total = Object.values(/** @type {Record<string, number>} */ (codes)).reduce((sum, count) => sum + count, 0);
    const newest = attempts[0]?.Number ?? 0;
    const seen = readSetting("attemptsSeen", 0);
    if (router.route.place === "attempts") {
      writeSetting("attemptsSeen", newest);
      this.rejected = 0;
    } else {
      // Numbers begin again with a new index.
      this.rejected = Math.min(newest - (seen > newest ? 0 : seen), total);
    }
  }
}

export const sideCounts = new SideCounts();
