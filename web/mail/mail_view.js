/** One message: its head, and the views of it. */

import { ApiError, listMails, readMail } from "../core/api.js";
import { h, iconButton, loadStyle } from "../core/dom.js";
import { registerKeys } from "../core/keys.js";
import { say } from "../core/messages.js";
import { router } from "../core/router.js";
import { Tabs } from "../core/tabs.js";
import { showToast } from "../shell/toasts.js";
import { copyAndSay } from "./copy.js";
import { makeDownloads } from "./downloads.js";
import { MailData } from "./mail_data.js";
import { bestCode, makeHead } from "./mail_head.js";
import { makeHtmlTab } from "./tab_html.js";
import { makeTextTab } from "./tab_text.js";
import "./texts.js";

/** @import { Badge } from "../core/tabs.js" */
/** @import { Message } from "../core/types.js" */
/** @import { Check } from "./types.js" */

/**
 * What a tab shows, and what it puts at the end of the row of tabs.
 *
 * @typedef {{ content: HTMLElement, tools: HTMLElement[] }} Made
 *
 * @typedef {object} Tab
 * @property {string} name
 * @property {(data: MailData) => HTMLElement | Made | Promise<HTMLElement | Made>} make
 * @property {(mail: Message) => boolean} [when] Whether the message has it; always without.
 * @property {(mail: Message) => number} [count] Shown next to its name.
 */

/** @param {Message} mail */
const hasHtml = (mail) => mail.HTML !== "";

/** @param {Message} mail */
const countFiles = (mail) => mail.Attachments.length + mail.Inline.length;

/** @type {readonly Tab[]} */
const TABS = [
  { name: "html", make: makeHtmlTab, when: hasHtml },
  { name: "text", make: makeTextTab },
  { name: "checks", make: async (data) => (await import("./tab_checks.js")).makeChecksTab(data) },
  {
    name: "files",
    make: async (data) => (await import("./tab_files.js")).makeFilesTab(data),
    when: (mail) => countFiles(mail) > 0,
    count: countFiles,
  },
  { name: "headers", make: async (data) => (await import("./tab_headers.js")).makeHeadersTab(data) },
  { name: "source", make: async (data) => (await import("./tab_source.js")).makeSourceTab(data), when: hasHtml },
  { name: "raw", make: async (data) => (await import("./tab_raw.js")).makeRawTab(data) },
  { name: "parts", make: async (data) => (await import("./tab_parts.js")).makePartsTab(data) },
  { name: "session", make: async (data) => (await import("./tab_session.js")).makeSessionTab(data) },
];

/** Where a message has a conversation. @type {Tab} */
const THREAD = { name: "thread", make: async (data) => (await import("./tab_thread.js")).makeThreadTab(data) };

/**
 * @param {Check[]} checks
 * @returns {Badge | null} How many errors and warnings; notes are not counted.
 */
function badgeOf(checks) {
  const count = (/** @type {Check["Level"]} */ level) => checks.filter((check) => check.Level === level).length;
  const errors = count("error");
  const warnings = count("warning");
  return errors + warnings === 0
    ? null
    : {
        text: String(errors + warnings),
        label: [
          errors > 0 && say("tab.errors", { count: errors }),
          warnings > 0 && say("tab.warnings", { count: warnings }),
        ]
          .filter(Boolean)
          .join(", "),
        level: errors > 0 ? "error" : "warning",
      };
}

/** Not found, or not to be had. */
function printMissing() {
  return h(
    "div",
    { class: "mail-missing" },
    h("p", { class: "mail-problem", role: "alert" }, say("mail.gone")),
    h(
      "button",
      { type: "button", class: "primary", onclick: () => router.go({ id: null, query: "" }) },
      say("mail.toInbox"),
    ),
  );
}

/** `<mail-view>` shows the message whose ID is given to it by `mailId`; "" shows none. */
export class MailView extends HTMLElement {
  #id = "";
  #controller = new AbortController();
  /** @type {MailData | null} */
  #data = null;
  /** @type {Tab[]} Of this mail. */
  #tabs = [];
  /** What was chosen last; the next message begins with it, too. */
  #chosen = location.hash.slice(1);
  /** @type {Tabs | null} */
  #bar = null;
  #panel = h("div", { class: "tab-panel", id: "mail-panel" });
  #tools = h("div", { class: "tab-tools" });
  #toolbar;
  /** @type {HTMLAnchorElement | null} */
  #download = null;

  /** @param {HTMLElement} toolbar Where its buttons go that are for the whole message. */
  constructor(toolbar) {
    super();
    this.#toolbar = toolbar;
  }

  get mailId() {
    return this.#id;
  }

  set mailId(id) {
    if (id !== this.#id) {
      this.#id = id;
      this.#controller.abort();
      this.#controller = new AbortController();
      this.#data = null;
      void this.#load(this.#controller.signal);
    }
  }

  connectedCallback() {
    loadStyle("mail/mail.css");
    loadStyle("mail/tabs.css");
    this.#registerKeys();
    this.addEventListener("show-line", (event) => {
      const { detail } = /** @type {CustomEvent<{ tab: string, line: number }>} */ (event);
      if (this.#data) {
        this.#data.wanted = detail;
        this.#choose(detail.tab);
      }
    });
  }

  /** @param {AbortSignal} signal */
  async #load(signal) {
    if (this.#id === "") {
      this.replaceChildren();
      this.#toolbar.replaceChildren();
      return;
    }
    try {
      const mail = await readMail(this.#id, signal);
      this.#data = new MailData(mail, signal);
      this.#show(this.#data);
    } catch (error) {
      if (error instanceof ApiError && !signal.aborted) {
        const failed = () => say("mail.failed", { message: error.message });
        this.replaceChildren(
          error.status === 404 ? printMissing() : h("p", { class: "mail-problem", role: "alert" }, failed()),
        );
      }
    }
  }

  /** @param {MailData} data */
  #show(data) {
    this.#tabs = TABS.filter((tab) => tab.when?.(data.mail) ?? true);
    const bar = new Tabs(
      say("mail.tabs"),
      this.#panel,
      this.#tabs.map((tab) => ({
        id: `tab-${tab.name}`,
        content: [say(`tab.${tab.name}`)],
        badge: tab.count && { text: String(tab.count(data.mail)) },
      })),
      (index) => this.#choose(this.#tabs[index].name),
    );
    this.#bar = bar;
    const { link, menu } = makeDownloads(data);
    this.#download = link;
    const print = iconButton("print", say("mail.print"), () => this.#print());
    print.append(h("span", { class: "bar-word", "aria-hidden": "true" }, say("mail.print")));
    const thread = iconButton("talk", say("thread.open"), () => this.#choose("thread"), { disabled: true });
    thread.append(h("span", { class: "bar-word bar-wide", "aria-hidden": "true" }, say("tab.thread")));
    this.#toolbar.replaceChildren(thread, print, link, menu);
    this.replaceChildren(
      makeHead(data, {
        show: (name) => this.#choose(name),
        openFile: (file) => {
          data.wantedFile = file;
          this.#choose("files");
        },
      }),
      h("div", { class: "tab-row" }, bar.element, this.#tools),
      this.#panel,
    );
    const chosen = this.#tabs.some((tab) => tab.name === this.#chosen) ? this.#chosen : this.#tabs[0].name;
    void this.#showTab(chosen);
    data.checks().then(
      ({ Checks }) => bar.setBadge("tab-checks", badgeOf(Checks)),
      () => {},
    );
    void this.#findThread(data, bar, thread);
  }

  /**
   * @param {MailData} data
   * @param {Tabs} bar
   * @param {HTMLButtonElement} button
   */
  async #findThread(data, bar, button) {
    const page = await listMails(`thread:${data.mail.ID}`, 0, 1, data.signal).catch(() => null);
    if (!page || page.messages_count < 2 || this.#data !== data) {
      return;
    }
    this.#tabs.push(THREAD);
    bar.add({
      id: "tab-thread",
      content: [say("tab.thread")],
      badge: { text: String(page.messages_count) },
    });
    button.disabled = false;
    if (this.#chosen === THREAD.name) {
      await this.#showTab(THREAD.name);
    }
  }

  /** @param {string} name */
  #choose(name) {
    this.#chosen = name;
    history.replaceState(history.state, "", `#${name}`);
    void this.#showTab(name);
  }

  /** @param {string} name */
  async #showTab(name) {
    const data = this.#data;
    const tab = this.#tabs.find((one) => one.name === name);
    if (!data || !tab) {
      return;
    }
    this.#bar?.show(this.#tabs.indexOf(tab));
    this.#panel.dataset.tab = name;
    /** @type {HTMLElement | Made} */
    let made;
    try {
      made = await tab.make(data);
    } catch (error) {
      if (data.signal.aborted) {
        return;
      }
      made = h("p", { class: "mail-problem", role: "alert" }, say("mail.tabFailed", { message: String(error) }));
    }
    // By now another may have been chosen.
    if (this.#data === data && this.#panel.dataset.tab === name) {
      const { content, tools } = made instanceof HTMLElement ? { content: made, tools: [] } : made;
      this.#tools.replaceChildren(...tools);
      this.#panel.replaceChildren(content);
      content.dispatchEvent(new Event("shown"));
    }
  }

  /** @param {"code" | "link"} kind */
  async #copy(kind) {
    const code = bestCode((await this.#data?.codes()) ?? [], kind);
    if (code) {
      await copyAndSay(code.Value);
    } else {
      showToast(say(kind === "code" ? "mail.noCode" : "mail.noLink"));
    }
  }

  /** The HTML is printed by itself, with a heading; everything else as the page shows it. */
  #print() {
    if (this.#panel.dataset.tab !== "html" || !this.#data) {
      print();
      return;
    }
    const frame = h("iframe", {
      class: "hidden",
      title: say("mail.print"),
      "aria-hidden": "true",
      sandbox: "allow-same-origin allow-modals",
      src: this.#data.viewUrl({ print: 1 }),
      onload: () => frame.contentWindow?.print(),
    });
    this.querySelector("iframe.hidden")?.remove();
    this.append(frame);
  }

  #showThread() {
    if (this.#tabs.includes(THREAD)) {
      this.#choose(THREAD.name);
    } else {
      showToast(say("thread.none"));
    }
  }

  #registerKeys() {
    const group = "keys.group.mail";
    const when = () => this.#data !== null;
    const isHtml = () => this.#panel.dataset.tab === "html" && when();
    registerKeys(
      { keys: "c", text: "keys.code", group, when, run: () => void this.#copy("code") },
      { keys: "l", text: "keys.link", group, when, run: () => void this.#copy("link") },
      { keys: "v", text: "keys.thread", group, when, run: () => this.#showThread() },
      { keys: "]", text: "keys.nextTab", group, when, run: () => this.#bar?.step(1) },
      { keys: "[", text: "keys.previousTab", group, when, run: () => this.#bar?.step(-1) },
      {
        keys: "1, 2, 3, 4, 5, 6, 7, 8, 9",
        text: "keys.tabs",
        group,
        when,
        run: (event) => {
          const tab = this.#tabs[Number(event.key) - 1];
          if (tab) {
            this.#choose(tab.name);
          }
        },
      },
      {
        keys: "i",
        text: "keys.images",
        group,
        when: isHtml,
        run: () => this.#panel.firstElementChild?.dispatchEvent(new Event("allow-remote")),
      },
      { keys: "p", text: "keys.print", group, when, run: () => this.#print() },
      {
        keys: "d",
        text: "keys.download",
        group,
        when,
        run: () => this.#download?.click(),
      },
    );
  }
}

customElements.define("mail-view", MailView);
