/** The language of searches (docs/search.md), as far as the search box helps with it. */

import { h } from "../core/dom.js";
import { quoteValue } from "../core/hits.js";
import { addTexts, say } from "../core/messages.js";

addTexts({
  "term.from": "in From",
  "term.to": "in To",
  "term.cc": "in Cc",
  "term.bcc": "in Bcc, or only in the envelope",
  "term.reply-to": "in Reply-To",
  "term.addressed": "in any address",
  "term.rcpt": "an envelope recipient",
  "term.subject": "in the subject",
  "term.body": "in the text",
  "term.message-id": "in the Message-ID",
  "term.header": "a header, or Name=text in it",
  "term.tag": "with this tag",
  "term.thread": "in the conversation of this message",
  "term.before": "received before 2026-01-31",
  "term.after": "received since 2026-01-31",
  "term.larger": "larger than 20k, 1.5M",
  "term.smaller": "smaller than 20k, 1.5M",
  "term.is:unread": "unread",
  "term.is:read": "read",
  "term.is:flagged": "flagged",
  "term.is:unflagged": "not flagged",
  "term.is:newest": "the newest of its conversation",
  "term.is:tagged": "with any tag",
  "term.is:untagged": "without tags",
  "term.has:attachment": "with attachments",
  "term.has:inline": "with inline parts",
});

/** @typedef {{ insert: string, text: string }} Suggestion `insert` stands for the word under the cursor. */

const FIELDS = [
  "from",
  "to",
  "cc",
  "bcc",
  "reply-to",
  "addressed",
  "rcpt",
  "subject",
  "body",
  "message-id",
  "header",
  "tag",
  "thread",
  "before",
  "after",
  "larger",
  "smaller",
];

const STATES = [
  "is:unread",
  "is:read",
  "is:flagged",
  "is:unflagged",
  "is:tagged",
  "is:untagged",
  "is:newest",
  "has:attachment",
  "has:inline",
];

/** Those fields whose values are recipients. */
const RECIPIENT_FIELDS = ["to", "cc", "bcc", "rcpt"];

const SHOWN_MAX = 8;

/**
 * The word of a query in which the cursor is, up to the cursor; blanks between quotes do not end it.
 *
 * @param {string} query
 * @param {number} cursor
 * @returns {{ word: string, start: number }}
 */
export function wordAt(query, cursor) {
  let start = 0;
  let isQuoted = false;
  for (let i = 0; i < cursor; i++) {
    if (query[i] === '"') {
      isQuoted = !isQuoted;
    } else if (query[i] === " " && !isQuoted) {
      start = i + 1;
    }
  }
  return { word: query.slice(start, cursor), start };
}

/**
 * @param {string} field
 * @param {{ tags: string[], senders: Suggestion[], recipients: Suggestion[] }} known
 * @returns {Suggestion[]} What may come after it.
 */
function valuesOf(field, { tags, senders, recipients }) {
  if (field === "tag") {
    return tags.map((tag) => ({ insert: tag, text: "" }));
  }
  if (field === "from" || field === "reply-to") {
    return senders;
  }
  return RECIPIENT_FIELDS.includes(field) ? recipients : field === "addressed" ? [...recipients, ...senders] : [];
}

/**
 * What may stand in place of a word.
 *
 * @param {string} word
 * @param {{ tags: string[], senders: Suggestion[], recipients: Suggestion[] }} known Of people, `insert` is the address.
 * @returns {Suggestion[]}
 */
export function suggest(word, known) {
  const sign = /^[-!]/.exec(word)?.[0] ?? "";
  const rest = word.slice(sign.length);
  const colon = rest.indexOf(":");
  if (colon < 0) {
    const fields = FIELDS.map((field) => ({ insert: `${sign}${field}:`, text: say(`term.${field}`) }));
    const states = STATES.map((state) => ({ insert: `${sign}${state} `, text: say(`term.${state}`) }));
    return [...states, ...fields]
      .filter((one) => one.insert.startsWith(sign + rest.toLowerCase()))
      .slice(0, rest ? SHOWN_MAX : 99);
  }
  const field = rest.slice(0, colon).toLowerCase();
  const value = rest
    .slice(colon + 1)
    .replaceAll('"', "")
    .toLowerCase();
  const values = valuesOf(field, known);
  const states = STATES.filter((state) => state.startsWith(`${field}:${value}`) && state !== `${field}:${value}`);
  return [
    ...states.map((state) => ({ insert: `${sign}${state} `, text: say(`term.${state}`) })),
    ...values
      .filter(({ insert, text }) => `${insert} ${text}`.toLowerCase().includes(value) && insert.toLowerCase() !== value)
      .map(({ insert, text }) => ({ insert: `${sign}${field}:${quoteValue(insert)} `, text })),
  ].slice(0, SHOWN_MAX);
}

/**
 * Where an error is, by the server's words for it: "… at 7: …", counted from 1 in characters.
 *
 * @param {string} message
 * @param {string} query
 * @returns {{ at: number | null, length: number, problem: string }} `at` is counted from 0; `length` is that of the word there.
 */
export function readSearchError(message, query) {
  const match = /\bat (\d+): (.*)$/s.exec(message);
  if (!match) {
    return { at: null, length: 0, problem: message };
  }
  const at = Number(match[1]) - 1;
  const rest = [...query].slice(at);
  let isQuoted = false;
  const end = rest.findIndex((character) => {
    isQuoted = character === '"' ? !isQuoted : isQuoted;
    return character === " " && !isQuoted;
  });
  return { at, length: end < 0 ? rest.length : end, problem: match[2] };
}

/**
 * What is wrong with a query, and where: the wrong word is underlined.
 *
 * @param {string} query
 * @param {string} message The server's.
 */
export function printSearchError(query, message) {
  const { at, length, problem } = readSearchError(message, query);
  const characters = [...query];
  const end = (at ?? 0) + length;
  return h(
    "div",
    { id: "search-problem", class: "search-problem", role: "alert" },
    h("p", {}, say("search.error", { message: problem })),
    at !== null &&
      h(
        "code",
        {},
        characters.slice(0, at).join(""),
        h("mark", {}, characters.slice(at, end).join("") || " "),
        characters.slice(end).join(""),
      ),
  );
}
