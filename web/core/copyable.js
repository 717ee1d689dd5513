/** What is there to be copied: a text, and a button beside it. */

import { copyText } from "./clipboard.js";
import { h, icon, loadStyle } from "./dom.js";
import { say } from "./messages.js";

const COPIED_MS = 1500;

/**
 * A text with a button that copies it.
 *
 * @param {string} text
 * @returns {HTMLElement}
 */
export function copyable(text) {
  loadStyle("css/copyable.css");
  const button = h(
    "button",
    { type: "button", class: "copy", onclick: () => void copy() },
    icon("copy"),
    say("copyable.copy"),
  );
  const copy = async () => {
    if (await copyText(text)) {
      button.replaceChildren(icon("check"), say("copyable.copied"));
      setTimeout(() => button.replaceChildren(icon("copy"), say("copyable.copy")), COPIED_MS);
    } else {
      // To be copied by hand.
      getSelection()?.selectAllChildren(code);
    }
  };
  const code = h("code", {}, text);
  return h("div", { class: "copyable" }, h("pre", { tabindex: 0 }, code), button);
}
