/** What happens in the inbox, as it happens; and whether the server is there. */

import { apiUrl } from "./api.js";

/** @import { Change, Summary } from "./types.js" */

/**
 * @typedef {{ kind: "new", mail: Summary } | { kind: "update", change: Change } | { kind: "delete", id: string } |
 *   { kind: "reset" }} InboxEvent `reset`: what changed is not told one by one; list again.
 */

const KINDS = /** @type {const} */ (["new", "update", "delete", "truncate", "reset"]);

/** How long to gather what comes in a burst: what is shown changes ten times a second at most. */
const GATHER_MS = 100;

/** How long to wait before the server is looked for again: doubled each time, up to the last. */
const RETRY_MS = { first: 500, last: 8000 };

/**
 * @param {typeof KINDS[number]} kind
 * @param {string} data
 * @returns {InboxEvent}
 */
function readEvent(kind, data) {
  switch (kind) {
    case "new":
      return { kind, mail: JSON.parse(data) };
    case "update":
      return { kind, change: JSON.parse(data) };
    case "delete":
      return { kind, id: JSON.parse(data).ID };
    default:
      return { kind: "reset" };
  }
}

/**
 * Gives an event `inbox` (its detail: InboxEvent[]) for what changed, and `online` when the server goes or is back.
 * Nothing is lost between: it goes on behind the last event that came, or gives `reset` when that is not known any more.
 */
class Live extends EventTarget {
  online = true;
  #lastId = "";
  #retryMs = RETRY_MS.first;
  /** @type {EventSource | null} */
  #source = null;
  /** @type {InboxEvent[]} */
  #gathered = [];
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #retry;

  start() {
    this.#connect();
    addEventListener("online", () => this.#connectAgain());
    addEventListener("pagehide", () => this.#source?.close());
    addEventListener("pageshow", (event) => event.persisted && this.#connectAgain());
  }

  #connect() {
    // Not left to EventSource, which gives up for good when a proxy answers for a server that is gone.
    const source = new EventSource(apiUrl("api/v1/events", { last_event_id: this.#lastId || undefined }));
    this.#source = source;
    source.addEventListener("open", () => {
      this.#retryMs = RETRY_MS.first;
      this.#setOnline(true);
    });
    source.addEventListener("error", () => {
      source.close();
      this.#setOnline(false);
      this.#retry = setTimeout(() => this.#connect(), this.#retryMs);
      this.#retryMs = Math.min(this.#retryMs * 2, RETRY_MS.last);
    });
    source.addEventListener("ready", (event) => (this.#lastId = event.lastEventId));
    for (const kind of KINDS) {
      source.addEventListener(kind, (event) => {
        this.#lastId = event.lastEventId;
        this.#gather(readEvent(kind, event.data));
      });
    }
  }

  /** Looks for the server now. */
  #connectAgain() {
    clearTimeout(this.#retry);
    this.#source?.close();
    this.#retryMs = RETRY_MS.first;
    this.#connect();
  }

  /** @param {boolean} online */
  #setOnline(online) {
    if (online !== this.online) {
      this.online = online;
      this.dispatchEvent(new Event("online"));
    }
  }

  /** @param {InboxEvent} event */
  #gather(event) {
    if (this.#gathered.length === 0) {
      setTimeout(() => {
        const detail = this.#gathered;
        this.#gathered = [];
        this.dispatchEvent(new CustomEvent("inbox", { detail }));
      }, GATHER_MS);
    }
    this.#gathered.push(event);
  }
}

export const live = new Live();
