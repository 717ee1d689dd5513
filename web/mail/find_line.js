/** From a finding to the line that causes it. */

import { h } from "../core/dom.js";
import { say } from "../core/messages.js";

/** @import { Location } from "./types.js" */

/** Which tab shows what a location is in. */
const TABS = /** @type {const} */ ({ html: "source", raw: "raw" });

/**
 * A button with the line, which opens it in its source.
 *
 * @param {Location | null} location
 * @returns {HTMLElement | null}
 */
export function printLocation(location) {
  if (!location) {
    return null;
  }
  const { In, Line, Text } = location;
  const button = h(
    "button",
    {
      type: "button",
      class: "link line-link",
      onclick: () => {
        const detail = { tab: TABS[In], line: Line };
        button.dispatchEvent(new CustomEvent("show-line", { bubbles: true, detail }));
      },
    },
    say(`line.${In}`, { line: Line }),
  );
  return h("div", { class: "check-line" }, button, h("code", { dir: "ltr", title: Text }, Text));
}
