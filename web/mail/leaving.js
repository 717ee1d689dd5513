/** How the list of a mail is left, as its head says, and what mail programs would stumble over in that. */

import { h, icon, iconButton } from "../core/dom.js";
import { say } from "../core/messages.js";
import { copyAndSay } from "./copy.js";
import { outerLink, printAddress } from "./linkify.js";

/** @import { Message } from "../core/types.js" */
/** @import { MailData } from "./mail_data.js" */
/** @import { Check } from "./types.js" */

/** A mail may have a hundred; the checks show them all. */
const LINKS_MAX = 4;

/** Checks in a few words. */
const SHORT = new Map([
  ["unsubscribe-form", "leaving.form"],
  ["no-one-click", "leaving.notOneClick"],
  ["one-click-unsigned", "leaving.unsigned"],
]);

/** @param {string} link */
function printLink(link) {
  return h(
    "span",
    { class: "leaving-link" },
    h("bdi", { class: "leaving-address", title: printAddress(link) }, outerLink(link)),
    iconButton("copy", say("leaving.copy"), () => void copyAndSay(link)),
  );
}

/** @param {Message["ListUnsubscribe"]} header What RFC 8058 3.1 wants of it. */
function takesOneClick({ HeaderPost, Links }) {
  return HeaderPost === "List-Unsubscribe=One-Click" && Links.some((link) => /^https:/i.test(link));
}

/**
 * @param {Check[]} checks
 * @param {() => void} showChecks
 */
function printProblems(checks, showChecks) {
  return checks
    .filter((check) => SHORT.has(check.Name))
    .map((check) =>
      h(
        "button",
        {
          type: "button",
          class: `leaving-problem check-${check.Level}`,
          title: [check.Text, check.Detail].filter((text) => text !== "").join(": "),
          onclick: showChecks,
        },
        icon("alert"),
        say(SHORT.get(check.Name) ?? ""),
      ),
    );
}

/**
 * Rows of the mail's fields; none without such a field.
 *
 * @param {MailData} data
 * @param {() => void} showChecks
 * @returns {Node[]}
 */
export function printLeaving(data, showChecks) {
  const header = data.mail.ListUnsubscribe;
  if (header.Header === "" && header.HeaderPost === "") {
    return [];
  }
  const more = header.Links.length - LINKS_MAX;
  const problems = h("span", { class: "leaving-problems" });
  data.checks().then(
    ({ Checks }) => problems.replaceChildren(...printProblems(Checks, showChecks)),
    () => {},
  );
  return [
    h("dt", {}, say("leaving.title")),
    h(
      "dd",
      { class: "leaving" },
      ...header.Links.slice(0, LINKS_MAX).map((link) => printLink(link)),
      more > 0 && h("button", { type: "button", class: "link", onclick: showChecks }, say("few.more", { count: more })),
      header.Links.length === 0 && h("span", { class: "faint" }, say("leaving.none")),
      takesOneClick(header) && h("span", { class: "leaving-one-click" }, icon("check"), say("leaving.oneClick")),
      problems,
    ),
  ];
}
