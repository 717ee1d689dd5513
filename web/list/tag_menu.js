/** Which tags some messages have, to be put on and taken off. */

import { h } from "../core/dom.js";
import { openMenu } from "../core/menu.js";
import { addTexts, say } from "../core/messages.js";
import { setTag } from "./actions.js";
import { mails } from "./mail_source.js";
import { TAG_PATTERN, tagChip } from "./tag_chip.js";

/** @import { Target } from "./pending.js" */

addTexts({
  "tags.label": "Tags",
  "tags.new": "New tag",
  "tags.add": "Add",
  "tags.hint": "Letters, digits, spaces and . _ @ -",
});

/**
 * @param {HTMLElement} anchor It opens below that.
 * @param {Target} target
 */
export function openTagMenu(anchor, target) {
  const has = (/** @type {string} */ tag) => "mails" in target && target.mails.every((mail) => mail.Tags.includes(tag));
  const dialog = h("dialog", { class: "menu", "aria-label": say("tags.label") });
  const choose = (/** @type {string} */ tag, /** @type {boolean} */ on) => {
    dialog.close();
    setTag(target, tag, on);
  };
  const field = h("input", {
    type: "text",
    "aria-label": say("tags.new"),
    placeholder: say("tags.new"),
    title: say("tags.hint"),
    pattern: TAG_PATTERN,
    required: true,
  });
  const add = (/** @type {Event} */ event) => {
    event.preventDefault();
    if (field.reportValidity()) {
      choose(field.value.trim(), true);
    }
  };
  dialog.append(
    h("form", { class: "menu-form", onsubmit: add }, field, h("button", { type: "submit" }, say("tags.add"))),
    ...mails.tags.map((tag) =>
      h(
        "label",
        { class: "menu-item" },
        h("input", { type: "checkbox", checked: has(tag), onchange: () => choose(tag, !has(tag)) }),
        tagChip(tag),
      ),
    ),
  );
  openMenu(anchor, dialog);
  field.focus();
}
