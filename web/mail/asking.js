/** What is asked of others about a message, when somebody wants to know. */

import { ApiError } from "../core/api.js";
import { h } from "../core/dom.js";

/** @import { Child } from "../core/dom.js" */

/**
 * A button that asks, each time again, and where it says what came of it.
 *
 * @param {AbortSignal} signal When the mail is left: then nobody wants to know any more.
 * @param {string} label
 * @param {string} busy Said until the answer is there.
 * @param {() => Promise<Child[]>} read What to show of the answer.
 * @returns {[HTMLButtonElement, HTMLElement]}
 */
export function makeAsking(signal, label, busy, read) {
  const result = h("div", { "aria-live": "polite" });
  const button = h("button", { type: "button", onclick: () => void ask() }, label);

  /** @param {...Child} children */
  const show = (...children) => result.replaceChildren(h("div", {}, ...children));

  async function ask() {
    button.disabled = true;
    show(h("p", { class: "faint" }, busy));
    try {
      show(...(await read()));
    } catch (error) {
      if (signal.aborted) {
        return;
      }
      if (!(error instanceof ApiError)) {
        throw error;
      }
      show(h("p", { class: "problem" }, error.message));
    } finally {
      button.disabled = false;
    }
  }

  return [button, result];
}
