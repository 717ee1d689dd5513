/** Which messages are selected: some, or all that match. */

/** @import { Summary } from "../core/types.js" */

/**
 * @param {Summary} mail
 * @returns {string} The time just after it came.
 */
export function timeAfter(mail) {
  return new Date(Date.parse(mail.Created) + 1).toISOString();
}

/** Gives an event `change`. */
class MailSelection extends EventTarget {
  /** @type {Map<string, Summary>} As they were when they were selected. */
  mails = new Map();
  /** All that match and came before this time; "": only `mails`. */
  allUntil = "";
  /** The message from which on Shift selects. */
  anchor = "";

  /** @returns {boolean} */
  get isEmpty() {
    return this.mails.size === 0 && this.allUntil === "";
  }

  /**
   * @param {Summary} mail
   * @returns {boolean}
   */
  has(mail) {
    return this.mails.has(mail.ID) || (this.allUntil !== "" && mail.Created < this.allUntil);
  }

  /** @param {Summary} mail */
  toggle(mail) {
    this.allUntil = "";
    this.anchor = mail.ID;
    if (!this.mails.delete(mail.ID)) {
      this.mails.set(mail.ID, mail);
    }
    this.dispatchEvent(new Event("change"));
  }

  /** @param {Iterable<Summary>} mails */
  add(mails) {
    this.allUntil = "";
    for (const mail of mails) {
      this.mails.set(mail.ID, mail);
    }
    this.dispatchEvent(new Event("change"));
  }

  /**
   * All that match, but none that comes from now on: nobody has seen those.
   *
   * @param {Summary} newest
   */
  selectAll(newest) {
    this.mails.clear();
    this.allUntil = timeAfter(newest);
    this.dispatchEvent(new Event("change"));
  }

  clear() {
    if (!this.isEmpty) {
      this.mails.clear();
      this.allUntil = "";
      this.dispatchEvent(new Event("change"));
    }
  }
}

export const selection = new MailSelection();
