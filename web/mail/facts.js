/** Names and values, beside each other as far as there is room. */

import { h } from "../core/dom.js";
import { say } from "../core/messages.js";

/**
 * @param {[name: string, value: string][]} facts The names are in the table of texts; what has no value is left out.
 * @returns {HTMLElement}
 */
export function printFacts(facts) {
  const there = facts.filter(([, value]) => value !== "");
  return h(
    "dl",
    { class: "facts" },
    ...there.map(([name, value]) => h("div", {}, h("dt", {}, say(name)), h("dd", { dir: "auto" }, value))),
  );
}
