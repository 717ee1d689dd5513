/** The menu that leads to the inboxes of other servers; it is loaded when it is opened. */

import { copyable } from "../core/copyable.js";
import { h, icon } from "../core/dom.js";
import { openMenu } from "../core/menu.js";
import { addTexts, say } from "../core/messages.js";
import { inboxes } from "./inboxes.js";
import { inboxMark } from "./inbox_mark.js";

/** @import { Inbox } from "../core/types.js" */

addTexts({
  "inboxes.label": "Inboxes",
  "inboxes.alone": "No other server of yours serves a page now. This starts one with an inbox of its own:",
  "inboxes.elsewhere": "Other inboxes are listed only on the machine where they are, not from elsewhere.",
});

/** Free ports, so that it runs beside any other. */
const START = "dsmtpd -d other -p 0 --http=127.0.0.1:0";

const STEPS = new Map([
  ["ArrowDown", 1],
  ["ArrowUp", -1],
  ["j", 1],
  ["k", -1],
]);

/** @param {Inbox} inbox */
function entry({ Name, Path, URL: href, Current }) {
  const content = [
    inboxMark(Name),
    h(
      "span",
      { class: "inbox-text" },
      h("span", { dir: "auto" }, Name),
      Path && h("span", { class: "inbox-path faint", dir: "ltr", title: Path }, Path),
    ),
  ];
  return h(
    "li",
    {},
    Current
      ? h("span", { class: "menu-item", "aria-current": "true" }, ...content, icon("check"))
      : h("a", { class: "menu-item", href }, ...content),
  );
}

/** @returns {Node[]} */
function hints() {
  if (!inboxes.isComplete) {
    return [h("p", { class: "faint" }, say("inboxes.elsewhere"))];
  }
  return inboxes.all.length > 1 ? [] : [h("p", { class: "faint" }, say("inboxes.alone")), copyable(START)];
}

/**
 * From one link to the next; from none to the first or the last.
 *
 * @param {KeyboardEvent} event
 */
function move(event) {
  const step = event.ctrlKey || event.metaKey || event.altKey ? undefined : STEPS.get(event.key);
  const links = [...document.querySelectorAll(".inbox-menu a")];
  if (step && links.length > 0) {
    event.preventDefault();
    const at = links.indexOf(/** @type {Element} */ (document.activeElement));
    const next = at < 0 && step < 0 ? -1 : at + step;
    /** @type {HTMLElement} */ (links.at(next % links.length)).focus();
  }
}

/** @param {HTMLElement} anchor It opens below that, with what runs now. */
export async function openInboxMenu(anchor) {
  await inboxes.ask();
  // Meanwhile another dialog may have come.
  if (document.querySelector("dialog[open]") === null) {
    const dialog = h(
      "dialog",
      { class: "menu inbox-menu", "aria-label": say("inboxes.label"), onkeydown: move },
      h("ul", {}, ...inboxes.all.map(entry)),
      ...hints(),
    );
    openMenu(anchor, dialog);
  }
}
