/** What files are called that have no name of their own: by what they are, not "part-2.txt". */

import { say } from "../core/messages.js";
import { isCalendar } from "./thumbnail.js";

/** @import { Attachment } from "../core/types.js" */
/** @import { MailData } from "./mail_data.js" */

/** Names that the server makes (src/message/file_name.c). */
const MADE = /^part-[\d.]+\.\w+$/;

/** @type {Record<string, string>} Names in the table of texts. */
const NAMES = {
  "message/delivery-status": "name.report",
  "message/global-delivery-status": "name.report",
  "message/disposition-notification": "name.receipt",
  "message/global-disposition-notification": "name.receipt",
  "message/feedback-report": "name.feedback",
  "text/rfc822-headers": "name.headers",
  "message/global-headers": "name.headers",
  "application/pgp-encrypted": "name.pgpVersion",
  "application/pgp-signature": "name.signature",
  "application/pkcs7-signature": "name.signature",
  "application/x-pkcs7-signature": "name.signature",
};

/** Bytes of an attached message in which its subject is looked for. */
const HEADER_MAX = 64_000;

/**
 * The subject of an attached message; "": it has none.
 *
 * @param {MailData} data
 * @param {Attachment} file
 */
async function subjectOf(data, file) {
  const header = (await data.partText(file.PartID, HEADER_MAX)).split(/\r?\n\r?\n/, 1)[0];
  const [, subject = ""] = /^subject:[ \t]*(.*(?:\r?\n[ \t].*)*)/im.exec(header) ?? [];
  return decodeWords(subject.replaceAll(/\r?\n/g, "")).trim();
}

/**
 * Encoded words (RFC 2047) as they are read; what cannot be decoded stays.
 *
 * @param {string} text
 * @returns {string}
 */
export function decodeWords(text) {
  const word = /=\?([\w-]+)(?:\*[\w-]+)?\?([bq])\?([^?\s]*)\?=/gi;
  return text
    .replaceAll(/(\?=)\s+(?==\?)/g, "$1")
    .replaceAll(
      word,
      (whole, /** @type {string} */ charset, /** @type {string} */ kind, /** @type {string} */ coded) => {
        try {
          const octets =
            kind.toLowerCase() === "b"
              ? atob(coded)
              : coded
                  .replaceAll("_", " ")
                  .replaceAll(/=([\da-f]{2})/gi, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)));
          return new TextDecoder(charset).decode(Uint8Array.from(octets, (char) => char.charCodeAt(0)));
        } catch {
          return whole;
        }
      },
    );
}

/**
 * @param {MailData} data
 * @param {Attachment} file
 * @returns {Promise<string>}
 */
export async function nameOf(data, file) {
  if (!MADE.test(file.FileName)) {
    return file.FileName;
  }
  if (isCalendar(file)) {
    return say("name.calendar");
  }
  if (file.ContentType === "message/rfc822" || file.ContentType === "message/global") {
    const subject = await subjectOf(data, file).catch(() => "");
    return subject === "" ? say("name.message") : say("name.original", { subject });
  }
  const name = NAMES[file.ContentType];
  return name === undefined ? file.FileName : say(name);
}
