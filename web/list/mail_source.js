/**
 * The mails of the list, as many of them as are looked at: loaded when they come into view, forgotten when they are far
 * from it, and kept up to date.
 *
 * A mail is known by its number, counted from the oldest one that matches. So new mails, which come on top, change no
 * number, whatever page is on its way; the index of a row, counted from the top, is the other way round.
 */

import { ApiError, countLater, findSummary, listMails } from "../core/api.js";
import { live } from "../core/live.js";

/** @import { Change, MailPage, Marks, Summary } from "../core/types.js" */
/** @import { InboxEvent } from "../core/live.js" */

/** Mails in one request. */
const PAGE = 100;

/** Requests at a time: a scroll bar that is dragged passes many pages, and only where it stops counts. */
const REQUESTS_MAX = 3;

/** Mails kept in memory; beyond it those go that are further than KEEP_NEAR from what is shown. */
const KEPT_MAX = 4000;
const KEEP_NEAR = 1000;

/** Between looks at the newest mails, while many come. */
const PAUSE_MS = 250;

/**
 * Whether nothing that can change about a mail is different.
 *
 * @param {Summary} one
 * @param {Summary} other
 */
function isSame(one, other) {
  return (
    one.Read === other.Read &&
    one.Flagged === other.Flagged &&
    one.ThreadCount === other.ThreadCount &&
    String(one.Tags) === String(other.Tags)
  );
}

/** Gives an event `change` whenever something that it holds has changed. */
class MailSource extends EventTarget {
  query = "";
  /** Of the mails that match. */
  total = 0;
  unread = 0;
  /** Of all mails. */
  inbox = { total: 0, unread: 0 };
  /** @type {string[]} All there are. */
  tags = [];
  /** @type {"loading" | "ready" | "failed"} */
  state = "loading";
  /** @type {ApiError | null} */
  error = null;

  /** @type {Map<number, Summary>} */
  #mails = new Map();
  /** @type {Map<string, number>} */
  #numbers = new Map();
  /** @type {Set<number>} First numbers of the pages on their way. */
  #loading = new Set();
  /** Numbers that are to be there. */
  #wanted = { first: 0, last: -1 };
  /** Whatever was asked for before this was raised is out of date. */
  #generation = 0;
  #controller = new AbortController();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #look;
  #lookedAt = 0;
  /** What a look that is under way has not seen, or not yet taken, wants another. */
  #mustLook = false;
  #mustReload = false;

  /** Follows what happens in the inbox. */
  start() {
    live.addEventListener("inbox", (event) => this.#follow(/** @type {CustomEvent<InboxEvent[]>} */ (event).detail));
    live.addEventListener("online", () => live.online && this.state === "failed" && this.reload());
  }

  /**
   * Shows what another search finds. What was shown stays until the answer is there.
   *
   * @param {string} query
   * @returns {Promise<void>}
   */
  open(query) {
    this.query = query;
    this.#wanted = { first: 0, last: -1 };
    this.state = "loading";
    this.dispatchEvent(new Event("change"));
    return this.reload();
  }

  /**
   * The mail of a row; undefined: it is not loaded (want() gets it).
   *
   * @param {number} index Counted from the top, the newest.
   * @returns {Summary | undefined}
   */
  at(index) {
    return this.#mails.get(this.total - 1 - index);
  }

  /**
   * @param {string} id
   * @returns {Summary | undefined}
   */
  byId(id) {
    const number = this.#numbers.get(id);
    return number === undefined ? undefined : this.#mails.get(number);
  }

  /**
   * @param {string} id
   * @returns {number} The row; -1: it is not loaded.
   */
  indexOf(id) {
    const number = this.#numbers.get(id);
    return number === undefined ? -1 : this.total - 1 - number;
  }

  /**
   * The row in which a mail is, or about there when it is not loaded or does not match.
   *
   * @param {string} id
   * @returns {Promise<number>} -1: there is no such mail.
   */
  async locate(id) {
    if (this.indexOf(id) >= 0) {
      return this.indexOf(id);
    }
    try {
      const mail = await findSummary(id);
      return mail ? await countLater(this.query, mail) : -1;
    } catch {
      return -1;
    }
  }

  /** All that are loaded, in no order. */
  loaded() {
    return this.#mails.values();
  }

  /**
   * Says which rows are in view; they are loaded.
   *
   * @param {number} first
   * @param {number} last
   */
  want(first, last) {
    this.#wanted = { first: Math.max(0, this.total - 1 - last), last: this.total - 1 - Math.max(0, first) };
    this.#load();
    this.#forget();
  }

  /**
   * All mails of some rows, loaded for it if need be.
   *
   * @param {number} first
   * @param {number} last
   * @returns {Promise<Summary[]>}
   */
  async range(first, last) {
    const found = [];
    for (let start = first; start <= last; start += PAGE) {
      const rows = Array.from({ length: Math.min(PAGE, last - start + 1) }, (_, i) => this.at(start + i));
      const known = rows.filter((mail) => mail !== undefined);
      found.push(
        ...(known.length === rows.length ? known : (await listMails(this.query, start, rows.length)).messages),
      );
    }
    return found;
  }

  /**
   * Shows marks and tags at once that the server is being told.
   *
   * @param {Iterable<string>} ids
   * @param {(mail: Summary) => Marks & { Tags?: string[] }} change
   */
  patch(ids, change) {
    for (const id of ids) {
      this.#change(id, change);
    }
    this.dispatchEvent(new Event("change"));
  }

  /**
   * @param {string} id
   * @param {(mail: Summary) => Partial<Change>} change
   */
  #change(id, change) {
    const number = this.#numbers.get(id);
    const mail = number === undefined ? undefined : this.#mails.get(number);
    if (number === undefined || mail === undefined) {
      return;
    }
    const changed = { ...mail, ...change(mail) };
    if (isSame(mail, changed)) {
      return;
    }
    const difference = Number(mail.Read) - Number(changed.Read);
    this.#mails.set(number, changed);
    this.unread = Math.max(0, this.unread + difference);
    this.inbox.unread = Math.max(0, this.inbox.unread + difference);
  }

  /** @param {InboxEvent[]} events */
  #follow(events) {
    for (const event of events) {
      if (event.kind === "update") {
        this.#change(event.change.ID, () => event.change);
      } else if (event.kind !== "new") {
        this.#mustReload = true;
      }
    }
    this.dispatchEvent(new Event("change"));
    this.#scheduleLook();
  }

  #scheduleLook() {
    this.#mustLook = true;
    if (this.#look === undefined) {
      const wait = Math.max(0, this.#lookedAt + PAUSE_MS - performance.now());
      this.#look = setTimeout(() => void this.#lookAtNewest(), wait);
    }
  }

  /** The newest page has the counts too, so it is looked at whatever happened. */
  async #lookAtNewest() {
    this.#mustLook = false;
    // What is on its way already is waited for: it may be from before.
    const isLoading = this.state === "loading";
    if (this.#mustReload || this.state === "failed") {
      await this.reload();
    } else if (!isLoading) {
      await this.#fetch(0, PAGE);
    }
    this.#lookedAt = performance.now();
    this.#look = undefined;
    if (this.#mustLook || isLoading) {
      this.#scheduleLook();
    }
  }

  /**
   * Asks anew for what is in view; all else is forgotten when that is there.
   *
   * @returns {Promise<void>}
   */
  async reload() {
    this.#mustReload = false;
    this.#generation++;
    this.#controller.abort();
    this.#controller = new AbortController();
    this.#loading.clear();
    const start = Math.max(0, this.total - 1 - this.#wanted.last);
    const count = this.#wanted.last - this.#wanted.first + 1;
    await this.#fetch(count > 0 ? start : 0, Math.max(PAGE, count), { anew: true });
    this.#load();
  }

  /**
   * @param {number} start
   * @param {number} limit
   * @param {{ anew?: boolean }} [options] `anew`: numbers known so far are of no use.
   */
  async #fetch(start, limit, { anew = false } = {}) {
    const generation = this.#generation;
    try {
      const page = await listMails(this.query, start, limit, this.#controller.signal);
      if (generation === this.#generation) {
        this.#take(page, anew);
      }
    } catch (error) {
      if (generation === this.#generation && error instanceof ApiError) {
        this.#fail(error);
      }
    }
  }

  /** @param {ApiError} error */
  #fail(error) {
    // When the server is gone, what is shown stays, and the banner says so.
    if (error.status !== 0 || this.state === "loading") {
      this.state = "failed";
      this.error = error;
    }
    this.dispatchEvent(new Event("change"));
  }

  /**
   * @param {MailPage} page
   * @param {boolean} anew
   */
  #take(page, anew) {
    // What is the same stays the same object, so that its row is not drawn anew.
    const taken = page.messages.map((mail) => {
      const known = this.byId(mail.ID);
      return known && isSame(known, mail) ? known : mail;
    });
    if (anew) {
      this.#mails.clear();
      this.#numbers.clear();
    } else if (this.#isMovedBy(page)) {
      this.#mustReload = true;
      this.#scheduleLook();
      return;
    }
    this.total = page.messages_count;
    this.unread = page.messages_unread;
    this.inbox = { total: page.total, unread: page.unread };
    this.tags = page.tags;
    taken.forEach((mail, i) => {
      const number = this.total - 1 - page.start - i;
      this.#mails.set(number, mail);
      this.#numbers.set(mail.ID, number);
    });
    this.state = "ready";
    this.error = null;
    this.dispatchEvent(new Event("change"));
  }

  /**
   * Whether a page shows that mails have gone, or came elsewhere than on top, so that numbers are not what they were.
   *
   * @param {MailPage} page
   */
  #isMovedBy(page) {
    return (
      page.messages_count < this.total ||
      page.messages.some((mail, i) => {
        const number = page.messages_count - 1 - page.start - i;
        const known = this.#mails.get(number);
        return (known !== undefined && known.ID !== mail.ID) || (this.#numbers.get(mail.ID) ?? number) !== number;
      })
    );
  }

  /** Asks for what is wanted and neither there nor on its way. */
  #load() {
    const { first, last } = this.#wanted;
    for (let number = last; number >= first && this.#loading.size < REQUESTS_MAX; number--) {
      const page = Math.floor(number / PAGE) * PAGE;
      if (!this.#mails.has(number) && !this.#loading.has(page)) {
        void this.#loadPage(page);
      }
    }
  }

  /** @param {number} first */
  async #loadPage(first) {
    const generation = this.#generation;
    const end = Math.min(first + PAGE, this.total);
    this.#loading.add(first);
    await this.#fetch(this.total - end, end - first);
    if (generation === this.#generation) {
      this.#loading.delete(first);
      // What failed is asked for again when something changes.
      if (this.state === "ready" && live.online) {
        this.#load();
      }
    }
  }

  #forget() {
    if (this.#mails.size <= KEPT_MAX) {
      return;
    }
    for (const [number, mail] of this.#mails) {
      if (number < this.#wanted.first - KEEP_NEAR || number > this.#wanted.last + KEEP_NEAR) {
        this.#mails.delete(number);
        this.#numbers.delete(mail.ID);
      }
    }
  }
}

export const mails = new MailSource();
