/** Between the list and the message: dragged, or moved by the arrows; where it is, the browser remembers. */

import { setAttribute } from "../core/dom.js";
import { addTexts, say } from "../core/messages.js";
import { readSetting, writeSetting } from "../core/settings.js";

addTexts({ "splitter.label": "Width of the list" });

/** In percent of both; the style sheet leaves room for each. */
const MIN = 20;
const MAX = 70;
const STEP = 2;

/** `<pane-splitter>` sets --list-share on its parent, and gives an event `list` when the list is to be hidden or shown. */
export class PaneSplitter extends HTMLElement {
  connectedCallback() {
    setAttribute(this, "role", "separator");
    setAttribute(this, "tabindex", 0);
    setAttribute(this, "aria-orientation", "vertical");
    setAttribute(this, "aria-label", say("splitter.label"));
    setAttribute(this, "aria-valuemin", MIN);
    setAttribute(this, "aria-valuemax", MAX);
    this.addEventListener("pointerdown", (event) => this.setPointerCapture(event.pointerId));
    this.addEventListener("pointermove", (event) => this.#dragged(event));
    this.addEventListener("keydown", (event) => this.#keydown(event));
    this.addEventListener("dblclick", () => this.#move(null));
    this.#move(readSetting("listShare", /** @type {number | null} */ (null)));
    new ResizeObserver(() => this.#tell()).observe(this.#list);
  }

  get #parent() {
    return /** @type {HTMLElement} */ (this.parentElement);
  }

  get #list() {
    return /** @type {HTMLElement} */ (this.previousElementSibling);
  }

  /** @returns {number} Where it is, in percent. */
  get #share() {
    return (this.#list.offsetWidth / this.#parent.clientWidth) * 100;
  }

  /** @param {number | null} share In percent; null: as wide as is usual. */
  #move(share) {
    const kept = share === null ? null : Math.min(Math.max(share, MIN), MAX);
    this.#parent.style.setProperty("--list-share", kept === null ? null : `${kept}%`);
    writeSetting("listShare", kept);
  }

  #tell() {
    if (this.#list.offsetWidth > 0) {
      setAttribute(this, "aria-valuenow", Math.min(Math.max(Math.round(this.#share), MIN), MAX));
    }
  }

  /** @param {PointerEvent} event */
  #dragged(event) {
    if (this.hasPointerCapture(event.pointerId)) {
      const { left, width } = this.#parent.getBoundingClientRect();
      this.#move(((event.clientX - left) / width) * 100);
    }
  }

  /** @param {KeyboardEvent} event */
  #keydown(event) {
    /** @type {Record<string, () => void>} */
    const keys = {
      ArrowLeft: () => this.#move(this.#share - STEP),
      ArrowRight: () => this.#move(this.#share + STEP),
      Home: () => this.#move(MIN),
      End: () => this.#move(MAX),
      Enter: () => this.dispatchEvent(new Event("list")),
    };
    if (keys[event.key] && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      keys[event.key]();
    }
  }
}

customElements.define("pane-splitter", PaneSplitter);
