/** Copying, and saying so. */

import { say } from "../core/messages.js";
import { showError, showToast } from "../shell/toasts.js";

/** @param {string} value */
export async function copy(value) {
  try {
    await navigator.clipboard.writeText(value);
    showToast(say("mail.copied", { value: value.length > 60 ? `${value.slice(0, 60)}…` : value }));
  } catch (error) {
    showError(error);
  }
}
