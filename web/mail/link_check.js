/** The links of a mail, and whether they lead somewhere, when somebody wants to know. */

import { ApiError } from "../core/api.js";
import { h } from "../core/dom.js";
import { say } from "../core/messages.js";
import { outerLink } from "./linkify.js";

/** @import { MailData } from "./mail_data.js" */
/** @import { CheckedLink, Link, Settings } from "./types.js" */

/** @param {CheckedLink} link */
function wasAsked({ StatusCode, Status }) {
  return StatusCode !== 0 || !Status.startsWith("not fetched: ");
}

/** @param {CheckedLink} link */
function isGood({ StatusCode }) {
  return StatusCode > 0 && StatusCode < 400;
}

/** @param {CheckedLink} link */
function kindOf(link) {
  if (!wasAsked(link)) {
    return "left";
  }
  return isGood(link) ? "good" : "bad";
}

/**
 * @param {string} label
 * @param {boolean} checked
 */
function makeSwitch(label, checked) {
  const box = h("input", { type: "checkbox", checked });
  return { box, element: h("label", {}, box, " ", label) };
}

/**
 * What asks, and says in general what came of it.
 *
 * @param {MailData} data
 * @param {number} count
 * @param {(links: CheckedLink[]) => void} show
 */
function makeAsking(data, count, show) {
  const follow = makeSwitch(say("check.follow"), true);
  const unsubscribe = makeSwitch(say("check.unsubscribeToo"), false);
  const summary = h("p", { "aria-live": "polite" });
  const text = count === 1 ? say("check.askLink") : say("check.askLinks", { count });
  const button = h("button", { type: "button", onclick: () => void ask() }, text);

  async function ask() {
    button.disabled = true;
    summary.className = "faint";
    summary.textContent = say("check.asking");
    try {
      const links = await data.checkLinks({ follow: follow.box.checked, unsubscribe: unsubscribe.box.checked });
      const of = (/** @type {string} */ kind) => links.filter((link) => kindOf(link) === kind).length;
      show(links);
      summary.textContent = say("check.asked", { good: of("good"), bad: of("bad"), left: of("left") });
    } catch (error) {
      if (!(error instanceof ApiError)) {
        throw error;
      }
      summary.className = "problem";
      summary.textContent = error.message;
    } finally {
      button.disabled = false;
    }
  }

  return h(
    "div",
    { class: "link-check" },
    h("p", { class: "faint" }, say("check.mayDo")),
    h("div", { class: "link-switches" }, button, follow.element, unsubscribe.element),
    summary,
  );
}

/**
 * @param {MailData} data
 * @param {Link[]} links
 * @param {Settings["FetchLinks"]} reach
 */
export function makeLinks(data, links, reach) {
  /** @type {Map<string, HTMLElement>} By URL. */
  const results = new Map();
  const items = links.map((link) => {
    const result = h("span", { class: "link-result" });
    results.set(link.URL, result);
    return h(
      "li",
      {},
      h("span", { class: "source" }, say(`link.${link.Kind}`)),
      h("span", { class: "link-url" }, outerLink(link.URL)),
      link.Text !== link.URL && h("span", { class: "faint", dir: "auto" }, link.Text),
      result,
    );
  });
  const count = links.filter((link) => !link.URL.toLowerCase().startsWith("mailto:")).length;

  /** @param {CheckedLink[]} checked */
  function show(checked) {
    for (const link of checked) {
      const result = results.get(link.URL);
      if (result) {
        result.className = `link-result link-${kindOf(link)}`;
        result.textContent = link.StatusCode > 0 ? `${link.StatusCode} ${link.Status}` : link.Status;
      }
    }
  }

  return h(
    "section",
    {},
    h("h2", {}, say("check.links")),
    links.length === 0 ? h("p", { class: "faint" }, say("check.noLinks")) : h("ul", { class: "links" }, ...items),
    count > 0 && (reach === "off" ? h("p", { class: "faint" }, say("check.off")) : makeAsking(data, count, show)),
  );
}
