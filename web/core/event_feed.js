/**
 * The server's events, over one connection for all tabs of this browser: browsers allow few connections to one server, and
 * with one for each tab the seventh would wait forever.
 *
 * One tab, that which holds a lock, has the connection, and tells the others. When it goes, the next one gets the lock and
 * goes on behind what it was told last. Where there are no locks (plain HTTP from another machine) each has its own.
 */

import { apiUrl, ROOT } from "./api.js";

const KINDS = /** @type {const} */ (["new", "update", "delete", "truncate", "reset", "attempt", "attempts-deleted"]);

/** @typedef {typeof KINDS[number]} EventKind */

/**
 * What tabs tell each other: how the connection is and up to where it is told, with an event; or the wish to be told.
 *
 * @typedef {{ online: boolean, lastId: string, event?: { kind: EventKind, data: string } } | { asks: true }} Said
 */

/** How long to wait before the server is looked for again: doubled each time, up to the last. */
const RETRY_MS = { first: 500, last: 8000 };

const NAME = `dsmtpd ${ROOT.href}`;

export class EventFeed {
  #onEvent;
  #onOnline;
  #onReady;
  #channel = new BroadcastChannel(NAME);
  /** @type {EventSource | null} Without one it listens to the tab that has. */
  #source = null;
  #online = true;
  #lastId = "";
  #retryMs = RETRY_MS.first;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #retry;

  /**
   * @param {(kind: EventKind, data: string) => void} onEvent
   * @param {(online: boolean) => void} onOnline
   * @param {() => void} onReady Once: what happens from then on is told.
   */
  constructor(onEvent, onOnline, onReady) {
    this.#onEvent = onEvent;
    this.#onOnline = onOnline;
    this.#onReady = onReady;
  }

  start() {
    this.#channel.addEventListener("message", (event) => this.#hear(event.data));
    this.#say({ asks: true });
    if ("locks" in navigator) {
      // Held until the tab is closed.
      void navigator.locks.request(NAME, () => {
        this.#connect();
        return new Promise(() => {});
      });
    } else {
      this.#connect();
    }
    addEventListener("online", () => this.#source && this.#connectAgain());
  }

  /** @param {Said} said */
  #say(said) {
    this.#channel.postMessage(said);
  }

  /** @param {Said} said */
  #hear(said) {
    if ("asks" in said) {
      if (this.#source) {
        this.#say({ online: this.#online, lastId: this.#lastId });
      }
    } else if (!this.#source) {
      this.#take(said);
    }
  }

  /** @param {Exclude<Said, { asks: true }>} said */
  #take({ online, lastId, event }) {
    const isFirst = this.#lastId === "" && lastId !== "";
    this.#lastId = lastId;
    if (isFirst) {
      this.#onReady();
    }
    if (online !== this.#online) {
      this.#online = online;
      this.#onOnline(online);
    }
    if (event) {
      this.#onEvent(event.kind, event.data);
    }
  }

  /** @param {Exclude<Said, { asks: true }>} said */
  #takeAndSay(said) {
    this.#take(said);
    this.#say(said);
  }

  #connect() {
    // Not left to EventSource, which gives up for good when a proxy answers for a server that is gone.
    const source = new EventSource(apiUrl("api/v1/events", { last_event_id: this.#lastId || undefined }));
    this.#source = source;
    source.addEventListener("open", () => {
      this.#retryMs = RETRY_MS.first;
      this.#takeAndSay({ online: true, lastId: this.#lastId });
    });
    source.addEventListener("error", () => {
      source.close();
      this.#takeAndSay({ online: false, lastId: this.#lastId });
      this.#retry = setTimeout(() => this.#connect(), this.#retryMs);
      this.#retryMs = Math.min(this.#retryMs * 2, RETRY_MS.last);
    });
    source.addEventListener("ready", (event) => this.#takeAndSay({ online: true, lastId: event.lastEventId }));
    for (const kind of KINDS) {
      source.addEventListener(kind, ({ data, lastEventId }) =>
        this.#takeAndSay({ online: true, lastId: lastEventId, event: { kind, data } }),
      );
    }
  }

  /** Looks for the server now. */
  #connectAgain() {
    clearTimeout(this.#retry);
    this.#source?.close();
    this.#retryMs = RETRY_MS.first;
    this.#connect();
  }
}
