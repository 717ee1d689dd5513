/** Findings in groups, the worst first. */

import { h, icon } from "../core/dom.js";
import { say } from "../core/messages.js";
import { printLocation } from "./find_line.js";
import { printSource } from "./sources.js";

/** @import { IconName } from "../core/dom.js" */
/** @import { Check } from "./types.js" */

/** @type {Record<Check["Level"], IconName>} */
const ICONS = { error: "close", warning: "alert", info: "info" };

/** The worst first. */
const LEVELS = /** @type {const} */ (["error", "warning", "info"]);

/** So much of a line is seen on most screens; what is after it is not. */
const LINE_SEEN = 60;

/**
 * The line of a finding says what its example says, if that is seen.
 *
 * @param {Check} check
 */
function isSeenInLine({ Detail, Location }) {
  return Location?.Text.slice(0, LINE_SEEN).includes(Detail) ?? false;
}

/** @param {Check} check */
function printFinding(check) {
  const hasDetail = check.Detail !== "" && !isSeenInLine(check);
  return h(
    "li",
    { class: `check check-${check.Level}` },
    h(
      "span",
      { class: "check-level", role: "img", "aria-label": say(`level.${check.Level}`) },
      icon(ICONS[check.Level]),
    ),
    h(
      "div",
      {},
      h("div", { class: "check-text" }, check.Text),
      hasDetail && h("div", { class: "check-detail", dir: "auto" }, check.Detail),
    ),
    printSource(check.Source),
    printLocation(check.Location),
  );
}

/** @param {Check[]} checks */
export function printList(checks) {
  const sorted = checks.toSorted((a, b) => LEVELS.indexOf(a.Level) - LEVELS.indexOf(b.Level));
  return h("ul", { class: "checks" }, ...sorted.map((check) => printFinding(check)));
}

/**
 * "2 errors, 1 warning, 3 notes"; what there is none of is left out.
 *
 * @param {Check[]} checks
 */
export function countLevels(checks) {
  return LEVELS.map((level) => ({ level, count: checks.filter((check) => check.Level === level).length }))
    .filter(({ count }) => count > 0)
    .map(({ level, count }) => say(`checks.${level}s`, { count }))
    .join(", ");
}

/** @param {Check[]} checks */
export function printFindings(checks) {
  const groups = Map.groupBy(checks, (check) => check.Group);
  return [
    checks.length === 0 && h("p", { class: "faint" }, say("checks.none")),
    ...[...groups].map(([group, some]) =>
      h("section", {}, h("h3", {}, say(`checks.${group}`), " ", h("small", {}, countLevels(some))), printList(some)),
    ),
  ];
}
