/** `?`: which keys there are. */

import { h, iconButton } from "../core/dom.js";
import { listKeys } from "../core/keys.js";
import { say } from "../core/messages.js";

/** @param {string} keys "g i", "o, Enter"; those from "1" on are a range. */
function printKeys(keys) {
  const range = /^(1), .*(\d)$/.exec(keys);
  if (range) {
    return h("span", { class: "help-keys" }, h("kbd", {}, range[1]), " – ", h("kbd", {}, range[2]));
  }
  const parts = keys.split(/( |, )/).map((part) => (part === " " ? " " : part === ", " ? " / " : h("kbd", {}, part)));
  return h("span", { class: "help-keys" }, ...parts);
}

export function showKeyHelp() {
  const groups = Map.groupBy(listKeys(), (key) => key.group);
  const dialog = h("dialog", { class: "help", "aria-labelledby": "help-title", onclose: () => dialog.remove() });
  dialog.append(
    h(
      "header",
      {},
      h("h2", { id: "help-title" }, say("keys.title")),
      iconButton("close", say("keys.close"), () => dialog.close()),
    ),
    h(
      "div",
      { class: "help-groups" },
      ...[...groups].map(([group, keys]) =>
        h(
          "section",
          {},
          h("h3", {}, say(group)),
          h("dl", {}, ...keys.flatMap((key) => [h("dt", {}, printKeys(key.keys)), h("dd", {}, say(key.text))])),
        ),
      ),
    ),
  );
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  document.body.append(dialog);
  dialog.showModal();
}
