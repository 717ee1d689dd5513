/** The frame of the page: what is where, and what is shown of it at a place. */

import { getText, ROOT } from "../core/api.js";
import { h, icon, iconButton, setAttribute } from "../core/dom.js";
import { registerKeys } from "../core/keys.js";
import { live } from "../core/live.js";
import { say } from "../core/messages.js";
import { linkTo, router } from "../core/router.js";
import { readSetting, writeSetting } from "../core/settings.js";
import { ListBar } from "../list/list_bar.js";
import { ListPane } from "../list/list_pane.js";
import { mails } from "../list/mail_source.js";
import { SearchBox } from "../list/search_box.js";
import { selection } from "../list/selection.js";
import { inboxes } from "./inboxes.js";
import { SideBar } from "./side_bar.js";
import { sideCounts } from "./side_counts.js";
import { canUndo, showError, undoLast } from "./toasts.js";

/** @import { MailPane } from "./mail_pane.js" */

export class AppShell extends HTMLElement {
  #banner = h("div", { class: "banner", role: "alert" });
  #search = new SearchBox();
  #side = new SideBar();
  #bar = new ListBar();
  #list = new ListPane();
  /** @type {MailPane | null} */
  #mail = null;
  #status = h("span", { class: "status", role: "status" });
  #help = h(
    "button",
    { type: "button", class: "label-button", "aria-haspopup": "dialog", onclick: () => void this.#openHelp() },
    icon("help"),
    say("bar.help"),
  );
  #menu = iconButton("menu", say("bar.menu"), () => this.#showSide(!this.classList.contains("side-shown")), {
    class: "icon-button bar-menu",
    "aria-expanded": "false",
  });
  #openedQuery = "";
  /** @type {HTMLElement | null} */
  #attempts = null;

  connectedCallback() {
    this.#bar.list = this.#list.list;
    this.#list.prepend(this.#bar);
    this.append(
      h("a", { class: "skip", href: "#mails" }, say("app.skip")),
      h(
        "header",
        { class: "top-bar" },
        h("h1", { class: "hidden" }, say("app.heading")),
        this.#menu,
        h("a", { ...linkTo({ query: "", id: null }), class: "brand" }, icon("inbox"), say("app.name")),
        this.#search,
        h("div", { class: "bar-end" }, this.#status, this.#help),
      ),
      this.#banner,
      h("div", { class: "panes" }, this.#side, h("main", { id: "mails", tabindex: -1 }, this.#list)),
    );
    this.addEventListener("click", (event) => this.#clicked(event));
    this.addEventListener("dragover", (event) => this.#draggedOver(event));
    this.addEventListener("drop", (event) => this.#dropped(event));
    this.#search.addEventListener("saved", () => this.#side.draw());
    router.addEventListener("change", () => this.#routed());
    live.addEventListener("online", () => {
      this.#showOnline();
      void this.#showAge();
    });
    this.#bar.addEventListener("list", () => this.#switchList());
    this.#showList();
    this.#registerKeys();
    this.#showOnline();
    void this.#openFirst();
    this.#openedQuery = router.route.query;
    this.#routed();
  }

  /** The messages load before what is next to them. */
  async #openFirst() {
    await mails.open(router.route.query);
    // Without an answer the name of this inbox is not known until the menu is opened.
    await inboxes.ask().catch(() => {});
    sideCounts.start();
  }

  #routed() {
    const { query, id, place } = router.route;
    if (query !== this.#openedQuery) {
      this.#openedQuery = query;
      selection.clear();
      void mails.open(query);
    }
    this.classList.toggle("mail-shown", id !== null);
    void this.#showMail(id !== null);
    this.classList.toggle("attempts-shown", place === "attempts");
    void this.#showAttempts(place === "attempts");
    this.#showSide(false);
  }

  /** @param {boolean} isShown It is loaded with the first message that is opened, with what divides it from the list. */
  async #showMail(isShown) {
    if (isShown && !this.#mail) {
      const [{ MailPane }, { PaneSplitter }] = await Promise.all([import("./mail_pane.js"), import("./splitter.js")]);
      if (!this.#mail) {
        const splitter = new PaneSplitter();
        this.#mail = new MailPane();
        this.#mail.bar = this.#bar;
        for (const part of [splitter, this.#mail]) {
          part.addEventListener("list", () => this.#switchList());
        }
        this.querySelector("main")?.append(splitter, this.#mail);
      }
    }
    if (this.#mail) {
      this.#mail.hidden = router.route.id === null;
    }
  }

  /** @param {boolean} isShown It is loaded when it is asked for. */
  async #showAttempts(isShown) {
    if (isShown) {
      const { AttemptsView } = await import("../mail/attempts_view.js");
      // Meanwhile another place may have been gone to.
      if (router.route.place !== "attempts") {
        return;
      }
      this.#attempts ??= new AttemptsView();
      this.querySelector("main")?.append(this.#attempts);
    } else {
      this.#attempts?.remove();
    }
  }

  /** @param {boolean} isShown Where there is no room for it beside the list. */
  #showSide(isShown) {
    this.classList.toggle("side-shown", isShown);
    setAttribute(this.#menu, "aria-expanded", String(isShown));
  }

  /** @param {MouseEvent} event */
  #clicked(event) {
    const isInside = event.target instanceof Element && event.target.closest("side-bar, .bar-menu") !== null;
    if (!isInside) {
      this.#showSide(false);
    }
  }

  /** @param {DragEvent} event Files may be dropped, so that the browser does not open them instead. */
  #draggedOver(event) {
    if (event.dataTransfer?.types.includes("Files")) {
      event.preventDefault();
      event.dataTransfer.dropEffect = "copy";
    }
  }

  /** @param {DragEvent} event */
  #dropped(event) {
    const files = [...(event.dataTransfer?.files ?? [])];
    if (files.length > 0) {
      event.preventDefault();
      void import("./import_files.js").then(({ importFiles }) => importFiles(files), showError);
    }
  }

  /** Next to a message the list can be hidden. */
  #switchList() {
    writeSetting("hidesList", !readSetting("hidesList", false));
    this.#showList();
  }

  #showList() {
    this.classList.toggle("list-hidden", readSetting("hidesList", false));
  }

  /** Loaded when it is opened, as are the keys. */
  #openHelp() {
    return import("./help_menu.js").then(({ openHelpMenu }) => openHelpMenu(this.#help), showError);
  }

  #showKeys() {
    return import("./key_help.js").then(({ showKeyHelp }) => showKeyHelp(), showError);
  }

  #showOnline() {
    this.#status.classList.toggle("offline", !live.online);
    this.#status.title = say(live.online ? "bar.online" : "bar.offline");
    this.#status.textContent = say(live.online ? "bar.live" : "bar.gone");
    this.#banner.replaceChildren(...(live.online ? [] : [icon("alert"), say("banner.offline")]));
  }

  /** Says so when the server that is back has another page. */
  async #showAge() {
    if (live.online && (await this.#isOld())) {
      this.#banner.replaceChildren(
        say("banner.updated"),
        h("button", { type: "button", class: "link", onclick: () => location.reload() }, say("banner.reload")),
      );
    }
  }

  /** Whether the server, which may be another now, has another page than this one. */
  async #isOld() {
    try {
      const page = await getText("./");
      return !page.includes(import.meta.url.slice(ROOT.href.length).split("/").slice(0, 2).join("/"));
    } catch {
      return false;
    }
  }

  #registerKeys() {
    const group = "keys.group.go";
    const go = (/** @type {string} */ query) => () => router.go({ query, id: null });
    registerKeys(
      {
        keys: "u",
        text: "keys.back",
        group: "keys.group.move",
        run: () => this.#back(),
        when: () => router.route.id !== null,
      },
      {
        keys: "\\",
        text: "keys.list",
        group: "keys.group.move",
        run: () => this.#switchList(),
        when: () => router.route.id !== null,
      },
      { keys: "z", text: "keys.undo", group: "keys.group.act", run: undoLast, when: canUndo },
      { keys: "g i", text: "keys.goInbox", group, run: go("") },
      { keys: "g b", text: "keys.goOther", group, run: () => void this.#side.switchInbox() },
      { keys: "g u", text: "keys.goUnread", group, run: go("is:unread") },
      { keys: "g s", text: "keys.goFlagged", group, run: go("is:flagged") },
      { keys: "g r", text: "keys.goAttempts", group, run: () => router.go({ place: "attempts", id: null, query: "" }) },
      { keys: "Escape", text: "keys.selectNone", group: "keys.group.act", run: () => this.#escape() },
      { keys: "?", text: "keys.help", group, run: () => void this.#showKeys() },
    );
  }

  /** From a message to the list. */
  #back() {
    router.go({ id: null });
    this.#list.list.focus();
  }

  #escape() {
    if (!selection.isEmpty) {
      selection.clear();
    } else if (router.route.id !== null) {
      this.#back();
    }
  }
}

customElements.define("app-shell", AppShell);
