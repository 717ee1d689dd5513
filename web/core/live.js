/** What happens in the inbox, as it happens; and whether the server is there. */

import { EventFeed } from "./event_feed.js";

/** @import { EventKind } from "./event_feed.js" */
/** @import { Change, Summary, Totals } from "./types.js" */

/**
 * @typedef {{ kind: "new", mail: Summary, totals: Totals } | { kind: "update", change: Change, totals: Totals } |
 *   { kind: "delete", id: string, totals: Totals } | { kind: "reset", totals?: undefined }} InboxEvent `totals`: by then;
 *   `reset`: what changed is not told one by one; list again.
 */

/** How long to gather what comes in a burst: what is shown changes ten times a second at most. */
const GATHER_MS = 100;

/**
 * @param {Exclude<EventKind, "attempt" | "attempts-deleted">} kind
 * @param {string} data
 * @returns {InboxEvent}
 */
function readEvent(kind, data) {
  const { Totals: totals, ...told } = JSON.parse(data);
  switch (kind) {
    case "new":
      return { kind, mail: told, totals };
    case "update":
      return { kind, change: told, totals };
    case "delete":
      return { kind, id: told.ID, totals };
    default:
      return { kind: "reset" };
  }
}

/**
 * Gives an event `inbox` (its detail: InboxEvent[]) for what changed, the first one without any when it begins; `attempts` when
 * there may be more rejected attempts, or none any more, the first one when it begins, too; and `online` when the server goes or is back.
 * Nothing is lost between: it goes on behind the last event that came, or gives `reset` when that is not known any more.
 */
class Live extends EventTarget {
  online = true;
  /** @type {InboxEvent[]} */
  #gathered = [];
  #hasAttempts = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  #feed = new EventFeed(
    (kind, data) => this.#hear(kind, data),
    (online) => {
      this.online = online;
      this.dispatchEvent(new Event("online"));
    },
    // What was listed before may lack what came since.
    () => {
      this.dispatchEvent(new CustomEvent("inbox", { detail: [] }));
      this.dispatchEvent(new Event("attempts"));
    },
  );

  start() {
    this.#feed.start();
    // A page that was put aside missed what was told meanwhile, and its lists are old.
    addEventListener("pageshow", (event) => event.persisted && location.reload());
  }

  /**
   * @param {EventKind} kind
   * @param {string} data
   */
  #hear(kind, data) {
    if (this.#timer === undefined) {
      this.#timer = setTimeout(() => this.#tell(), GATHER_MS);
    }
    const isOfAttempts = kind === "attempt" || kind === "attempts-deleted";
    this.#hasAttempts ||= isOfAttempts || kind === "reset";
    if (!isOfAttempts) {
      this.#gathered.push(readEvent(kind, data));
    }
  }

  #tell() {
    const detail = this.#gathered;
    const hasAttempts = this.#hasAttempts;
    this.#timer = undefined;
    this.#gathered = [];
    this.#hasAttempts = false;
    if (detail.length > 0) {
      this.dispatchEvent(new CustomEvent("inbox", { detail }));
    }
    if (hasAttempts) {
      this.dispatchEvent(new Event("attempts"));
    }
  }
}

export const live = new Live();
