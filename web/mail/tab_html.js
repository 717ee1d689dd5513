/**
 * The mail as HTML, in a frame without scripts and without an origin, whose policy (the server sends it) lets nothing
 * be fetched unless it was allowed for this mail.
 */

import { h, setAttribute } from "../core/dom.js";
import { say } from "../core/messages.js";
import { readSetting, writeSetting } from "../core/settings.js";
import { choice } from "./choice.js";

/** @import { MailData } from "./mail_data.js" */
/** @import { Remote } from "./types.js" */

/** Mails whose remote content was allowed; until the page goes. */
const allowed = new Set();

/** @type {Record<string, number>} Pixels; others are as wide as there is room. */
const WIDTHS = { phone: 390, tablet: 820, desktop: 1280 };

const SANDBOX = "allow-popups allow-popups-to-escape-sandbox";

/** @param {Remote[]} remote */
function printKinds(remote) {
  const kinds = Map.groupBy(remote, (one) => one.Kind);
  return h(
    "details",
    { class: "remote-list" },
    h("summary", {}, [...kinds].map(([kind, some]) => say(`kind.${kind}`, { count: some.length })).join(", ")),
    h("ul", {}, ...remote.map((one) => h("li", {}, one.URL))),
  );
}

class HtmlTab {
  #data;
  #remote;
  #look = readSetting("look", "light");
  #width = readSetting("width", "fit");
  #hasImages = true;
  #notice = h("div", { class: "remote" });
  #frame = h("iframe", { title: say("html.frame"), sandbox: SANDBOX, referrerpolicy: "no-referrer" });
  #stage = h("div", { class: "stage" }, this.#frame);
  #images = h(
    "button",
    {
      type: "button",
      class: "toggle",
      "aria-pressed": "true",
      onclick: () => {
        this.#hasImages = !this.#hasImages;
        setAttribute(this.#images, "aria-pressed", String(this.#hasImages));
        this.#load();
      },
    },
    say("html.images"),
  );

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
    const widths = /** @type {const} */ (["phone", "tablet", "desktop"]);
    return h(
      "div",
      { class: "html-tab" },
      this.#notice,
      h(
        "div",
        { class: "tab-bar" },
        choice(
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
        choice(
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
      ),
      this.#stage,
    );
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
    this.#notice.hidden = count === 0;
    this.#notice.replaceChildren(
      h("span", {}, isAllowed ? say("html.allowed") : say("html.remote", { count })),
      h(
        "button",
        { type: "button", class: "remote-switch", onclick: () => this.allow(!isAllowed) },
        say(isAllowed ? "html.block" : "html.allow"),
      ),
      printKinds(this.#remote),
    );
  }

  #load() {
    this.#frame.dataset.look = this.#look;
    const url = this.#data.viewUrl({
      frame: 1,
      remote: allowed.has(this.#data.mail.ID) ? 1 : undefined,
      bare: this.#hasImages ? undefined : 1,
      dark: this.#look === "forced" ? 1 : undefined,
    });
    // Setting it, be it to what it is, loads the mail again.
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
  return element;
}
