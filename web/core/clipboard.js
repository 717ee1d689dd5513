/** Copying. Browsers give their clipboard to secure pages alone, and over plain HTTP only this machine's is one. */

import { h } from "./dom.js";

/**
 * The way from before there was a clipboard to ask for: what is selected is copied.
 *
 * @param {string} text
 * @returns {boolean}
 */
function copySelected(text) {
  const focused = document.activeElement;
  const field = h("textarea", { class: "hidden", readonly: true });
  field.value = text;
  // A dialog has the focus to itself.
  (document.querySelector("dialog[open]") ?? document.body).append(field);
  field.select();
  const isCopied = document.execCommand("copy");
  field.remove();
  if (focused instanceof HTMLElement) {
    focused.focus({ preventScroll: true });
  }
  return isCopied;
}

/**
 * @param {string} text
 * @returns {Promise<boolean>} Whether it was copied.
 */
export async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copySelected(text);
  }
}
