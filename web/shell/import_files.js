/** Messages from files that were dropped on the page or chosen in the help menu. Loaded when they come. */

import { apiUrl, ask, readText } from "../core/api.js";
import { addTexts, say } from "../core/messages.js";
import { showError, showToast } from "./toasts.js";

addTexts({
  "import.done": { one: "{count} message imported", other: "{count} messages imported" },
  "import.failed": "{name}: {message}",
});

/** @param {File} file A message as it was received, or as dsmtpd stored it. */
function importFile(file) {
  const headers = { "Content-Type": "message/rfc822" };
  return ask(apiUrl("api/v1/messages", { stored: 1 }), { method: "POST", headers, body: file }, readText);
}

/** @param {readonly File[]} files One after the other, so that they keep their order; one that fails stops no other. */
export async function importFiles(files) {
  let count = 0;
  for (const file of files) {
    try {
      await importFile(file);
      count++;
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      showError(new Error(say("import.failed", { name: file.name, message })));
    }
  }
  if (count > 0) {
    showToast(say("import.done", { count }));
  }
}

/** Lets the user choose files. */
export function chooseFiles() {
  const input = document.createElement("input");
  Object.assign(input, { type: "file", multiple: true, accept: ".eml,message/rfc822" });
  input.addEventListener("change", () => void importFiles([...(input.files ?? [])]));
  input.click();
}
