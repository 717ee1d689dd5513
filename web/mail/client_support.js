/** Which mail programs do not support the HTML and CSS of a message, by the data of caniemail.com. */

import { h, icon } from "../core/dom.js";
import { formatNumber } from "../core/format.js";
import { say } from "../core/messages.js";
import { readSetting, writeSetting } from "../core/settings.js";
import { printLocation } from "./find_line.js";
import { linkify, outerLink } from "./linkify.js";

/** @import { HtmlCheck, Support, Warning } from "./types.js" */

/** What platforms can be left out by. */
const KINDS = /** @type {const} */ (["desktop", "mobile", "web"]);

/** @typedef {typeof KINDS[number]} Kind */

/** @type {Record<string, Kind>} Others, which later data may have, are on the web. */
const KIND_OF = {
  "desktop-app": "desktop",
  windows: "desktop",
  "windows-mail": "desktop",
  macos: "desktop",
  ios: "mobile",
  android: "mobile",
};

/** @param {Support} result */
const kindOf = (result) => KIND_OF[result.Platform] ?? "web";

/** Named at a glance; all are in the details. */
const FAMILIES_MAX = 4;

/** @typedef {{ yes: number, partial: number, no: number }} Share Percentages. */

/**
 * @param {Support[]} results
 * @returns {Share}
 */
function shareOf(results) {
  const of = (/** @type {string} */ support) =>
    (100 * results.filter((result) => result.Support === support).length) / Math.max(results.length, 1);
  return { yes: of("yes"), partial: of("partial"), no: of("no") };
}

/**
 * The worst of all features, weighed by how much of the HTML each is, as the server has it for all platforms.
 *
 * @param {HtmlCheck} check
 * @param {ReadonlySet<Kind>} kinds
 * @returns {Share}
 */
function totalOf({ Warnings, Total }, kinds) {
  let partial = 0;
  let no = 0;
  for (const { Results, Score } of Warnings) {
    const share = shareOf(Results.filter((result) => kinds.has(kindOf(result))));
    const weight = Math.min(1, Score.Found / Math.max(Total.Nodes, 1));
    partial = Math.max(partial, share.partial * weight);
    no = Math.max(no, share.no * weight);
  }
  return { yes: Math.max(0, 100 - partial - no), partial, no };
}

/** @returns {Set<Kind>} */
function chosenKinds() {
  const chosen = readSetting("platforms", /** @type {Kind[]} */ ([...KINDS]));
  return new Set(KINDS.filter((kind) => chosen.includes(kind)));
}

/** @param {Share} share */
function printShare(share) {
  const parts = /** @type {const} */ (["yes", "partial", "no"]).map((name) => {
    const element = h("span", { class: `share-${name}` });
    element.style.setProperty("--share", `${share[name]}%`);
    return element;
  });
  return h("span", { class: "share", "aria-hidden": "true" }, ...parts);
}

/**
 * @param {Support[]} results Of one family, which lack something.
 * @param {HtmlCheck} check
 */
function printVersions(results, { PlatformNames }) {
  const platforms = Map.groupBy(results, (result) => result.Platform);
  return [...platforms].map(([platform, some]) =>
    h(
      "li",
      {},
      `${PlatformNames[platform] ?? platform}: `,
      some
        .map(({ Version, Support, NoteNumber }) => {
          const note = NoteNumber === "" ? "" : ` (${NoteNumber})`;
          return `${Version} ${say(`support.${Support}`)}${note}`;
        })
        .join(", "),
    ),
  );
}

/**
 * @param {Warning} warning
 * @param {Support[]} missing
 * @param {HtmlCheck} check
 */
function printDetails(warning, missing, check) {
  const families = Map.groupBy(missing, (result) => result.Family);
  const notes = Object.entries(warning.NotesByNumber);
  return h(
    "div",
    { class: "feature-details" },
    h("p", {}, outerLink(warning.URL, say("support.more", { feature: warning.Title }))),
    ...[...families].map(([family, results]) =>
      h("div", {}, h("h3", {}, check.FamilyNames[family] ?? family), h("ul", {}, ...printVersions(results, check))),
    ),
    notes.length > 0 &&
      h(
        "div",
        {},
        h("h3", {}, say("support.notes")),
        h("ol", { class: "notes" }, ...notes.map(([n, text]) => h("li", { value: Number(n) }, ...linkify(text)))),
      ),
  );
}

/** @param {string[]} families */
function printFamilies(families) {
  const more = families.length - FAMILIES_MAX;
  const some = families.slice(0, FAMILIES_MAX).join(", ");
  return more > 0 ? `${some} ${say("few.more", { count: more })}` : some;
}

/**
 * @param {Warning} warning
 * @param {HtmlCheck} check
 * @param {ReadonlySet<Kind>} kinds
 * @returns {HTMLElement | null} Nothing where all that are looked at support it.
 */
function printFeature(warning, check, kinds) {
  const results = warning.Results.filter((result) => kinds.has(kindOf(result)));
  const order = Object.keys(check.FamilyNames);
  const missing = results
    .filter((result) => result.Support !== "yes")
    .toSorted((a, b) => order.indexOf(a.Family) - order.indexOf(b.Family));
  if (missing.length === 0) {
    return null;
  }
  const share = shareOf(results);
  const families = [...new Set(missing.map((result) => check.FamilyNames[result.Family] ?? result.Family))];
  const details = h(
    "details",
    { class: "feature" },
    h(
      "summary",
      {},
      icon("next"),
      h("span", { class: "feature-name" }, warning.Title),
      h("span", { class: "faint" }, say("support.found", { count: warning.Score.Found })),
      h(
        "span",
        { class: "feature-share" },
        printShare(share),
        " ",
        say("check.percent", { percent: Math.round(share.yes) }),
      ),
      h("span", { class: "families" }, printFamilies(families)),
    ),
  );
  details.addEventListener("toggle", () => details.append(printDetails(warning, missing, check)), { once: true });
  return h("li", {}, details, printLocation(warning.Location));
}

/**
 * @param {HtmlCheck} check
 * @param {(share: Share) => void} onchange Told of the platforms' share at once and whenever others are chosen.
 */
export function printSupport(check, onchange) {
  const kinds = chosenKinds();
  const body = h("div", { "aria-live": "polite" });
  const draw = () => {
    const share = totalOf(check, kinds);
    const features = check.Warnings.map((warning) => printFeature(warning, check, kinds)).filter((row) => row !== null);
    const round = { yes: Math.round(share.yes), partial: Math.round(share.partial), no: Math.round(share.no) };
    body.replaceChildren(
      printShare(share),
      h("p", { class: "faint" }, features.length > 0 ? say("check.supportOf", round) : say("check.supported")),
      h("ul", { class: "features" }, ...features),
    );
    onchange(share);
  };
  const toggles = KINDS.map((kind) =>
    h(
      "button",
      {
        type: "button",
        class: "toggle",
        "aria-pressed": String(kinds.has(kind)),
        onclick: (/** @type {Event} */ event) => {
          if (kinds.has(kind)) {
            kinds.delete(kind);
          } else {
            kinds.add(kind);
          }
          /** @type {HTMLElement} */ (event.currentTarget).setAttribute("aria-pressed", String(kinds.has(kind)));
          writeSetting("platforms", [...kinds]);
          draw();
        },
      },
      say(`platform.${kind}`),
    ),
  );
  draw();
  return [
    h("div", { class: "tab-bar", role: "group", "aria-label": say("platform.label") }, ...toggles),
    body,
    h("p", { class: "faint" }, say("check.by"), " ", outerLink("https://www.caniemail.com/", "caniemail.com"), "."),
  ];
}

/** @param {Share} share */
export const printPercent = (share) => `${formatNumber(Math.round(share.yes))} %`;
