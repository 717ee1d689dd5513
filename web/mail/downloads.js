/** A message on disk: as it was received, or its HTML or text alone. */

import { ask } from "../core/api.js";
import { h, icon, iconButton } from "../core/dom.js";
import { openMenu } from "../core/menu.js";
import { say } from "../core/messages.js";
import { showError } from "../shell/toasts.js";

/** @import { MailData } from "./mail_data.js" */

/**
 * @param {string} name
 * @param {string} type
 * @param {string} text
 */
function saveText(name, type, text) {
  // The mark tells programs the encoding, whatever a `meta` element in it says.
  const url = URL.createObjectURL(new Blob(["\ufeff", text], { type }));
  h("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

/**
 * @param {Blob} blob
 * @returns {Promise<string>}
 */
function readDataUrl(blob) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.addEventListener("load", () => resolve(String(reader.result)));
    reader.addEventListener("error", () => reject(reader.error ?? new Error()));
    reader.readAsDataURL(blob);
  });
}

/**
 * The HTML as it was sent, but with its own images in it; remote content stays where it is.
 *
 * @param {MailData} data
 */
async function saveHtml(data) {
  const { ID, HTML, Inline, Attachments } = data.mail;
  // The longest first: one identifier may be how another begins.
  const named = [...Inline, ...Attachments]
    .filter(({ ContentID }) => ContentID !== "")
    .sort((a, b) => b.ContentID.length - a.ContentID.length);
  let html = HTML;
  try {
    for (const { ContentID, PartID } of named) {
      if (html.includes(`cid:${ContentID}`)) {
        const blob = await ask(data.partUrl(PartID), { signal: data.signal }, (response) => response.blob());
        html = html.replaceAll(`cid:${ContentID}`, await readDataUrl(blob));
      }
    }
    saveText(`${ID}.html`, "text/html", html);
  } catch (error) {
    showError(error);
  }
}

/**
 * @param {MailData} data
 * @param {HTMLElement} anchor
 */
function openDownloads(data, anchor) {
  const { ID, HTML, Text } = data.mail;
  const dialog = h("dialog", { class: "menu", "aria-label": say("mail.downloads") });
  const item = (/** @type {string} */ text, /** @type {() => void} */ run) =>
    h(
      "button",
      {
        type: "button",
        class: "menu-item",
        onclick: () => {
          dialog.close();
          run();
        },
      },
      say(text),
    );
  dialog.append(
    h(
      "a",
      { class: "menu-item", href: data.rawUrl({ dl: 1 }), download: "", onclick: () => dialog.close() },
      say("mail.downloadRaw"),
    ),
    ...(HTML === "" ? [] : [item("mail.downloadHtml", () => void saveHtml(data))]),
    item("mail.downloadText", () => saveText(`${ID}.txt`, "text/plain", Text)),
  );
  openMenu(anchor, dialog);
}

/**
 * @param {MailData} data
 * @returns {{ link: HTMLAnchorElement, menu: HTMLButtonElement }} For the toolbar: the message, and what else there is.
 */
export function makeDownloads(data) {
  const link = h(
    "a",
    {
      class: "icon-button",
      href: data.rawUrl({ dl: 1 }),
      download: "",
      "aria-label": say("mail.download"),
      title: say("mail.download"),
    },
    icon("download"),
    h("span", { class: "bar-word", "aria-hidden": "true" }, say("mail.downloadWord")),
  );
  const menu = iconButton("down", say("mail.downloads"), () => openDownloads(data, menu), {
    class: "icon-button bar-more",
    "aria-haspopup": "dialog",
  });
  return { link, menu };
}
