/**
 * What is done with messages, and undone. Marks and tags of single messages are set at once, and set back. What cannot be set
 * back (deleting), or concerns more messages than are known one by one (all that match), is shown at once and sent to the
 * server when its toast has gone.
 */

import { deleteMails, markMails, tagMails } from "../core/api.js";
import { say } from "../core/messages.js";
import { router } from "../core/router.js";
import { showError, showToast } from "../shell/toasts.js";
import { mails } from "./mail_source.js";

/** @import { Selection } from "../core/api.js" */
/** @import { Marks, Summary } from "../core/types.js" */
/** @import { Target } from "./pending.js" */

const DELAY_MS = 5000;

/** @type {Set<() => void>} What will happen unless it is undone. */
const delayed = new Set();

/** @param {Target} target */
function countOf(target) {
  return "mails" in target ? target.mails.length : target.count;
}

/**
 * @param {Target} target
 * @returns {Selection}
 */
function selectionOf(target) {
  return "mails" in target
    ? { ids: target.mails.map(idOf) }
    : { search: `${target.query} before:${target.until}`.trim() };
}

/**
 * Does something when its toast has gone, or the page goes, unless it was undone.
 *
 * @param {string} text
 * @param {() => Promise<unknown>} act
 * @param {{ undo: () => void, settle: () => unknown }} shown What the list shows of it.
 */
export function doLater(text, act, { undo, settle }) {
  const run = () => {
    clearTimeout(timer);
    toast.close();
    if (delayed.delete(run)) {
      act().then(settle, (error) => {
        undo();
        showError(error);
      });
    }
  };
  const timer = setTimeout(run, DELAY_MS);
  delayed.add(run);
  const toast = showToast(text, {
    ms: DELAY_MS,
    undo: () => {
      clearTimeout(timer);
      if (delayed.delete(run)) {
        undo();
      }
    },
  });
}

/** Other lists do not know what all of this one is: it is done before they are shown. */
let query = router.route.query;
router.addEventListener("change", () => {
  if (router.route.query !== query) {
    query = router.route.query;
    delayed.forEach((run) => run());
  }
});

addEventListener("pagehide", () => {
  for (const run of delayed) {
    run();
  }
});

/** @param {Summary} mail */
const idOf = (mail) => mail.ID;

/**
 * What sets something on messages, or takes it away: here at once, and on the server. Where that fails it is set back.
 *
 * @param {string[]} ids
 * @param {(mail: Summary, now: boolean) => Marks & { Tags?: string[] }} change
 * @param {(now: boolean) => Promise<unknown>} send
 * @returns {(now: boolean) => void}
 */
function setter(ids, change, send) {
  const show = (/** @type {boolean} */ now) => mails.patch(ids, (mail) => change(mail, now));
  return (now) => {
    if (ids.length > 0) {
      show(now);
      send(now).catch((error) => {
        show(!now);
        showError(error);
      });
    }
  };
}

/** @type {Record<string, string>} */
const MARK_TEXTS = {
  "Read true": "done.read",
  "Read false": "done.unread",
  "Flagged true": "done.flagged",
  "Flagged false": "done.unflagged",
};

/**
 * Sets a mark or takes it away: mark(target, "Read", true).
 *
 * @param {Target} target
 * @param {"Read" | "Flagged"} name
 * @param {boolean} value
 * @param {{ quiet?: boolean }} [options] `quiet`: nothing is said, as for what is one key to set back.
 */
export function mark(target, name, value, { quiet = false } = {}) {
  const text = say(MARK_TEXTS[`${name} ${value}`], { count: countOf(target) });
  if (!("mails" in target)) {
    doLater(text, () => markMails(selectionOf(target), { [name]: value }), mails.pend(target, { [name]: value }));
    return;
  }
  const ids = target.mails.filter((mail) => mail[name] !== value).map(idOf);
  const set = setter(
    ids,
    (_, now) => ({ [name]: now }),
    (now) => markMails({ ids }, { [name]: now }),
  );
  set(value);
  if (!quiet && ids.length > 0) {
    showToast(text, { undo: () => set(!value) });
  }
}

/** @param {Target} target */
export function remove(target) {
  const text = say("done.deleted", { count: countOf(target) });
  doLater(text, () => deleteMails(selectionOf(target)), mails.pend(target, null));
}

/**
 * @param {string} one
 * @param {string} other
 */
function isSameTag(one, other) {
  return one.toLowerCase() === other.toLowerCase();
}

/**
 * Puts a tag on messages, or takes it off.
 *
 * @param {Target} target
 * @param {string} tag
 * @param {boolean} on
 */
export function setTag(target, tag, on) {
  const text = say(on ? "done.tagged" : "done.untagged", { count: countOf(target), tag });
  const change = (/** @type {boolean} */ now) => (now ? { Add: [tag] } : { Remove: [tag] });
  if (!("mails" in target)) {
    doLater(text, () => tagMails(selectionOf(target), change(on)), { undo: () => {}, settle: () => {} });
    return;
  }
  const ids = target.mails.filter((mail) => mail.Tags.some((one) => isSameTag(one, tag)) !== on).map(idOf);
  const set = setter(
    ids,
    ({ Tags }, now) => {
      const others = Tags.filter((one) => !isSameTag(one, tag));
      return { Tags: now ? [...others, tag].sort() : others };
    },
    (now) => tagMails({ ids }, change(now)),
  );
  set(on);
  showToast(text, { undo: () => set(!on) });
}
