/** Searches that have one message of each conversation: the newest. It is part of what is searched for, so it has an address. */

/** What a search says that has one message of each conversation. */
const BY_THREAD = /(?<=^|\s)is:newest(?=\s|$)/i;

/**
 * Whether a search has one message of each conversation, the newest.
 *
 * @param {string} query
 */
export function isByThread(query) {
  return BY_THREAD.test(query);
}

/**
 * The same search with one message of each conversation, or with all.
 *
 * @param {string} query
 * @param {boolean} isOn
 * @returns {string}
 */
export function byThread(query, isOn) {
  const others = query.replace(BY_THREAD, "").replaceAll(/ {2,}/g, " ").trim();
  return isOn ? `${others} is:newest`.trim() : others;
}
