/** Copying, and saying so. */

import { copyText } from "../core/clipboard.js";
import { say } from "../core/messages.js";
import { showToast } from "../shell/toasts.js";

/** @param {string} value */
export async function copyAndSay(value) {
  if (await copyText(value)) {
    showToast(say("mail.copied", { value: value.length > 60 ? `${value.slice(0, 60)}…` : value }));
  } else {
    showToast(say("mail.notCopied"), { kind: "error" });
  }
}
