/** The list: of any number of messages, of which only those in view are drawn. */

import { h, setAttribute } from "../core/dom.js";
import { quoteValue } from "../core/hits.js";
import { registerKeys } from "../core/keys.js";
import { say } from "../core/messages.js";
import { router } from "../core/router.js";
import { readSetting, settings } from "../core/settings.js";
import { mark } from "./actions.js";
import { MailRow } from "./mail_row.js";
import { mails } from "./mail_source.js";
import { ScrollMap } from "./scroll_map.js";
import { selection } from "./selection.js";

/** @import { TimeStyle } from "../core/format.js" */
/** @import { Summary } from "../core/types.js" */

/** Rows drawn above and below what is in view. */
const SPARE = 8;

/** Ages in the list are this old at most. */
const REFRESH_MS = 30_000;

/** As a range that Shift selects. */
const RANGE_MAX = 20_000;

/**
 * The search that a tag or a number of messages leads to.
 *
 * @param {Element} target
 * @returns {string | null} It is none of these.
 */
function queryAt(target) {
  const tag = target.closest("[data-tag]")?.getAttribute("data-tag");
  const thread = target.closest("[data-thread]")?.getAttribute("data-thread");
  return tag ? `tag:${quoteValue(tag)}` : thread ? `thread:${thread}` : null;
}

/** `<mail-list>` opens a message by the router, and gives an event `news` when there are new messages above what is in view. */
export class MailList extends HTMLElement {
  /** New messages above. */
  news = 0;
  /** @type {TimeStyle} */
  #timeStyle = readSetting("timeStyle", "auto");
  #map = new ScrollMap();
  #area = h("div", { class: "list-area", role: "rowgroup" });
  #probe = h("div", { class: "row probe", "aria-hidden": "true" });
  #rowHeight = 0;
  /** @type {Map<number, MailRow>} By their numbers: rows stay with their mails. */
  #rows = new Map();
  /** @type {MailRow[]} */
  #spare = [];
  #isToBeDrawn = false;
  #total = 0;
  #query = "";
  /** ID of the message that the keyboard is at. */
  #activeId = "";
  #activeIndex = 0;
  /** Whether its row has still to be brought into view. */
  #isToBeFound = false;

  connectedCallback() {
    setAttribute(this, "role", "grid");
    setAttribute(this, "tabindex", 0);
    setAttribute(this, "aria-label", say("list.label"));
    setAttribute(this, "aria-multiselectable", "true");
    this.append(this.#area, this.#probe);
    this.addEventListener("scroll", () => this.#scrolled());
    this.addEventListener("click", (event) => this.#clicked(event));
    this.addEventListener("keydown", (event) => this.#keydown(event));
    mails.addEventListener("change", () => this.#draw());
    selection.addEventListener("change", () => this.#draw());
    router.addEventListener("change", () => this.#routed());
    new ResizeObserver(() => this.#draw()).observe(this.#probe);
    new ResizeObserver(() => this.#draw()).observe(this);
    setInterval(() => this.#draw(), REFRESH_MS);
    settings.addEventListener("timeStyle", () => {
      this.#timeStyle = readSetting("timeStyle", "auto");
      this.#draw();
    });
    this.#registerKeys();
    this.#routed();
  }

  /** Shows the newest. */
  scrollToTop() {
    this.scrollTop = this.#map.scrollTo(0);
    this.#setNews(0);
    this.#draw();
  }

  /** The message that the keyboard is at. */
  get active() {
    return mails.byId(this.#activeId);
  }

  /**
   * Moves the keyboard by so many messages; an open mail gives way to the one it is at then.
   *
   * @param {number} by
   */
  move(by) {
    const found = mails.indexOf(this.#activeId);
    const start = this.#activeId === "" ? (by > 0 ? -1 : 0) : found >= 0 ? found : this.#activeIndex;
    // In the row of one that was deleted is the next one.
    const index = start + by - (by > 0 && mails.isGoing(this.#activeId) ? 1 : 0);
    const isOpen = router.route.id !== null;
    if (!isOpen) {
      this.focus({ preventScroll: true });
    }
    void this.#activate(Math.min(Math.max(0, index), mails.total - 1), isOpen);
  }

  /**
   * @param {number} index
   * @param {boolean} opens
   */
  async #activate(index, opens) {
    if (index < 0) {
      return;
    }
    this.#activeIndex = index;
    this.#reveal(index);
    this.#draw();
    const mail = mails.at(index) ?? (await mails.range(index, index).catch(() => []))[0];
    if (mail && index === this.#activeIndex) {
      this.#activeId = mail.ID;
      if (opens) {
        router.go({ id: mail.ID }, { replace: router.route.id !== null });
      }
      this.#draw();
    }
  }

  /**
   * @param {number} index
   * @param {{ isFar?: boolean }} [options] `isFar`: if it was not in view, it is in the middle then, with what is around it.
   */
  #reveal(index, { isFar = false } = {}) {
    const top = index * this.#rowHeight;
    const isInView = top >= this.#map.top && top + this.#rowHeight <= this.#map.top + this.clientHeight;
    if (isFar && !isInView) {
      this.scrollTop = this.#map.scrollTo(top - (this.clientHeight - this.#rowHeight) / 2);
    } else if (top < this.#map.top) {
      this.scrollTop = this.#map.scrollTo(top);
    } else if (top + this.#rowHeight > this.#map.top + this.clientHeight) {
      this.scrollTop = this.#map.scrollTo(top + this.#rowHeight - this.clientHeight);
    }
  }

  #routed() {
    const { id, query } = router.route;
    if (query !== this.#query) {
      this.#query = query;
      this.#activeId = "";
      this.#total = 0;
      this.#setNews(0);
      this.scrollTop = this.#map.scrollTo(0);
    }
    if (id !== null && id !== this.#activeId) {
      this.#activeId = id;
      this.#isToBeFound = true;
    }
    void this.#find();
    this.#draw();
  }

  /** Shows the row of the message that is open, once there is a list; it may be far from what is in view. */
  async #find() {
    const id = this.#activeId;
    if (!this.#isToBeFound || mails.state !== "ready" || mails.query !== this.#query || this.#rowHeight === 0) {
      return;
    }
    this.#isToBeFound = false;
    const index = await mails.locate(id);
    if (index >= 0 && id === this.#activeId) {
      this.#activeIndex = index;
      this.#reveal(index, { isFar: true });
      this.#draw();
    }
  }

  #scrolled() {
    const instead = this.#map.scrolled(this.scrollTop);
    if (instead !== null) {
      this.scrollTop = instead;
    }
    if (this.#map.top === 0) {
      this.#setNews(0);
    }
    this.#draw();
  }

  /** @param {number} news */
  #setNews(news) {
    if (news !== this.news) {
      this.news = news;
      this.dispatchEvent(new Event("news"));
    }
  }

  /** Draws, once before the next picture. */
  #draw() {
    if (!this.#isToBeDrawn) {
      this.#isToBeDrawn = true;
      requestAnimationFrame(() => {
        this.#isToBeDrawn = false;
        this.#drawNow();
      });
    }
  }

  #drawNow() {
    this.#rowHeight = this.#probe.getBoundingClientRect().height;
    if (this.#rowHeight === 0) {
      return;
    }
    this.#keepPlace();
    void this.#find();
    const first = Math.max(0, Math.floor(this.#map.top / this.#rowHeight) - SPARE);
    const last = Math.min(mails.total - 1, Math.ceil((this.#map.top + this.clientHeight) / this.#rowHeight) + SPARE);
    mails.want(first, last);
    setAttribute(this, "aria-rowcount", mails.total);
    setAttribute(this, "aria-busy", mails.state === "loading" ? "true" : null);
    this.#drawRows(first, last);
    const active = mails.indexOf(this.#activeId);
    setAttribute(
      this,
      "aria-activedescendant",
      active >= first && active <= last && !mails.isGoing(this.#activeId) ? `row-${mails.numberAt(active)}` : null,
    );
  }

  /** New messages on top move nothing that is in view, unless that is the top itself. */
  #keepPlace() {
    const added = mails.total - this.#total;
    const isFirst = this.#total === 0;
    this.#total = mails.total;
    this.#map.resize(mails.total * this.#rowHeight, this.clientHeight);
    this.#area.style.height = `${this.#map.height}px`;
    if (added !== 0 && !isFirst && this.#map.top > 0) {
      this.scrollTop = this.#map.scrollTo(this.#map.top + Math.max(0, added) * this.#rowHeight);
      this.#setNews(Math.max(0, this.news + added));
    }
  }

  /**
   * @param {number} first
   * @param {number} last
   */
  #drawRows(first, last) {
    const numbers = Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => mails.numberAt(first + i));
    for (const [number, row] of this.#rows) {
      if (!numbers.includes(number)) {
        this.#rows.delete(number);
        row.element.remove();
        this.#spare.push(row);
      }
    }
    for (let index = first; index <= last; index++) {
      const mail = mails.at(index);
      const row = this.#rowOf(numbers[index - first]);
      row.show(index, mail, {
        query: mails.query,
        isSelected: mail !== undefined && selection.has(mail),
        isActive: mail?.ID === this.#activeId,
        isOpen: mail !== undefined && mail.ID === router.route.id,
        timeStyle: this.#timeStyle,
      });
      row.element.style.transform = `translateY(${index * this.#rowHeight + this.#map.shift}px)`;
    }
    this.#sort(numbers);
  }

  /**
   * @param {number} number
   * @returns {MailRow}
   */
  #rowOf(number) {
    let row = this.#rows.get(number);
    if (!row) {
      row = this.#spare.pop() ?? new MailRow();
      row.element.id = `row-${number}`;
      this.#rows.set(number, row);
    }
    return row;
  }

  /**
   * In the order in which they are read.
   *
   * @param {number[]} numbers
   */
  #sort(numbers) {
    let at = this.#area.firstElementChild;
    for (const number of numbers) {
      const element = this.#rows.get(number)?.element;
      if (element && element !== at) {
        this.#area.insertBefore(element, at);
      } else {
        at = at?.nextElementSibling ?? null;
      }
    }
  }

  /** @param {MouseEvent} event */
  #clicked(event) {
    const target = event.target instanceof Element ? event.target : this;
    const element = target.closest("[role=row]");
    const mail = [...this.#rows.values()].find((row) => row.element === element)?.mail;
    if (!mail) {
      return;
    }
    const act = target.closest("[data-act]")?.getAttribute("data-act");
    const query = queryAt(target);
    if (act === "flag") {
      mark({ mails: [mail] }, "Flagged", !mail.Flagged, { quiet: true });
    } else if (event.shiftKey) {
      event.preventDefault();
      void this.#selectTo(mail);
    } else if (act === "pick" || event.ctrlKey || event.metaKey) {
      this.#activeId = mail.ID;
      selection.toggle(mail);
      event.stopPropagation();
      if (act !== "pick") {
        event.preventDefault();
      }
    } else if (query) {
      router.go({ query, id: null });
    } else {
      event.preventDefault();
      router.go({ id: mail.ID }, { replace: router.route.id !== null });
    }
  }

  /** @param {Summary} mail */
  async #selectTo(mail) {
    const from = mails.indexOf(selection.anchor);
    const to = mails.indexOf(mail.ID);
    const [first, last] = from < 0 ? [to, to] : [Math.min(from, to), Math.max(from, to)];
    getSelection()?.removeAllRanges();
    if (last - first < RANGE_MAX) {
      selection.add(await mails.range(first, last));
      selection.anchor ||= mail.ID;
    }
  }

  /** @param {KeyboardEvent} event */
  #keydown(event) {
    const page = Math.max(1, Math.floor(this.clientHeight / this.#rowHeight) - 1);
    /** @type {Record<string, () => void>} */
    const keys = {
      ArrowDown: () => this.#step(1, event),
      ArrowUp: () => this.#step(-1, event),
      PageDown: () => this.move(page),
      PageUp: () => this.move(-page),
      Home: () => void this.#activate(0, router.route.id !== null),
      End: () => void this.#activate(mails.total - 1, router.route.id !== null),
      " ": () => this.active && selection.toggle(this.active),
    };
    const run = keys[event.key];
    if (run && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      run();
    }
  }

  /**
   * With Shift the messages that are passed are selected.
   *
   * @param {number} by
   * @param {KeyboardEvent} event
   */
  #step(by, event) {
    const before = this.active;
    this.move(by);
    if (event.shiftKey) {
      selection.add([before, this.active].filter((mail) => mail !== undefined));
    }
  }

  #registerKeys() {
    const group = "keys.group.move";
    const open = () => this.active && router.go({ id: this.active.ID });
    registerKeys(
      { keys: "j", text: "keys.down", group, run: () => this.move(1) },
      { keys: "k", text: "keys.up", group, run: () => this.move(-1) },
      { keys: "o, Enter", text: "keys.open", group, run: open, when: () => this.active !== undefined },
      {
        keys: "x",
        text: "keys.select",
        group: "keys.group.act",
        run: () => this.active && selection.toggle(this.active),
      },
    );
  }
}

customElements.define("mail-list", MailList);
