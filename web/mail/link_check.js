/** The links of a message, and whether they lead somewhere, when somebody wants to know. */

import { h } from "../core/dom.js";
import { say } from "../core/messages.js";
import { makeAsking } from "./asking.js";
import { outerLink } from "./linkify.js";

/** @import { MailData } from "./mail_data.js" */
/** @import { CheckedLink, Link, Settings } from "./types.js" */

/** @param {CheckedLink} link */
function kindOf({ StatusCode, Status }) {
  if (StatusCode === 0 && Status.startsWith("not fetched: ")) {
    return "left";
  }
  return StatusCode > 0 && StatusCode < 400 ? "good" : "bad";
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
 * @param {boolean} mustConsent Whether the server requests links only when a request says that somebody wants it.
 * @param {(links: CheckedLink[]) => void} show
 */
function makeCheck(data, count, mustConsent, show) {
  const follow = makeSwitch(say("check.follow"), true);
  const unsubscribe = makeSwitch(say("check.unsubscribeToo"), false);
  const label = say(mustConsent ? "check.allowOnce" : "check.ask", { count });
  const [button, result] = makeAsking(data.signal, label, say("check.asking"), async () => {
    const links = await data.checkLinks({
      follow: follow.box.checked,
      unsubscribe: unsubscribe.box.checked,
      consent: mustConsent || undefined,
    });
    const of = (/** @type {string} */ kind) => links.filter((link) => kindOf(link) === kind).length;
    show(links);
    const counts = { good: of("good"), bad: of("bad"), left: of("left") };
    return [h("p", { class: "faint" }, say("check.asked", counts))];
  });
  return h(
    "div",
    { class: "link-check" },
    h("p", { class: "faint" }, say("check.mayDo"), mustConsent && ` ${say("check.public")}`),
    h("div", { class: "link-switches" }, button, follow.element, unsubscribe.element),
    result,
  );
}

/**
 * @param {MailData} data
 * @param {Link[]} links
 * @param {Settings} settings
 * @param {(bad: number) => void} onchecked Told how many fail.
 */
export function makeLinks(data, links, { FetchLinks }, onchecked) {
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
    onchecked(checked.filter((link) => kindOf(link) === "bad").length);
  }

  return [
    links.length === 0 ? h("p", { class: "faint" }, say("check.noLinks")) : h("ul", { class: "links" }, ...items),
    count > 0 &&
      (FetchLinks === "off"
        ? h("p", { class: "faint" }, say("check.off"))
        : makeCheck(data, count, FetchLinks === "ask", show)),
  ];
}
