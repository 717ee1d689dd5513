/** What receivers and readers would object to: a summary, and below it what it is made of. */

import { h, loadStyle } from "../core/dom.js";
import { formatNumber } from "../core/format.js";
import { say } from "../core/messages.js";
import { printAuthentication, verdictOf } from "./authentication.js";
import "./checks_texts.js";
import { printPercent, printSupport } from "./client_support.js";
import { countLevels, printFindings } from "./findings.js";
import { makeLinks } from "./link_check.js";
import { outerLink } from "./linkify.js";
import { makeSpamCheck } from "./spam_check.js";

/** @import { Child } from "../core/dom.js" */
/** @import { MailData } from "./mail_data.js" */
/** @import { Check } from "./types.js" */

/** Of a number, by colour. @typedef {"good" | "info" | "warning" | "error"} Look */

class Summary {
  element = h("div", { class: "tiles", role: "group", "aria-label": say("checks.summary") });

  /**
   * A tile, and the section that it leads to.
   *
   * @param {string} name Of its title, in the table of texts.
   * @param {(say: (text: string, look?: Look) => void) => Child[]} make The section's content; says what the tile shows.
   * @returns {HTMLElement}
   */
  add(name, make) {
    const heading = h("h2", { tabindex: -1 }, say(name));
    const value = h("strong", {});
    const tile = h(
      "button",
      {
        type: "button",
        class: "tile",
        onclick: () => {
          heading.focus({ preventScroll: true });
          section.scrollIntoView({ block: "start" });
        },
      },
      h("span", {}, say(name)),
      value,
    );
    const tell = (/** @type {string} */ text, /** @type {Look} */ look = "info") => {
      value.textContent = text;
      tile.dataset.look = look;
    };
    const section = h("section", {}, heading, ...make(tell));
    this.element.append(tile);
    return section;
  }
}

/** @param {Check[]} checks */
const worstOf = (checks) =>
  /** @type {const} */ (["error", "warning"]).find((level) => checks.some(({ Level }) => Level === level)) ?? "good";

/** @param {number} percent */
const lookOf = (percent) => (percent >= 95 ? "good" : percent >= 80 ? "warning" : "error");

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
    loadStyle("mail/checks.css"),
  ]);
  const ofSender = Checks.filter(({ Group }) => Group === "authentication");
  const others = Checks.filter(({ Group }) => Group !== "authentication");
  const counted = others.filter(({ Level }) => Level !== "info");
  const summary = new Summary();
  const findings = summary.add("checks.found", (tell) => {
    tell(counted.length === 0 ? say("checks.clean") : countLevels(counted), worstOf(others));
    return printFindings(others);
  });
  const clients =
    support &&
    summary.add("check.support", (tell) =>
      printSupport(support, (share) => tell(printPercent(share), lookOf(share.yes))),
    );
  const leads = summary.add("check.links", (tell) => {
    tell(formatNumber(links.length));
    return makeLinks(data, links, settings, (bad) =>
      bad === 0
        ? tell(say("check.allWork", { count: links.length }), "good")
        : tell(say("check.someFail", { count: bad }), "error"),
    );
  });
  const sender = summary.add("auth.title", (tell) => {
    const { text, look } = verdictOf(Authentication);
    tell(text, look);
    return printAuthentication(Authentication, ofSender);
  });
  return h(
    "div",
    { class: "checks-tab" },
    summary.element,
    findings,
    clients,
    leads,
    ListUnsubscribe.Links.length > 0 && printUnsubscribe(ListUnsubscribe.Links),
    sender,
    makeSpamCheck(data, settings.SpamAssassin),
  );
}
