/** The inboxes that servers of this user have open: this one, and those beside it. */

import { listInboxes } from "../core/api.js";

/** @import { Inbox } from "../core/types.js" */

/** Gives an event `change` when they have been asked for. */
class Inboxes extends EventTarget {
  /** @type {Inbox[]} As they were when they were asked for. */
  all = [];
  /** Whether those beside this one are told here. */
  isComplete = true;

  /** @returns {string} Of this one; "": it is not known yet. */
  get name() {
    return this.all.find((one) => one.Current)?.Name ?? "";
  }

  /** Asks which there are now. */
  async ask() {
    const { Inboxes: all, Complete } = await listInboxes();
    this.all = all;
    this.isComplete = Complete;
    this.dispatchEvent(new Event("change"));
  }
}

export const inboxes = new Inboxes();
