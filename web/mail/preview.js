/**
 * An attachment, looked at within the page. Nothing of it may run: pictures are pictures, whatever is text is shown as
 * text, and a PDF is for the browser's own viewer.
 */

import { ask } from "../core/api.js";
import { h } from "../core/dom.js";
import { say } from "../core/messages.js";
import { printCalendar } from "./calendar.js";
import { calendarMethod } from "./structure.js";
import { isCalendar } from "./thumbnail.js";

/** @import { Attachment } from "../core/types.js" */
/** @import { MailData } from "./mail_data.js" */

/** Bytes of a text that are shown. */
const TEXT_MAX = 200_000;

/** Text by another name. */
const TEXTS = /^(text\/|message\/|application\/(json|xml|javascript|x-sh|x-yaml|yaml|toml|sql|pgp-)|.*\+(json|xml)$)/;

/** @param {string} text */
function printText(text) {
  return h(
    "div",
    {},
    text.length > TEXT_MAX && h("p", { class: "hint" }, say("files.cut")),
    h("pre", { class: "code code-text", dir: "auto", tabindex: 0 }, text.slice(0, TEXT_MAX)),
  );
}

/**
 * @param {MailData} data
 * @param {Attachment} file
 */
async function previewPdf(data, file) {
  // The server's answer is sandboxed, which viewers of PDF do not like. These bytes are ours, and their type is fixed.
  const content = await ask(data.partUrl(file.PartID), { signal: data.signal }, (response) => response.arrayBuffer());
  const octets = new Blob([content], { type: "application/pdf" });
  const url = URL.createObjectURL(octets);
  data.signal.addEventListener("abort", () => URL.revokeObjectURL(url));
  return h("iframe", { class: "pdf", src: url, title: say("files.preview", { name: file.FileName }) });
}

/**
 * @param {MailData} data
 * @param {Attachment} file
 * @param {"audio" | "video"} kind
 */
function playMedia(data, file, kind) {
  const label = say("files.preview", { name: file.FileName });
  const player = h(kind, { class: "media", controls: true, preload: "metadata", "aria-label": label });
  player.addEventListener("error", () =>
    player.replaceWith(h("p", { class: "faint" }, say("files.cannotPlay", { type: file.ContentType }))),
  );
  player.src = data.partUrl(file.PartID);
  // A player that nobody sees any more plays no longer.
  data.signal.addEventListener("abort", () => player.pause());
  return player;
}

/**
 * What there is to see of a file; null: nothing.
 *
 * @param {MailData} data
 * @param {Attachment} file
 * @returns {Promise<HTMLElement | null>}
 */
export async function makePreview(data, file) {
  const type = file.ContentType;
  if (type.startsWith("image/")) {
    return h("img", { class: "picture", src: data.partUrl(file.PartID), alt: file.FileName });
  }
  const media = /^(audio|video)\//.exec(type)?.[1];
  if (media === "audio" || media === "video") {
    return playMedia(data, file, media);
  }
  if (type === "application/pdf") {
    return previewPdf(data, file);
  }
  if (isCalendar(file)) {
    const text = await data.partText(file.PartID);
    return h("div", {}, ...printCalendar(text, await calendarMethod(data, file.PartID)), printText(text));
  }
  return TEXTS.test(type) ? printText(await data.partText(file.PartID)) : null;
}
