/** The places at the side, and what they are called. */

import { say } from "../core/messages.js";
import { router } from "../core/router.js";
import { readSetting, writeSetting } from "../core/settings.js";
import { byThread } from "../core/threads.js";

/** @typedef {{ query: string, text: string, icon: import("../core/dom.js").IconName }} Place */

/** @type {readonly Place[]} */
export const PLACES = [
  { query: "", text: "side.inbox", icon: "inbox" },
  { query: "is:unread", text: "side.unread", icon: "envelope" },
  { query: "is:flagged", text: "side.flagged", icon: "flag" },
  { query: "has:attachment", text: "side.attachments", icon: "clip" },
];

/** @returns {string[]} Searches that were saved. */
export function savedSearches() {
  return readSetting("searches", /** @type {string[]} */ ([]));
}

/** @param {string} query */
export function saveSearch(query) {
  writeSetting("searches", [...savedSearches().filter((one) => one !== query), query]);
}

/** @param {string} query */
export function forgetSearch(query) {
  writeSetting(
    "searches",
    savedSearches().filter((one) => one !== query),
  );
}

/** @returns {string} What is shown now. */
export function placeHere() {
  return router.route.place === "attempts" ? say("side.attempts") : placeName(router.route.query);
}

/**
 * @param {string} query
 * @returns {string}
 */
export function placeName(query) {
  const search = byThread(query, false);
  const place = PLACES.find((one) => one.query === search);
  return place ? say(place.text) : search;
}
