/** Text with its addresses as links, which open elsewhere. */

import { h } from "../core/dom.js";

/*
 * Where a URL begins and ends in text is the rule of src/message/text_urls.c, where it is explained; /links finds the
 * same. Bare mail addresses are links in the page only.
 */

const START =
  /(?<![a-z\d][+.-]{0,64})(?:(?<scheme>[a-z\d][a-z\d+.-]{0,63}):\/\/|mailto:|(?<app>(?:com|org|net|io|dev|app|[a-z]{2})\.[a-z\d+.-]*[a-z\d]):\/(?=[a-z\d])|(?<![@/:=&?_#])(?<bare>www\.)(?=[a-z\d]|[^\0-\x7f])|(?<mail>(?<!\w)[\w.+-]+@[\w-]+(?:\.[\w-]+)+))/giu;

/** Schemes that run scripts, show files or the insides of a browser, or name parts of a message. */
const UNSAFE =
  /^(?:about|blob|cid|data|feed|file|filesystem|jar|javascript|livescript|mhtml|mid|mk|mocha|ms-its|ms-msdt|res|resource|search-ms|vbscript|view-source|chrome(?:-.*)?|moz-.*):/i;

const INVISIBLE = /[\u00ad\u061c\u200b\u200c\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]|\u034f|\u200d/;

const UNSPACED =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}\uff01-\uff60]/u;

const OPENING = "([{";
const CLOSING = ")]}";

/** @param {string} char */
const endsUrl = (char) => /[\0- \x7f<>\x22\x60\\|]/.test(char);

/**
 * @param {string} char Beyond ASCII.
 * @param {boolean} wasAscii
 */
function endsBeyondAscii(char, wasAscii) {
  if (char === "\u00b7" || char === "\u30fb") {
    return wasAscii;
  }
  return !/[\u2010\u2011\u2013]/.test(char) && /[\p{P}\p{S}\p{Z}\p{Cc}\p{Co}]/u.test(char);
}

/** @param {string | undefined} char */
const isAlnum = (char) => char !== undefined && /[A-Za-z\d]/.test(char);

/** @param {string} char */
const isAscii = (char) => char < "\x80";

/** What is read of one URL. */
class UrlScan {
  #text;
  #opener;
  /** Brackets that are open. */
  #open = [0, 0, 0];
  #inHost = true;
  #isAscii = true;
  /** @type {boolean | undefined} Whether the host goes on in another script after an ASCII letter. */
  #goesOn;
  at;
  url;

  /**
   * @param {string} text
   * @param {number} start Of the URL.
   * @param {number} at Where its scheme ends.
   * @param {string} begun What is known of it.
   */
  constructor(text, start, at, begun) {
    this.#text = text;
    this.#opener = text[start - 1] ?? "";
    this.at = at;
    this.url = begun;
    const bracket = this.#findBracket(start);
    if (bracket > 0) {
      this.url += [...text.slice(at, bracket)].filter((char) => !/\s/.test(char) && !INVISIBLE.test(char)).join("");
      this.at = bracket;
      return;
    }
    while (this.at < text.length) {
      const char = String.fromCodePoint(text.codePointAt(this.at) ?? 0);
      if (!(isAscii(char) ? this.#takesAscii(char) : this.#takesOther(char))) {
        break;
      }
      this.at += char.length;
    }
    this.#trim();
  }

  /**
   * The end of what is between angle brackets and broken by line ends; 0: it is not.
   *
   * @param {number} start
   */
  #findBracket(start) {
    if (this.#opener !== "<" && !/<URL:$/i.test(this.#text.slice(Math.max(0, start - 5), start))) {
      return 0;
    }
    const [inside] = /^(?:[^\0- \x7f<>"`\\|]+|[ \t]*\r?\n[ \t]*(?=[^\s]))*/.exec(
      this.#text.slice(start, start + 4096),
    ) ?? [""];
    const end = start + inside.length;
    return this.#text[end] === ">" && inside.includes("\n") ? end : 0;
  }

  /** @param {string} char */
  #takesAscii(char) {
    if (endsUrl(char) || (char === "'" && this.#opener === "'")) {
      return false;
    }
    const open = OPENING.indexOf(char);
    const close = CLOSING.indexOf(char);
    if (close >= 0 && this.#open[close] <= 0 && this.#opener === OPENING[close]) {
      return false;
    }
    if (open >= 0) {
      this.#open[open]++;
    } else if (close >= 0) {
      this.#open[close]--;
    }
    this.#inHost &&= !"/?#".includes(char);
    this.url += char;
    return true;
  }

  #hostGoesOn() {
    if (this.#goesOn === undefined) {
      const [rest] = /^[^\0- \x7f<>"`\\|/?#:]*/.exec(this.#text.slice(this.at)) ?? [""];
      this.#goesOn = /\.[A-Za-z\d]/.test(rest);
    }
    return this.#goesOn;
  }

  /** @param {string} char */
  #takesOther(char) {
    const last = this.url.at(-1) ?? "";
    const wasAscii = isAscii(last);
    if (INVISIBLE.test(char)) {
      return this.#takesInvisible(char, wasAscii);
    }
    if (endsBeyondAscii(char, wasAscii)) {
      return false;
    }
    if (UNSPACED.test(char) && isAlnum(last) && (this.#inHost ? !this.#hostGoesOn() : this.#isAscii)) {
      return false;
    }
    this.#isAscii &&= this.#inHost;
    this.url += char;
    return true;
  }

  /**
   * @param {string} char
   * @param {boolean} wasAscii
   */
  #takesInvisible(char, wasAscii) {
    const next = this.#text[this.at + char.length];
    if (next === undefined || endsUrl(next)) {
      return false;
    }
    if (isAscii(next)) {
      return true;
    }
    if (wasAscii || !/[\u200c\u200d]/.test(char)) {
      return false;
    }
    this.url += char;
    return true;
  }

  /** Without the punctuation of the sentence around it. */
  #trim() {
    for (;;) {
      const last = this.url.at(-1) ?? "";
      const close = last === "" ? -1 : CLOSING.indexOf(last);
      const isMark = /[.,;:!?']/.test(last) || (/[*_~]/.test(last) && last === this.#opener);
      if (close >= 0 ? this.#open[close] >= 0 : !isMark) {
        return;
      }
      if (close >= 0) {
        this.#open[close]++;
      }
      do {
        this.at--;
      } while (INVISIBLE.test(this.#text[this.at] ?? ""));
      this.url = this.url.slice(0, -1);
    }
  }
}

/** They turn around how what stands behind them is shown, so that one host looks like another. */
const DIRECTIONS = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/**
 * An address as it is read, whatever is in it.
 *
 * @param {string} url
 * @returns {string}
 */
export function printAddress(url) {
  return url.replaceAll(DIRECTIONS, encodeURIComponent);
}

/**
 * Whether a link may be clicked.
 *
 * @param {string} url
 */
function isSafe(url) {
  return /^https?:/i.test(url)
    ? /^https?:\/\/[^/\\?#]/i.test(url)
    : /^[a-z][a-z\d+.-]*:./i.test(url) && !UNSAFE.test(url);
}

/**
 * A link to elsewhere, whose page knows nothing of this one. What is for an app opens no window.
 *
 * @param {string} url With a scheme that does not run scripts or show files; others are shown as text.
 * @param {string} [text]
 * @returns {HTMLElement | string}
 */
export function outerLink(url, text = printAddress(url)) {
  const target = /^(https?|mailto):/i.test(url) ? "_blank" : null;
  return isSafe(url) ? h("a", { href: url, target, rel: "noopener noreferrer" }, text) : text;
}

/**
 * @param {string} url
 * @param {string} introduced Its beginning: "https://", "www."
 */
function isComplete(url, introduced) {
  if (introduced.toLowerCase() === "www.") {
    return url.slice("http://www.".length).includes(".");
  }
  const first = url.slice(introduced.length)[0] ?? "";
  return first !== "" && (!/^https?:\/\//i.test(url) || /[A-Za-z\d[_]|[^\0-\x7f]/.test(first));
}

/**
 * @param {string} text
 * @param {RegExpExecArray} match Of START.
 * @returns {{ start: number, end: number, url: string | null }} The end is where reading goes on; null: it is not a URL.
 */
function readUrl(text, match) {
  const { scheme, mail, bare } = match.groups ?? {};
  let [introduced] = match;
  let start = match.index;
  if (mail !== undefined) {
    const address = introduced.replace(/[._-]+$/, "");
    return { start, end: start + address.length, url: `mailto:${address}` };
  }
  // "see.https://" begins with its https.
  const [, before] = /^(.*[^a-z\d])https?:\/\/$/i.exec(introduced) ?? [];
  if (scheme !== undefined && before !== undefined) {
    start += before.length;
    introduced = introduced.slice(before.length);
  }
  const end = start + introduced.length;
  if (!/^[a-z]/i.test(introduced)) {
    return { start, end, url: null };
  }
  const scan = new UrlScan(text, start, end, bare === undefined ? introduced : `http://${introduced}`);
  const isUrl = scan.url.length <= 8192 && isComplete(scan.url, introduced) && isSafe(scan.url);
  return { start, end: Math.max(end, scan.at), url: isUrl ? scan.url : null };
}

/**
 * @param {string} text
 * @returns {(Node | string)[]}
 */
export function linkify(text) {
  /** @type {(Node | string)[]} */
  const pieces = [];
  const pattern = new RegExp(START);
  let done = 0;
  for (let match = pattern.exec(text); match; match = pattern.exec(text)) {
    const { start, end, url } = readUrl(text, match);
    pattern.lastIndex = end;
    if (url !== null) {
      pieces.push(text.slice(done, start), outerLink(url, printAddress(text.slice(start, end))));
      done = end;
    }
  }
  pieces.push(text.slice(done));
  return pieces.filter((piece) => piece !== "");
}
