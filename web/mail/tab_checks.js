/** What receivers and readers would object to; who it is from; how mail programs show its HTML; where its links lead. */

import { h, icon } from "../core/dom.js";
import { formatNumber } from "../core/format.js";
import { say } from "../core/messages.js";
import { printAuthentication } from "./authentication.js";
import { makeLinks } from "./link_check.js";
import { outerLink } from "./linkify.js";
import { makeSpamCheck } from "./spam_check.js";
import { printTable } from "./table.js";

/** @import { IconName } from "../core/dom.js" */
/** @import { MailData } from "./mail_data.js" */
/** @import { Check, HtmlCheck, Warning } from "./types.js" */

/** @type {Record<Check["Level"], IconName>} */
const ICONS = { error: "close", warning: "alert", info: "info" };

/** The worst first. */
const LEVELS = /** @type {const} */ (["error", "warning", "info"]);

/** @param {Check} check */
function printCheck(check) {
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
      check.Detail !== "" && h("div", { class: "check-detail", dir: "auto" }, check.Detail),
    ),
    h("span", { class: "source" }, check.Source),
  );
}

/** @param {Check[]} checks */
function printChecks(checks) {
  const count = (/** @type {Check["Level"]} */ level) => checks.filter((check) => check.Level === level).length;
  const groups = Map.groupBy(checks, (check) => check.Group);
  const worst = (/** @type {Check[]} */ group) =>
    group.toSorted((a, b) => LEVELS.indexOf(a.Level) - LEVELS.indexOf(b.Level));
  return h(
    "section",
    {},
    h("h2", {}, say("checks.found")),
    h(
      "p",
      { class: "faint" },
      checks.length === 0
        ? say("checks.none")
        : say("checks.counts", { errors: count("error"), warnings: count("warning"), infos: count("info") }),
    ),
    ...[...groups].map(([group, some]) =>
      h(
        "section",
        {},
        h("h3", {}, say(`checks.${group}`)),
        h("ul", { class: "checks" }, ...worst(some).map((check) => printCheck(check))),
      ),
    ),
  );
}

/** @param {{ Supported: number, Partial: number, Unsupported: number }} score */
function printScore(score) {
  const part = (/** @type {"Supported" | "Partial" | "Unsupported"} */ name) => {
    const element = h("span", { class: `score-${name.toLowerCase()}` });
    element.style.setProperty("--share", `${score[name]}%`);
    return element;
  };
  return h("span", { class: "score", "aria-hidden": "true" }, part("Supported"), part("Partial"), part("Unsupported"));
}

/** @param {Warning} warning */
function printWarning(warning) {
  const missing = warning.Results.filter((result) => result.Support !== "yes");
  const names = [...new Set(missing.map((result) => result.Name.replace(/ \([^()]*\)$/, "")))];
  return h(
    "tr",
    {},
    h("td", {}, outerLink(warning.URL, warning.Title)),
    h("td", { class: "number" }, formatNumber(warning.Score.Found)),
    h("td", {}, printScore(warning.Score), " ", say("check.percent", { percent: Math.round(warning.Score.Supported) })),
    h("td", { class: "missing" }, names.join(", ")),
  );
}

/** @param {HtmlCheck} check */
function printSupport({ Warnings, Total }) {
  const round = {
    supported: Math.round(Total.Supported),
    partial: Math.round(Total.Partial),
    unsupported: Math.round(Total.Unsupported),
  };
  const columns = ["check.feature", "check.found", "check.shown", "check.missing"];
  const rows = Warnings.map((warning) => printWarning(warning));
  return h(
    "section",
    {},
    h("h2", {}, say("check.support")),
    printScore(Total),
    h(
      "p",
      { class: "faint" },
      rows.length > 0 ? say("check.supportOf", round) : say("check.supported"),
      " ",
      say("check.by"),
    ),
    rows.length > 0 && printTable(say("check.support"), columns, rows, "support"),
  );
}

/** @param {string[]} links */
function printUnsubscribe(links) {
  return h(
    "section",
    {},
    h("h2", {}, say("check.unsubscribe")),
    h("ul", { class: "links" }, ...links.map((link) => h("li", {}, h("span", { class: "link-url" }, outerLink(link))))),
  );
}

/** @param {MailData} data */
export async function makeChecksTab(data) {
  const { HTML, ListUnsubscribe } = data.mail;
  const [{ Checks, Authentication }, support, links, settings] = await Promise.all([
    data.checks(),
    HTML === "" ? null : data.htmlCheck(),
    data.links(),
    data.settings(),
  ]);
  return h(
    "div",
    { class: "checks-tab" },
    printChecks(Checks),
    printAuthentication(Authentication),
    ListUnsubscribe.Links.length > 0 && printUnsubscribe(ListUnsubscribe.Links),
    support && printSupport(support),
    makeLinks(data, links, settings.FetchLinks),
    makeSpamCheck(data, settings.SpamAssassin),
  );
}
