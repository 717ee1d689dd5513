/** `?`: which keys there are. */

import { h, iconButton, loadStyle } from "../core/dom.js";
import { listKeys } from "../core/keys.js";
import { addTexts, say } from "../core/messages.js";

addTexts({
  "keys.title": "Keyboard shortcuts",
  "keys.close": "Close",
  "keys.down": "Next message",
  "keys.up": "Previous message",
  "keys.open": "Open",
  "keys.back": "Back to the list",
  "keys.select": "Select",
  "keys.selectAll": "Select all",
  "keys.selectNone": "Select none",
  "keys.done": "Mark as read and go to the next",
  "keys.read": "Mark as read",
  "keys.unread": "Mark as unread",
  "keys.flag": "Flag",
  "keys.delete": "Delete",
  "keys.clear": "Delete all that are listed",
  "keys.allRead": "Mark all as read",
  "keys.tag": "Tags",
  "keys.undo": "Undo",
  "keys.list": "Hide or show the list",
  "keys.search": "Search",
  "keys.goInbox": "Go to the inbox",
  "keys.goOther": "Go to another inbox",
  "keys.goUnread": "Go to unread messages",
  "keys.goFlagged": "Go to flagged messages",
  "keys.goAttempts": "Go to rejected attempts",
  "keys.help": "Show keyboard shortcuts",
  "keys.group.move": "Move",
  "keys.group.act": "Act",
  "keys.group.go": "Navigate",
  "keys.group.mail": "In a message",
});

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
  loadStyle("css/help.css");
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
