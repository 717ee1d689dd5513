/** The server's API. All paths are relative to where the page itself came from, whatever is before them. */

import { isByThread } from "./threads.js";

/** @import { InboxList, Info, MailPage, Marks, Message, Recipient, Summary } from "./types.js" */

/** The address of the page's root, with a slash at its end: this file is at page/HASH/core/api.js below it. */
export const ROOT = new URL("../../../", import.meta.url);

/** An answer that is not what the request was for. */
export class ApiError extends Error {
  /**
   * @param {number} status Of HTTP; 0: the server was not reached, or its answer could not be read.
   * @param {string} message
   */
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

/**
 * An address below the root: apiUrl("api/v1/messages", { start: 50 }).
 *
 * @param {string} path
 * @param {Record<string, string | number | boolean | undefined>} [params]
 * @returns {string}
 */
export function apiUrl(path, params = {}) {
  const url = new URL(path, ROOT);
  for (const [name, value] of Object.entries(params)) {
    if (value !== undefined) {
      url.searchParams.set(name, String(value));
    }
  }
  return url.href;
}

/**
 * Asks the server, and reads its answer, which may be cut off or no JSON: then there is an ApiError, too.
 *
 * @template Answer
 * @param {string} url
 * @param {RequestInit} options
 * @param {(response: Response) => Promise<Answer>} read Of a 2xx.
 * @returns {Promise<Answer>}
 */
export async function ask(url, options, read) {
  try {
    const response = await fetch(url, options);
    if (!response.ok) {
      throw new ApiError(response.status, (await response.text()).trim());
    }
    return await read(response);
  } catch (error) {
    if (error instanceof ApiError || (error instanceof DOMException && error.name === "AbortError")) {
      throw error;
    }
    throw new ApiError(0, String(error));
  }
}

/** @param {Response} response */
export const readText = (response) => response.text();

/** @param {Response} response */
export const readJson = (response) => response.json();

/**
 * @param {string} path
 * @param {Record<string, string | number | undefined>} [params]
 * @param {AbortSignal} [signal]
 * @returns {Promise<any>} The type is the caller's to say.
 */
export function getJson(path, params, signal) {
  return ask(apiUrl(path, params), { signal }, readJson);
}

/**
 * @param {string} path
 * @param {AbortSignal} [signal]
 * @returns {Promise<string>}
 */
export function getText(path, signal) {
  return ask(apiUrl(path), { signal }, readText);
}

/**
 * @param {string} method
 * @param {string} path
 * @param {object} body
 * @param {Record<string, string | undefined>} [params]
 * @returns {Promise<string>}
 */
function sendJson(method, path, body, params) {
  const text = JSON.stringify(body);
  const headers = { "Content-Type": "application/json" };
  // What was asked for is done even when the page goes meanwhile; browsers allow that for small bodies.
  const keepalive = text.length < 60_000;
  return ask(apiUrl(path, params), { method, headers, body: text, keepalive }, readText);
}

/** The zone in which dates of a search are meant. */
const TIME_ZONE = Intl.DateTimeFormat().resolvedOptions().timeZone;

/**
 * What says which messages are found, for lists and changes alike.
 *
 * @param {string} query
 * @returns {Record<string, string | undefined>}
 */
function searchParams(query) {
  return { query: query || undefined, tz: TIME_ZONE, strict: "1" };
}

/**
 * A page of the messages that a search finds, the newest first; of all when it is empty.
 *
 * @param {string} query
 * @param {number} start
 * @param {number} limit
 * @param {AbortSignal} [signal]
 * @returns {Promise<MailPage>}
 */
export function listMails(query, start, limit, signal) {
  // Where one message stands for its conversation it is told how many there are.
  const page = { start, limit, threads: isByThread(query) ? 1 : undefined };
  return query === ""
    ? getJson("api/v1/messages", page, signal)
    : getJson("api/v1/search", { ...searchParams(query), ...page }, signal);
}

/** As many messages of one conversation are looked through for one of them. */
const THREAD_MAX = 1000;

/**
 * A message as lists have it; asking for it does not mark it as read.
 *
 * @param {string} id
 * @returns {Promise<Summary | undefined>}
 */
export async function findSummary(id) {
  const { messages } = await listMails(`thread:${id}`, 0, THREAD_MAX);
  return messages.find((mail) => mail.ID === id);
}

/**
 * How many of the messages that a search finds came later than a mail.
 *
 * @param {string} query
 * @param {Summary} mail
 * @returns {Promise<number>} Too high by those of the same millisecond.
 */
export async function countLater(query, mail) {
  const page = await listMails(`${query} after:${mail.Created}`.trim(), 0, 1);
  return Math.max(0, page.messages_count - 1);
}

/**
 * A whole message, which is read from then on.
 *
 * @param {string} id
 * @param {AbortSignal} [signal]
 * @returns {Promise<Message>}
 */
export function readMail(id, signal) {
  return getJson(`api/v1/message/${encodeURIComponent(id)}`, {}, signal);
}

/** @returns {Promise<Info>} */
export function readInfo() {
  return getJson("api/v1/info");
}

/**
 * Those with the most messages first.
 *
 * @param {string} address What the addresses have in them; "": all.
 * @param {number} limit
 * @returns {Promise<{ total: number, matching: number, recipients: Recipient[] }>}
 */
export function listRecipients(address, limit) {
  return getJson("api/v1/recipients", { address: address || undefined, limit });
}

/** @returns {Promise<InboxList>} */
export function listInboxes() {
  return getJson("api/v1/inboxes");
}

/**
 * Which messages: by their IDs, or what a search finds.
 *
 * @typedef {{ ids: string[] } | { search: string }} Selection
 */

/**
 * @param {string} path
 * @param {Selection} selection
 * @param {object} change
 * @returns {Promise<unknown>}
 */
function changeMails(path, selection, change) {
  return "ids" in selection
    ? sendJson("PUT", path, { ...change, IDs: selection.ids })
    : sendJson("PUT", path, { ...change, Search: selection.search }, { tz: TIME_ZONE, strict: "1" });
}

/**
 * @param {Selection} selection
 * @param {Marks} marks
 * @returns {Promise<unknown>}
 */
export function markMails(selection, marks) {
  return changeMails("api/v1/messages", selection, marks);
}

/**
 * @param {Selection} selection
 * @returns {Promise<unknown>}
 */
export function deleteMails(selection) {
  return "ids" in selection
    ? sendJson("DELETE", "api/v1/messages", { IDs: selection.ids })
    : ask(apiUrl("api/v1/search", searchParams(selection.search)), { method: "DELETE", keepalive: true }, readText);
}

/** @returns {Promise<unknown>} */
export function deleteAttempts() {
  return sendJson("DELETE", "api/v1/attempts", {});
}

/**
 * @param {Selection} selection
 * @param {{ Add: string[] } | { Remove: string[] }} change Other tags are left as they are.
 * @returns {Promise<unknown>}
 */
export function tagMails(selection, change) {
  return changeMails("api/v1/tags", selection, change);
}

/** @param {string} tag */
const tagPath = (tag) => `api/v1/tags/${encodeURIComponent(tag)}`;

/**
 * Of all messages that have it.
 *
 * @param {string} tag
 * @param {string} name The new one; an ApiError where another tag has it.
 * @returns {Promise<unknown>}
 */
export function renameTag(tag, name) {
  return sendJson("PUT", tagPath(tag), { Name: name });
}

/**
 * Takes it off all messages.
 *
 * @param {string} tag
 * @returns {Promise<unknown>}
 */
export function deleteTag(tag) {
  return ask(apiUrl(tagPath(tag)), { method: "DELETE", keepalive: true }, readText);
}

/**
 * Puts a message in, as if it had come by SMTP.
 *
 * @param {object} mail As docs/api.md has it, "Sending".
 * @returns {Promise<unknown>}
 */
export function sendMail(mail) {
  return sendJson("POST", "api/v1/send", mail);
}
