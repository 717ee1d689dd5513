/**
 * The message as HTML, in a frame without scripts and without an origin, whose policy (the server sends it) lets nothing
 * be fetched unless it was allowed for this message.
 */

import { h, icon, iconButton, setAttribute } from "../core/dom.js";
import { openMenu } from "../core/menu.js";
import { say } from "../core/messages.js";
import { readSetting, writeSetting } from "../core/settings.js";
import { foldingChoice } from "./choice.js";

/** @import { MailData } from "./mail_data.js" */
/** @import { Remote } from "./types.js" */

/** Messages whose remote content was allowed, until the page is closed. */
const allowed = new Set();

/** @type {Record<string, number>} Pixels; others are as wide as there is room. */
const WIDTHS = { phone: 390, tablet: 820, desktop: 1280 };

/** What a frame of a message may do: open links in windows of their own. */
export const SANDBOX = "allow-popups allow-popups-to-escape-sandbox";

/**
 * @param {Remote[]} remote
 * @param {HTMLElement} anchor
 */
function openRemote(remote, anchor) {
  const kinds = Map.groupBy(remote, (one) => one.Kind);
  const dialog = h("dialog", { class: "menu remote-menu", "aria-label": say("html.remoteList") });
  dialog.append(
    h("p", { class: "faint" }, say("html.why")),
    ...[...kinds].flatMap(([kind, some]) => [
      h("h2", {}, say(`kind.${kind}`, { count: some.length })),
      h("ul", {}, ...some.map((one) => h("li", {}, one.URL))),
    ]),
  );
  openMenu(anchor, dialog);
}

class HtmlTab {
  #data;
  #remote;
  #look = readSetting("look", "light");
  #width = readSetting("width", "fit");
  #hasImages = true;
  #blocked = h("button", {
    type: "button",
    class: "remote-what",
    "aria-haspopup": "dialog",
    onclick: () => openRemote(this.#remote, this.#blocked),
  });
  #switch = h("button", {
    type: "button",
    class: "remote-switch",
    onclick: () => this.allow(!allowed.has(this.#data.mail.ID)),
  });
  #frame = h("iframe", { title: say("html.frame"), sandbox: SANDBOX, referrerpolicy: "no-referrer" });
  #stage = h("div", { class: "stage" }, this.#frame);
  #images = iconButton("image", say("html.images"), () => this.#toggleImages(), {
    class: "icon-button toggle-images",
    "aria-pressed": "true",
  });

  /**
   * @param {MailData} data
   * @param {Remote[]} remote
   */
  constructor(data, remote) {
    this.#data = data;
    this.#remote = remote;
    // Keys pressed in the frame are the frame's; when the pointer leaves it, they are the page's again.
    this.#frame.addEventListener("pointerleave", () => {
      if (document.activeElement === this.#frame) {
        this.#frame.blur();
      }
    });
    new ResizeObserver(() => this.#fit()).observe(this.#stage);
    this.#drawNotice();
    this.#load();
    this.#fit();
  }

  /** @returns {HTMLElement} */
  get element() {
    return h("div", { class: "html-tab" }, this.#stage);
  }

  /** @returns {HTMLElement[]} For the row of tabs. */
  get tools() {
    const widths = /** @type {const} */ (["phone", "tablet", "desktop"]);
    return [
      ...(this.#remote.length > 0 ? [h("div", { class: "remote" }, this.#blocked, this.#switch)] : []),
      ...foldingChoice(
        "html.width",
        [
          { value: "fit", text: "html.width.fit", icon: "expand" },
          ...widths.map((name) => ({ value: name, text: `html.width.${name}`, icon: name })),
          { value: "free", text: "html.width.free", icon: "stretch" },
        ],
        this.#width,
        (value) => {
          this.#width = value;
          writeSetting("width", value);
          this.#fit();
        },
      ),
      ...foldingChoice(
        "html.look",
        [
          { value: "light", text: "html.look.light", icon: "sun" },
          { value: "dark", text: "html.look.dark", icon: "moon" },
          { value: "forced", text: "html.look.forced", icon: "contrast" },
        ],
        this.#look,
        (value) => {
          this.#look = value;
          writeSetting("look", value);
          this.#load();
        },
      ),
      this.#images,
    ];
  }

  #toggleImages() {
    this.#hasImages = !this.#hasImages;
    setAttribute(this.#images, "aria-pressed", String(this.#hasImages));
    this.#load();
  }

  /** @param {boolean} isAllowed */
  allow(isAllowed) {
    allowed[isAllowed ? "add" : "delete"](this.#data.mail.ID);
    this.#drawNotice();
    this.#load();
  }

  #drawNotice() {
    const isAllowed = allowed.has(this.#data.mail.ID);
    const count = this.#remote.length;
    const isImages = this.#remote.every((one) => one.Kind === "image");
    const text = isAllowed ? say("html.allowed") : say(isImages ? "html.remoteImages" : "html.remote", { count });
    setAttribute(this.#blocked, "title", text);
    this.#blocked.replaceChildren(
      icon(isAllowed ? "check" : "blocked"),
      h("span", { class: "remote-text" }, text),
      h("span", { class: "remote-short" }, isAllowed ? say("html.allowedShort") : say("html.remoteShort", { count })),
    );
    const word = say(isAllowed ? "html.block" : "html.allow");
    setAttribute(this.#switch, "aria-label", say(isAllowed ? "html.blockLabel" : "html.allowLabel"));
    this.#switch.replaceChildren(word);
  }

  #load() {
    this.#frame.dataset.look = this.#look;
    const url = this.#data.viewUrl({
      frame: 1,
      remote: allowed.has(this.#data.mail.ID) ? 1 : undefined,
      bare: this.#hasImages ? undefined : 1,
      dark: this.#look === "forced" ? 1 : undefined,
    });
    // Setting it, be it to what it is, loads the message again.
    if (url !== this.#frame.src) {
      this.#frame.src = url;
    }
  }

  /** A width beyond the room there is, is shown smaller. */
  #fit() {
    const width = WIDTHS[this.#width];
    const room = this.#stage.clientWidth;
    this.#stage.dataset.width = this.#width;
    this.#frame.style.setProperty("--width", width ? `${width}px` : "100%");
    this.#frame.style.setProperty("--scale", String(width && room > 0 ? Math.min(1, room / width) : 1));
  }
}

/**
 * The tab, and what the key for remote content does.
 *
 * @param {MailData} data
 */
export async function makeHtmlTab(data) {
  const tab = new HtmlTab(data, await data.remote());
  const { element } = tab;
  element.addEventListener("allow-remote", () => tab.allow(true));
  return { content: element, tools: tab.tools };
}
