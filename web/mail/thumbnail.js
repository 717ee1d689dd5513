/** What stands for a file: a small image of it, or an icon of its type. */

import { ask } from "../core/api.js";
import { h, icon } from "../core/dom.js";
import { say } from "../core/messages.js";

/** @import { IconName } from "../core/dom.js" */
/** @import { Attachment } from "../core/types.js" */
/** @import { MailData } from "./mail_data.js" */

/** Those the server can make a small image of, and how they begin. */
const IMAGES = new Map([
  ["image/jpeg", [0xff, 0xd8, 0xff]],
  ["image/png", [0x89, 0x50, 0x4e, 0x47]],
  ["image/gif", [0x47, 0x49, 0x46, 0x38]],
]);

/** Bytes of an image that are loaded to see whether it is damaged. */
const PROBE_MAX = 4_000_000;

/** @param {Attachment} file */
export function isCalendar({ ContentType, FileName }) {
  return ["text/calendar", "application/ics"].includes(ContentType) || /\.ics$/i.test(FileName);
}

/** The first that fits says what a file is. @type {[RegExp, IconName][]} */
const ICONS = [
  [/^image\//, "image"],
  [/^(audio|video)\//, "play"],
  [/^message\//, "envelope"],
  [/^text\/html$/, "desktop"],
  [/^text\/|json$|xml$/, "menu"],
  [/zip|compressed|x-tar|x-7z|x-rar/, "archive"],
  [/pkcs7|pgp|x-x509|pem/, "key"],
];

/**
 * @param {Attachment} file
 * @returns {IconName}
 */
function iconOf(file) {
  return isCalendar(file) ? "calendar" : (ICONS.find(([type]) => type.test(file.ContentType))?.[1] ?? "file");
}

/**
 * Why a browser cannot show an image.
 *
 * @param {MailData} data
 * @param {Attachment} file
 */
async function diagnose(data, file) {
  if (file.Size === 0) {
    return say("files.empty");
  }
  const options = { headers: { Range: "bytes=0-3" }, signal: data.signal };
  const begun = new Uint8Array(await ask(data.partUrl(file.PartID), options, (response) => response.arrayBuffer()));
  const wanted = IMAGES.get(file.ContentType) ?? [];
  return wanted.every((byte, i) => begun[i] === byte)
    ? say("files.damaged")
    : say("files.notThat", { type: file.ContentType });
}

/**
 * @param {MailData} data
 * @param {Attachment} file
 * @returns {HTMLElement}
 */
export function printThumbnail(data, file) {
  if (!IMAGES.has(file.ContentType)) {
    return h("span", { class: "thumbnail" }, icon(iconOf(file)));
  }
  const thumbnail = h("img", {
    class: "thumbnail",
    src: data.thumbnailUrl(file.PartID),
    alt: "",
    width: 90,
    height: 60,
    loading: "lazy",
  });
  if (file.Size <= PROBE_MAX) {
    // The server's small image of one that it cannot read is blank.
    const probe = new Image();
    probe.addEventListener("error", () => void showDamage(thumbnail, data, file));
    probe.src = data.partUrl(file.PartID);
  }
  return thumbnail;
}

/**
 * @param {HTMLElement} thumbnail
 * @param {MailData} data
 * @param {Attachment} file
 */
async function showDamage(thumbnail, data, file) {
  const text = await diagnose(data, file).catch(() => "");
  if (text !== "") {
    const damaged = h("span", { class: "thumbnail is-damaged", title: text }, icon("damaged"));
    damaged.append(h("span", { class: "hidden" }, text));
    thumbnail.replaceWith(damaged);
    damaged.closest("button")?.setAttribute("title", text);
  }
}
