/** What the server tells of one message: each answer is asked for when it is needed, and once. */

import { apiUrl, ask, getJson, readJson } from "../core/api.js";

/** @import { Attachment, Message } from "../core/types.js" */
/** @import { Authentication, Check, CheckedLink, Code, HtmlCheck, Line, Link, Remote, Settings, SpamOpinion, Structure } from "./types.js" */

export class MailData {
  /** @type {Attachment | null} What the tab of attachments opens next. */
  wantedFile = null;
  /** @type {Map<string, Promise<any>>} */
  #answers = new Map();
  #path;
  /** @type {{ tab: string, line: number } | null} The line at which a source is to be opened. */
  wanted = null;

  /**
   * @param {Message} mail
   * @param {AbortSignal} signal Ends what is asked for when the mail is left.
   */
  constructor(mail, signal) {
    this.mail = mail;
    this.signal = signal;
    this.#path = `api/v1/message/${encodeURIComponent(mail.ID)}`;
  }

  /**
   * @param {string} name
   * @param {() => Promise<any>} get
   * @returns {Promise<any>}
   */
  #once(name, get) {
    let answer = this.#answers.get(name);
    if (!answer) {
      answer = get();
      this.#answers.set(name, answer);
      answer.catch(() => this.#answers.delete(name));
    }
    return answer;
  }

  /**
   * The line at which this tab is to be opened, once.
   *
   * @param {string} tab
   * @returns {number | undefined}
   */
  takeLine(tab) {
    const line = this.wanted?.tab === tab ? this.wanted.line : undefined;
    this.wanted = null;
    return line;
  }

  /** @param {string} name */
  #json(name) {
    return this.#once(name, () => getJson(`${this.#path}/${name}`, {}, this.signal));
  }

  /** @returns {Promise<Structure>} */
  structure() {
    return this.#json("structure");
  }

  /** @returns {Promise<Remote[]>} */
  async remote() {
    return (await this.#json("remote")).Remote;
  }

  /** @returns {Promise<Code[]>} */
  async codes() {
    return (await this.#json("codes")).Codes;
  }

  /** @returns {Promise<Link[]>} */
  async links() {
    return (await this.#json("links")).Links;
  }

  /** @returns {Promise<{ Checks: Check[], Authentication: Authentication }>} */
  checks() {
    return this.#json("checks");
  }

  /** @returns {Promise<HtmlCheck>} */
  htmlCheck() {
    return this.#json("html-check");
  }

  /**
   * What SpamAssassin thinks of it, asked again each time.
   *
   * @returns {Promise<SpamOpinion>}
   */
  spamOpinion() {
    return getJson(`${this.#path}/sa-check`, {}, this.signal);
  }

  /**
   * Has its links asked, each time again.
   *
   * @param {{ follow: boolean, unsubscribe: boolean, consent: true | undefined }} wish
   * @returns {Promise<CheckedLink[]>}
   */
  async checkLinks(wish) {
    const url = apiUrl(`${this.#path}/link-check`, wish);
    return (await ask(url, { method: "POST", signal: this.signal }, readJson)).Links;
  }

  /** @returns {Promise<Settings>} */
  settings() {
    return this.#once("settings", () => getJson("api/v1/webui", {}, this.signal));
  }

  /** @returns {Promise<Line[]>} */
  async session() {
    return (await this.#json("session")).Session;
  }

  /** @param {Record<string, number>} [params] */
  rawUrl(params) {
    return apiUrl(`${this.#path}/raw`, params);
  }

  /**
   * @param {string} part
   * @param {Record<string, number>} [params]
   */
  partUrl(part, params) {
    return apiUrl(`${this.#path}/part/${encodeURIComponent(part)}`, params);
  }

  /** All attachments as an archive. */
  archiveUrl() {
    return apiUrl(`${this.#path}/attachments.zip`);
  }

  /** @param {string} part */
  thumbnailUrl(part) {
    return apiUrl(`${this.#path}/part/${encodeURIComponent(part)}/thumb`);
  }

  /** @param {Record<string, number | undefined>} params */
  viewUrl(params) {
    return apiUrl(`view/${encodeURIComponent(this.mail.ID)}.html`, params);
  }

  /**
   * The text of a part in its own character set.
   *
   * @param {string} part
   * @param {number} [max] Bytes of it that are read; all without.
   * @returns {Promise<string>}
   */
  partText(part, max) {
    const headers = max === undefined ? undefined : { Range: `bytes=0-${max - 1}` };
    return ask(this.partUrl(part), { headers, signal: this.signal }, async (response) => {
      const [, charset] = /charset=([^;]+)/.exec(response.headers.get("Content-Type") ?? "") ?? [];
      let decoder;
      try {
        decoder = new TextDecoder(charset ?? "utf-8");
      } catch {
        decoder = new TextDecoder();
      }
      return decoder.decode(await response.arrayBuffer());
    });
  }
}
