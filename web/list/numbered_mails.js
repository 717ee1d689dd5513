/** The messages of a list that are loaded, by their numbers (see mail_source.js) and IDs. */

/** @import { InboxEvent } from "../core/live.js" */
/** @import { MailPage, Summary } from "../core/types.js" */

/** Messages kept in memory; beyond it those go that are further than KEEP_NEAR from what is shown. */
const KEPT_MAX = 4000;
const KEEP_NEAR = 1000;

/**
 * Whether nothing that can change about a message is different.
 *
 * @param {Summary} one
 * @param {Summary} other
 */
export function isSame(one, other) {
  return (
    one.Read === other.Read &&
    one.Flagged === other.Flagged &&
    one.ThreadCount === other.ThreadCount &&
    String(one.Tags) === String(other.Tags)
  );
}

export class NumberedMails {
  /** @type {Map<number, Summary>} */
  #mails = new Map();
  /** @type {Map<string, number>} Also of some that are not loaded. */
  #numbers = new Map();

  /** @returns {ReadonlyMap<string, number>} */
  get numbers() {
    return this.#numbers;
  }

  /** In no order. */
  values() {
    return this.#mails.values();
  }

  /**
   * @param {number} number
   * @returns {Summary | undefined}
   */
  at(number) {
    return this.#mails.get(number);
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
   * @param {number} number
   * @param {Summary} mail
   */
  set(number, mail) {
    this.#mails.set(number, mail);
    this.#numbers.set(mail.ID, number);
  }

  /**
   * A message that is not loaded.
   *
   * @param {number} number
   * @param {string} id
   */
  note(number, id) {
    this.#numbers.set(id, number);
  }

  /**
   * Whether an event of the list of all tells all: marks of a message that is loaded, or a message that is not known yet.
   *
   * @param {InboxEvent} event
   * @param {string[]} tags All there are: one that is new would be missing.
   */
  #isWhole(event, tags) {
    const areKnown = (/** @type {string[]} */ its) => its.every((tag) => tags.includes(tag));
    switch (event.kind) {
      case "new":
        return !this.#numbers.has(event.mail.ID) && areKnown(event.mail.Tags);
      case "update":
        return String(this.byId(event.change.ID)?.Tags) === String(event.change.Tags) && areKnown(event.change.Tags);
      default:
        return false;
    }
  }

  /**
   * The totals after some events of the list of all; undefined: they do not tell, and the list is to be asked for.
   *
   * @param {InboxEvent[]} events
   * @param {number} count Before.
   * @param {string[]} tags
   */
  totalsAfter(events, count, tags) {
    const totals = events.at(-1)?.totals;
    const total = count + events.filter(({ kind }) => kind === "new").length;
    return total === totals?.Total && events.every((event) => this.#isWhole(event, tags)) ? totals : undefined;
  }

  /** @param {(mail: Summary, number: number) => Summary} change */
  changeAll(change) {
    this.#mails.forEach((mail, number) => this.#mails.set(number, change(mail, number)));
  }

  /**
   * @param {string} time
   * @param {number} count Of all of the list.
   * @returns {number} Messages that came before that time have a smaller number.
   */
  countBefore(time, count) {
    let number = count;
    while (number > 0 && (this.#mails.get(number - 1)?.Created ?? "") >= time) {
      number--;
    }
    return number;
  }

  /**
   * Whether a page shows that messages came elsewhere than on top, so that numbers are not what they were.
   *
   * @param {MailPage} page
   */
  isMovedBy(page) {
    return page.messages.some((mail, i) => {
      const number = page.messages_count - 1 - page.start - i;
      const known = this.#mails.get(number);
      return (known !== undefined && known.ID !== mail.ID) || (this.#numbers.get(mail.ID) ?? number) !== number;
    });
  }

  clear() {
    this.#mails.clear();
    this.#numbers.clear();
  }

  /**
   * Forgets what is far from what is shown, once there is much.
   *
   * @param {{ first: number, last: number }} shown
   * @param {(number: number) => boolean} isKept
   */
  forget({ first, last }, isKept) {
    if (this.#mails.size <= KEPT_MAX) {
      return;
    }
    for (const [number, mail] of this.#mails) {
      if ((number < first - KEEP_NEAR || number > last + KEEP_NEAR) && !isKept(number)) {
        this.#mails.delete(number);
        this.#numbers.delete(mail.ID);
      }
    }
  }
}
