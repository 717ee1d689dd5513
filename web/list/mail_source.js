/**
 * The messages of the list, as many of them as are looked at: loaded when they come into view, forgotten when they are far
 * from it, and kept up to date.
 *
 * A message is known by its number, counted from the oldest one that matches. So new messages, which come on top, change
 * no number, whatever page is on its way; the index of a row, counted from the top, is the other way round, and leaves out
 * what is about to be deleted.
 */

import { ApiError, countLater, findSummary, listMails } from "../core/api.js";
import { live } from "../core/live.js";
import { Pacer } from "../core/pacer.js";
import { isSame, NumberedMails } from "./numbered_mails.js";
import { PendingChanges, makePending } from "./pending.js";

/** @import { Change, MailPage, Marks, Summary } from "../core/types.js" */
/** @import { InboxEvent } from "../core/live.js" */
/** @import { Target } from "./pending.js" */

/** Messages in one request. */
const PAGE = 100;

/** Requests at a time: a scroll bar that is dragged passes many pages, and only where it stops counts. */
const REQUESTS_MAX = 3;

/** Between looks at the newest messages, while many come. */
const PAUSE_MS = 250;

/** Gives an event `change` whenever something that it holds has changed. */
class MailSource extends EventTarget {
  query = "";
  /** Of the messages that match and are unread. */
  unread = 0;
  /** @type {string[]} All there are. */
  tags = [];
  /** @type {"loading" | "ready" | "failed"} */
  state = "loading";
  /** @type {ApiError | null} */
  error = null;

  /** How many match, by the server. */
  #count = 0;
  /** Of all messages, by the server. */
  #inbox = { total: 0, unread: 0 };
  #pending = new PendingChanges();
  #mails = new NumberedMails();
  /** @type {Set<number>} First numbers of the pages on their way. */
  #loading = new Set();
  /** Numbers that are to be there. */
  #wanted = { first: 0, last: -1 };
  /** Whatever was asked for before this was raised is out of date. */
  #generation = 0;
  #controller = new AbortController();
  #looks = new Pacer(() => this.#lookAtNewest(), PAUSE_MS);
  #mustReload = false;

  /** Follows what happens in the inbox. */
  start() {
    live.addEventListener("inbox", (event) => this.#follow(/** @type {CustomEvent<InboxEvent[]>} */ (event).detail));
    live.addEventListener("online", () => live.online && this.state === "failed" && this.reload());
  }

  /** @returns {number} How many messages match, without those that are about to be deleted. */
  get total() {
    return Math.max(0, this.#count - this.#pending.hiddenCount);
  }

  /** @returns {{ total: number, unread: number }} Of all messages, likewise. */
  get inbox() {
    return this.#pending.count(this.#inbox);
  }

  /**
   * Shows something as done before the server learns of it.
   *
   * @param {Target} target Of all: all of the list.
   * @param {Marks | null} marks What they get; null: they go.
   * @returns {{ undo: () => void, settle: () => Promise<void> }} `settle`: the server did it.
   */
  pend(target, marks) {
    const all = {
      query: this.query,
      below: "mails" in target ? 0 : this.#mails.countBefore(target.until, this.#count),
      unread: "mails" in target || target.query !== "" ? this.unread : this.inbox.unread,
    };
    const pending = makePending(target, marks, all);
    const show = () => {
      this.#mails.changeAll((mail, number) => this.#pending.apply(mail, number, this.query));
      this.#hide();
      this.dispatchEvent(new Event("change"));
    };
    this.#pending.add(pending);
    show();
    return {
      undo: () => {
        this.#pending.drop([pending]);
        show();
        if (marks) {
          void this.reload();
        }
      },
      settle: () => {
        pending.isDone = true;
        return this.reload();
      },
    };
  }

  /** Finds the numbers that are left out. */
  #hide() {
    this.#pending.hide(this.query, this.#count, this.#mails.numbers);
  }

  /**
   * @param {number} index Of a row.
   * @returns {number} Its message's number.
   */
  numberAt(index) {
    return this.#pending.numberAt(index, this.#count);
  }

  /**
   * Whether a message is about to be deleted.
   *
   * @param {string} id
   */
  isGoing(id) {
    const number = this.#mails.numbers.get(id);
    return number !== undefined && this.#pending.isHidden(number);
  }

  /**
   * Shows what another search finds. What was shown stays until the answer is there.
   *
   * @param {string} query
   * @returns {Promise<void>}
   */
  open(query) {
    this.query = query;
    this.#hide();
    this.#wanted = { first: 0, last: -1 };
    this.state = "loading";
    this.dispatchEvent(new Event("change"));
    return this.reload();
  }

  /**
   * The message of a row; undefined: it is not loaded (want() gets it).
   *
   * @param {number} index Counted from the top, the newest.
   * @returns {Summary | undefined}
   */
  at(index) {
    return this.#mails.at(this.numberAt(index));
  }

  /**
   * @param {string} id
   * @returns {Summary | undefined}
   */
  byId(id) {
    return this.#mails.byId(id);
  }

  /**
   * @param {string} id
   * @returns {number} The row; -1: it is not loaded.
   */
  indexOf(id) {
    const number = this.#mails.numbers.get(id);
    return number === undefined ? -1 : this.#pending.indexAt(number, this.#count);
  }

  /**
   * The row in which a message is, or about there when it is not loaded or does not match.
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
    this.#wanted = { first: Math.max(0, this.numberAt(last)), last: this.numberAt(Math.max(0, first)) };
    this.#load();
    this.#mails.forget(this.#wanted, (number) => this.#pending.isHidden(number));
  }

  /**
   * All messages of some rows, loaded for it if need be.
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
      found.push(...(known.length === rows.length ? known : await this.#listRows(start, rows.length)));
    }
    return found;
  }

  /**
   * @param {number} start
   * @param {number} count
   */
  async #listRows(start, count) {
    const first = this.#count - 1 - this.numberAt(start);
    const last = this.#count - 1 - this.numberAt(start + count - 1);
    const generation = this.#generation;
    const { messages, messages_count: total } = await listMails(this.query, first, last - first + 1);
    if (generation === this.#generation && total === this.#count) {
      // So that those that are deleted then are known to be in the list.
      messages.forEach(({ ID }, i) => this.#mails.note(total - 1 - first - i, ID));
    }
    return messages.filter((mail) => !this.isGoing(mail.ID));
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
    const number = this.#mails.numbers.get(id);
    const mail = this.#mails.byId(id);
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
    this.#inbox.unread = Math.max(0, this.#inbox.unread + difference);
  }

  /** @param {InboxEvent[]} events */
  #follow(events) {
    const isOfAll = this.query === "" && this.state === "ready" && !this.#mustReload;
    const totals = isOfAll ? this.#mails.totalsAfter(events, this.#count, this.tags) : undefined;
    for (const event of events) {
      if (event.kind === "update") {
        this.#change(event.change.ID, () => event.change);
      } else if (event.kind !== "new") {
        this.#mustReload = true;
      } else if (totals) {
        this.#mails.set(this.#count++, event.mail);
      }
    }
    if (totals) {
      this.unread = totals.Unread;
      this.#inbox = { total: totals.Total, unread: totals.Unread };
      this.#hide();
    } else {
      this.#looks.ask();
    }
    this.dispatchEvent(new Event("change"));
  }

  /** The newest page has the counts too, so it is looked at whatever happened. */
  async #lookAtNewest() {
    // What is on its way already is waited for: it may be from before.
    const isLoading = this.state === "loading";
    if (this.#mustReload || this.state === "failed") {
      await this.reload();
    } else if (!isLoading) {
      await this.#fetch(0, PAGE);
    }
    if (isLoading) {
      this.#looks.ask();
    }
  }

  /**
   * Asks again for what is in view; all else is forgotten when that is there.
   *
   * @returns {Promise<void>}
   */
  async reload() {
    this.#mustReload = false;
    this.#generation++;
    this.#controller.abort();
    this.#controller = new AbortController();
    this.#loading.clear();
    const start = Math.max(0, this.#count - 1 - this.#wanted.last);
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
    const { done } = this.#pending;
    try {
      const page = await listMails(this.query, start, limit, this.#controller.signal);
      if (generation === this.#generation) {
        this.#pending.drop(anew ? done : []);
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
    // What is the same stays the same object, so that its row is not drawn again.
    const taken = page.messages.map((mail, i) => {
      const known = this.byId(mail.ID);
      const shown = this.#pending.apply(mail, page.messages_count - 1 - page.start - i, this.query);
      return known && isSame(known, shown) ? known : shown;
    });
    if (anew) {
      this.#mails.clear();
    } else if (page.messages_count < this.#count || this.#mails.isMovedBy(page)) {
      this.#mustReload = true;
      this.#looks.ask();
      return;
    }
    this.#count = page.messages_count;
    this.unread = page.messages_unread;
    this.#inbox = { total: page.total, unread: page.unread };
    this.tags = page.tags;
    taken.forEach((mail, i) => {
      const number = this.#count - 1 - page.start - i;
      this.#mails.set(number, mail);
    });
    this.#hide();
    this.state = "ready";
    this.error = null;
    this.dispatchEvent(new Event("change"));
  }

  /** Asks for what is wanted and neither there nor on its way. */
  #load() {
    const { first, last } = this.#wanted;
    for (let number = last; number >= first && this.#loading.size < REQUESTS_MAX; number--) {
      const page = Math.floor(number / PAGE) * PAGE;
      if (!this.#mails.at(number) && !this.#loading.has(page)) {
        void this.#loadPage(page);
      }
    }
  }

  /** @param {number} first */
  async #loadPage(first) {
    const generation = this.#generation;
    const end = Math.min(first + PAGE, this.#count);
    this.#loading.add(first);
    await this.#fetch(this.#count - end, end - first);
    if (generation === this.#generation) {
      this.#loading.delete(first);
      // What failed is asked for again when something changes.
      if (this.state === "ready" && live.online) {
        this.#load();
      }
    }
  }
}

export const mails = new MailSource();
