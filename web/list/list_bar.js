/** Above the list: what it shows, and what can be done with all of it, or with what is selected. */

import { h, icon, iconButton, setAttribute } from "../core/dom.js";
import { registerKeys } from "../core/keys.js";
import { say } from "../core/messages.js";
import { router } from "../core/router.js";
import { byThread, isByThread } from "../core/threads.js";
import { placeName } from "../shell/places.js";
import { showError } from "../shell/toasts.js";
import { mark, remove } from "./actions.js";
import { mails } from "./mail_source.js";
import { selection, timeAfter } from "./selection.js";

/** @import { Target } from "./pending.js" */
/** @import { MailList } from "./mail_list.js" */

/** @returns {Target} What is selected. */
function selected() {
  return selection.allUntil === ""
    ? { mails: [...selection.mails.values()].map((mail) => mails.byId(mail.ID) ?? mail) }
    : { query: mails.query, until: selection.allUntil, count: mails.total };
}

/** @returns {boolean} Whether the list has the whole inbox, be it by conversation. */
const isInbox = () => byThread(mails.query, false) === "";

/** @returns {Target | null} All that is listed now, and nothing that comes later; null: nothing. */
function listed() {
  const newest = mails.at(0);
  const { query, count } = isInbox()
    ? { query: "", count: mails.inbox.total }
    : { query: mails.query, count: mails.total };
  return newest ? { query, until: timeAfter(newest), count } : null;
}

/** @param {(target: Target) => void} act Done with all that is listed. */
function withListed(act) {
  const target = listed();
  if (target) {
    selection.clear();
    act(target);
  }
}

/**
 * The menu is loaded when it is opened.
 *
 * @param {HTMLElement} anchor
 * @param {Target} target
 */
function openTags(anchor, target) {
  import("./tag_menu.js").then(({ openTagMenu }) => openTagMenu(anchor, target), showError);
}

const clear = () => withListed(remove);
const readAll = () => withListed((target) => mark(target, "Read", true));

/**
 * @param {import("../core/dom.js").IconName} name
 * @param {string} label Shown where there is room for it.
 * @param {() => void} onclick
 */
function labelButton(name, label, onclick) {
  return h(
    "button",
    { type: "button", class: "label-button", "aria-label": label, title: label, onclick },
    icon(name),
    h("span", {}, label),
  );
}

/** @param {Target} target */
function removeSelected(target) {
  selection.clear();
  remove(target);
}

/** `<list-bar>` is for the list that is given to it by `list`, and gives an event `list` when that is to be hidden. */
export class ListBar extends HTMLElement {
  /** @type {MailList | null} */
  list = null;
  #box = h("input", { type: "checkbox", onclick: () => this.#toggleAll() });
  #title = h("h2", { class: "list-title" });
  #count = h("span", { class: "list-count" });
  #all = h("button", { type: "button", class: "link", onclick: () => this.#selectAll() });
  #idle = h("div", { class: "bar-group" });
  #threads = iconButton("talk", say("list.threads"), () => this.#switchThreads());
  #read = labelButton("mailOpen", say("bulk.allRead"), readAll);
  #clear = labelButton("trash", say("bulk.clear"), clear);
  #actions = h("div", { class: "bar-group", role: "toolbar" });
  #tag = iconButton("tag", say("bulk.tag"), () => openTags(this.#tag, selected()));

  connectedCallback() {
    const run = (/** @type {(target: Target) => void} */ act) => () => this.act(act);
    this.#actions.append(
      iconButton(
        "mailOpen",
        say("bulk.read"),
        run((target) => mark(target, "Read", true)),
      ),
      iconButton(
        "envelope",
        say("bulk.unread"),
        run((target) => mark(target, "Read", false)),
      ),
      iconButton(
        "flag",
        say("bulk.flag"),
        run((target) => mark(target, "Flagged", this.#wantsFlag(target))),
      ),
      this.#tag,
      iconButton("trash", say("bulk.delete"), run(removeSelected)),
      this.#all,
    );
    const hide = iconButton("side", say("list.hide"), () => this.dispatchEvent(new Event("list")), {
      class: "icon-button list-hide",
    });
    this.#idle.append(this.#threads, this.#read, this.#clear, hide);
    setAttribute(this.#actions, "aria-label", say("bulk.label"));
    this.append(h("label", { class: "bar-pick" }, this.#box), this.#title, this.#count, this.#actions, this.#idle);
    mails.addEventListener("change", () => this.#draw());
    selection.addEventListener("change", () => this.#draw());
    router.addEventListener("change", () => this.#draw());
    this.#registerKeys();
    this.#draw();
  }

  /**
   * Does something with what is selected, or else with the message that is open or the keyboard is at.
   *
   * @param {(target: Target) => void} act
   */
  act(act) {
    const active = this.list?.active;
    if (!selection.isEmpty) {
      act(selected());
    } else if (active) {
      act({ mails: [active] });
    }
  }

  /** @param {Target} target */
  #wantsFlag(target) {
    return !("mails" in target) || target.mails.some((mail) => !mail.Flagged);
  }

  /** One message of each conversation, or all. */
  #switchThreads() {
    const { query } = router.route;
    router.go({ query: byThread(query, !isByThread(query)), id: null });
  }

  #toggleAll() {
    if (selection.isEmpty) {
      selection.add(mails.loaded());
    } else {
      selection.clear();
    }
    this.#draw();
  }

  #selectAll() {
    const newest = mails.at(0);
    if (newest) {
      selection.selectAll(newest);
    }
  }

  #draw() {
    const isAll = selection.allUntil !== "";
    const count = isAll ? mails.total : selection.mails.size;
    this.#box.checked = !selection.isEmpty;
    this.#box.indeterminate = !isAll && count > 0 && count < mails.total;
    this.#box.disabled = mails.total === 0;
    setAttribute(this.#box, "aria-label", say(selection.isEmpty ? "bulk.loaded" : "bulk.none"));
    this.#title.textContent = selection.isEmpty ? placeName(router.route.query) : say("bulk.selected", { count });
    const counted = isByThread(mails.query) ? "list.threadCount" : "list.count";
    this.#count.textContent = selection.isEmpty && mails.state === "ready" ? say(counted, { count: mails.total }) : "";
    this.#all.hidden = isAll || count === 0 || count >= mails.total;
    this.#all.textContent = say("bulk.all", { count: mails.total });
    this.#actions.hidden = selection.isEmpty;
    this.#idle.hidden = !selection.isEmpty;
    setAttribute(this.#threads, "aria-pressed", String(isByThread(router.route.query)));
    this.#read.disabled = mails.total === 0 || mails.inbox.unread === 0;
    this.#clear.disabled = mails.total === 0;
    this.#nameClear(isInbox() ? say("bulk.clear") : say("bulk.clearFound", { count: mails.total }));
  }

  /** @param {string} label */
  #nameClear(label) {
    if (this.#clear.title !== label) {
      this.#clear.title = label;
      setAttribute(this.#clear, "aria-label", label);
      this.#clear.lastChild?.replaceWith(h("span", {}, label));
    }
  }

  /** Where the menu of tags opens: at its button, wherever that is now, or else at the row. */
  #tagAnchor() {
    const buttons = [this.#tag, document.querySelector(".mail-tag")];
    const shown = buttons.find((button) => button instanceof HTMLElement && button.offsetParent !== null);
    const row = this.list?.querySelector(".row.active .row-subject");
    return /** @type {HTMLElement} */ (shown ?? row ?? this);
  }

  #registerKeys() {
    const group = "keys.group.act";
    const run = (/** @type {(target: Target) => void} */ act) => () => this.act(act);
    const goOn = (/** @type {(target: Target) => void} */ act) => () => {
      const isOne = selection.isEmpty;
      this.act(act);
      if (isOne) {
        this.list?.move(1);
      }
    };
    registerKeys(
      { keys: "* a", text: "keys.selectAll", group, run: () => selection.add(mails.loaded()) },
      { keys: "* n", text: "keys.selectNone", group, run: () => selection.clear() },
      { keys: "e", text: "keys.done", group, run: goOn((target) => mark(target, "Read", true, { quiet: true })) },
      { keys: "I", text: "keys.read", group, run: run((target) => mark(target, "Read", true)) },
      { keys: "U", text: "keys.unread", group, run: run((target) => mark(target, "Read", false)) },
      {
        keys: "s",
        text: "keys.flag",
        group,
        run: run((target) => mark(target, "Flagged", this.#wantsFlag(target), { quiet: true })),
      },
      { keys: "t", text: "keys.tag", group, run: () => this.act((target) => openTags(this.#tagAnchor(), target)) },
      { keys: "#, Delete", text: "keys.delete", group, run: goOn(removeSelected) },
      { keys: "R", text: "keys.allRead", group, run: readAll },
      { keys: "D", text: "keys.clear", group, run: clear },
    );
  }
}

customElements.define("list-bar", ListBar);
