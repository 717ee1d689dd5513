/** Renaming a tag and deleting it, everywhere, which can be undone; it is loaded when its menu is opened. */

import { ApiError, deleteTag, listMails, renameTag, tagMails } from "../core/api.js";
import { h, icon } from "../core/dom.js";
import { quoteValue } from "../core/hits.js";
import { openMenu } from "../core/menu.js";
import { addTexts, say } from "../core/messages.js";
import { router } from "../core/router.js";
import { doLater } from "../list/actions.js";
import { TAG_PATTERN } from "../list/tag_chip.js";
import { showError, showToast } from "./toasts.js";

addTexts({
  "tag.label": "Tag {tag}",
  "tag.name": "New name",
  "tag.rename": "Rename",
  "tag.delete": "Delete this tag",
  "tag.hint": "Letters, digits, spaces and . _ @ -",
  "tag.renamed": "{tag} renamed to {name}",
  "tag.deleted": { one: "Tag {tag} deleted from {count} message", other: "Tag {tag} deleted from {count} messages" },
});

/** As many messages get their tag back one by one. */
const KNOWN_MAX = 1000;

/** @param {string} tag */
const queryOf = (tag) => `tag:${quoteValue(tag)}`;

/**
 * Where the list shows the messages of that tag, it keeps them.
 *
 * @param {string} tag
 * @param {string} name
 */
async function rename(tag, name) {
  await renameTag(tag, name);
  if (router.route.query === queryOf(tag)) {
    router.go({ query: queryOf(name) }, { replace: true });
  }
}

/**
 * Deletes it at once where the messages that are to get it back are known, else when that can be undone no longer.
 *
 * @param {string} tag
 */
async function remove(tag) {
  const { messages, messages_count: count } = await listMails(queryOf(tag), 0, KNOWN_MAX);
  const text = say("tag.deleted", { tag, count });
  if (count > messages.length) {
    doLater(text, () => deleteTag(tag), { undo: () => {}, settle: () => {} });
    return;
  }
  await deleteTag(tag);
  const ids = messages.map(({ ID }) => ID);
  showToast(text, { undo: () => void tagMails({ ids }, { Add: [tag] }).catch(showError) });
}

/**
 * @param {HTMLElement} anchor It opens below that.
 * @param {string} tag
 */
export function openTagEdit(anchor, tag) {
  const dialog = h("dialog", { class: "menu", "aria-label": say("tag.label", { tag }) });
  const field = h("input", {
    type: "text",
    "aria-label": say("tag.name"),
    title: say("tag.hint"),
    pattern: TAG_PATTERN,
    required: true,
    autocomplete: "off",
    spellcheck: "false",
    value: tag,
    oninput: () => field.setCustomValidity(""),
  });
  const save = async (/** @type {Event} */ event) => {
    event.preventDefault();
    const name = field.value.trim();
    if (name === tag) {
      dialog.close();
      return;
    }
    try {
      await rename(tag, name);
    } catch (error) {
      // The name is taken, as a rule: it can be mended here.
      field.setCustomValidity(error instanceof ApiError ? error.message : String(error));
      field.reportValidity();
      return;
    }
    dialog.close();
    showToast(say("tag.renamed", { tag, name }), { undo: () => void rename(name, tag).catch(showError) });
  };
  const drop = () => {
    dialog.close();
    remove(tag).catch(showError);
  };
  dialog.append(
    h("form", { class: "menu-form", onsubmit: save }, field, h("button", { type: "submit" }, say("tag.rename"))),
    h("button", { type: "button", class: "menu-item", onclick: drop }, icon("trash"), say("tag.delete")),
  );
  openMenu(anchor, dialog);
  field.select();
}
