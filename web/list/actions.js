/**
 * What is done with mails, and undone. Marks and tags of single mails are set at once, and set back; what cannot be set
 * back (deleting), or is about more mails than are known one by one (all that match), happens when its toast has gone.
 */

import { deleteMails, listMails, markMails, tagMails } from "../core/api.js";
import { say } from "../core/messages.js";
import { showError, showToast } from "../shell/toasts.js";
import { mails } from "./mail_source.js";

/** @import { Selection } from "../core/api.js" */
/** @import { Marks, Summary } from "../core/types.js" */

/**
 * Mails, or all that a search finds and that came before a time.
 *
 * @typedef {{ mails: Summary[] } | { query: string, until: string, count: number }} Target
 *
 * @typedef {Pick<Summary, "ID" | "Tags">} Tagged
 */

const DELAY_MS = 5000;

/** In one request. */
const IDS_MAX = 1000;

/** @type {Set<() => void>} What will happen unless it is undone. */
const delayed = new Set();

/** IDs of mails that are about to be deleted. */
const leaving = new Set();

/**
 * Whether a mail is about to be deleted.
 *
 * @param {string} id
 * @returns {boolean}
 */
export function isLeaving(id) {
  return leaving.has(id);
}

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
    ? { ids: target.mails.map((mail) => mail.ID) }
    : { search: `${target.query} before:${target.until}`.trim() };
}

/**
 * Does something when its toast has gone, or the page goes, unless it was undone.
 *
 * @param {string} text
 * @param {() => Promise<unknown>} act
 * @param {() => void} undone
 */
function doLater(text, act, undone) {
  const run = () => {
    clearTimeout(timer);
    if (delayed.delete(run)) {
      act().catch((error) => {
        undone();
        showError(error);
      });
    }
  };
  const timer = setTimeout(run, DELAY_MS);
  delayed.add(run);
  showToast(text, {
    ms: DELAY_MS,
    undo: () => {
      clearTimeout(timer);
      if (delayed.delete(run)) {
        undone();
      }
    },
  });
}

addEventListener("pagehide", () => {
  for (const run of delayed) {
    run();
  }
});

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
  /** @type {Marks} */
  const marks = { [name]: value };
  if (!("mails" in target)) {
    doLater(
      text,
      () => markMails(selectionOf(target), marks),
      () => {},
    );
    return;
  }
  const changed = target.mails.filter((mail) => mail[name] !== value).map((mail) => mail.ID);
  const set = (/** @type {boolean} */ now) => {
    if (changed.length > 0) {
      mails.patch(changed, { [name]: now });
      markMails({ ids: changed }, { [name]: now }).catch((error) => {
        mails.patch(changed, { [name]: !now });
        showError(error);
      });
    }
  };
  set(value);
  if (!quiet && changed.length > 0) {
    showToast(text, { undo: () => set(!value) });
  }
}

/** @param {Target} target */
export function remove(target) {
  const ids = "mails" in target ? target.mails.map((mail) => mail.ID) : [];
  const show = (/** @type {boolean} */ isGoing) => {
    for (const id of ids) {
      leaving[isGoing ? "add" : "delete"](id);
    }
    mails.dispatchEvent(new Event("change"));
  };
  show(true);
  doLater(
    say("done.deleted", { count: countOf(target) }),
    () => deleteMails(selectionOf(target)),
    () => show(false),
  );
}

/**
 * The mails of a target with the tags they have. All are asked for before any is changed, for the search may be about tags.
 *
 * @param {Target} target
 * @returns {Promise<Tagged[]>}
 */
async function membersOf(target) {
  if ("mails" in target) {
    return target.mails;
  }
  const { search } = /** @type {{ search: string }} */ (selectionOf(target));
  const found = [];
  for (let start = 0, count = 1; start < count; start += IDS_MAX) {
    const page = await listMails(search, start, IDS_MAX);
    count = page.messages_count;
    found.push(...page.messages.map(({ ID, Tags }) => ({ ID, Tags })));
  }
  return found;
}

/**
 * Mails that have the same tags are told together.
 *
 * @param {Tagged[]} some
 * @param {(tags: string[]) => string[]} change
 */
async function setTags(some, change) {
  const groups = Map.groupBy(some, (mail) => JSON.stringify(change(mail.Tags)));
  for (const [tags, group] of groups) {
    for (let start = 0; start < group.length; start += IDS_MAX) {
      const ids = group.slice(start, start + IDS_MAX).map((mail) => mail.ID);
      mails.patch(ids, { Tags: JSON.parse(tags) });
      await tagMails(ids, JSON.parse(tags));
    }
  }
}

/**
 * @param {string} tag
 * @param {boolean} on
 * @returns {(tags: string[]) => string[]}
 */
function tagChange(tag, on) {
  const others = (/** @type {string[]} */ tags) => tags.filter((one) => one.toLowerCase() !== tag.toLowerCase());
  return (tags) => (on ? [...others(tags), tag].sort() : others(tags));
}

/**
 * Puts a tag on mails, or takes it off.
 *
 * @param {Target} target
 * @param {string} tag
 * @param {boolean} on
 */
export function setTag(target, tag, on) {
  const text = say(on ? "done.tagged" : "done.untagged", { count: countOf(target), tag });
  const act = async () => setTags(await membersOf(target), tagChange(tag, on));
  if ("mails" in target) {
    const before = target.mails;
    act().catch(showError);
    const back = () => setTags(before, (tags) => tags);
    showToast(text, { undo: () => void back().catch(showError) });
  } else {
    doLater(text, act, () => {});
  }
}
