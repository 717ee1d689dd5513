/** How one unsubscribes from the list of a message: a link and a verdict, and what mail programs would stumble over. */

import { h, icon, iconButton, setAttribute } from "../core/dom.js";
import { openMenu } from "../core/menu.js";
import { say } from "../core/messages.js";
import { copyAndSay } from "./copy.js";
import { outerLink, printAddress } from "./linkify.js";

/** @import { IconName } from "../core/dom.js" */
/** @import { Message } from "../core/types.js" */
/** @import { MailData } from "./mail_data.js" */
/** @import { Check } from "./types.js" */

/** A message may have a hundred; the checks show them all. */
const LINKS_MAX = 4;

/** Checks in a few words. */
const SHORT = new Map([
  ["unsubscribe-form", "leaving.form"],
  ["no-one-click", "leaving.notOneClick"],
  ["one-click-unsigned", "leaving.unsigned"],
]);

/**
 * What the icon says: the worst there is.
 *
 * @typedef {object} Verdict
 * @property {Check["Level"] | "good"} level
 * @property {string} text
 */

/** @type {Record<Verdict["level"], IconName>} */
const ICONS = { good: "check", info: "info", warning: "alert", error: "alert" };

/** @param {string} link */
function printLink(link) {
  return h(
    "li",
    { class: "leaving-link" },
    h("bdi", { class: "leaving-address", title: printAddress(link) }, outerLink(link)),
    iconButton("copy", say("leaving.copy"), () => void copyAndSay(link)),
  );
}

/** @param {Message["ListUnsubscribe"]} header What RFC 8058 3.1 requires of it. */
function takesOneClick({ HeaderPost, Links }) {
  return HeaderPost === "List-Unsubscribe=One-Click" && Links.some((link) => /^https:/i.test(link));
}

/**
 * @param {Message["ListUnsubscribe"]} header
 * @param {Check[]} problems
 * @returns {Verdict}
 */
function judge(header, problems) {
  const texts = [
    ...(header.Links.length === 0 ? [say("leaving.none")] : []),
    ...problems.map((check) => say(SHORT.get(check.Name) ?? "")),
  ];
  const isError = header.Links.length === 0 || problems.some((check) => check.Level === "error");
  if (isError) {
    return { level: "error", text: texts.join(", ") };
  }
  if (problems.length > 0) {
    return { level: problems.some((check) => check.Level === "warning") ? "warning" : "info", text: texts.join(", ") };
  }
  return takesOneClick(header)
    ? { level: "good", text: say("leaving.oneClick") }
    : { level: "info", text: say("leaving.plain") };
}

/**
 * @param {MailData} data
 * @param {Check[]} problems
 * @param {HTMLElement} anchor
 * @param {() => void} showChecks
 */
function openDetails(data, problems, anchor, showChecks) {
  const header = data.mail.ListUnsubscribe;
  const more = header.Links.length - LINKS_MAX;
  const dialog = h("dialog", { class: "menu leaving-menu", "aria-label": say("leaving.title") });
  const leave = () => {
    dialog.close();
    showChecks();
  };
  dialog.append(
    h(
      "ul",
      { class: "leaving-links" },
      ...header.Links.slice(0, LINKS_MAX).map((link) => printLink(link)),
      more > 0 &&
        h("li", {}, h("button", { type: "button", class: "link", onclick: leave }, say("few.more", { count: more }))),
      header.Links.length === 0 && h("li", { class: "faint" }, say("leaving.none")),
    ),
    ...(takesOneClick(header) ? [h("p", { class: "leaving-one-click" }, icon("check"), say("leaving.oneClick"))] : []),
    ...problems.map((check) =>
      h(
        "button",
        {
          type: "button",
          class: `menu-item leaving-problem check-${check.Level}`,
          title: [check.Text, check.Detail].filter((text) => text !== "").join(": "),
          onclick: leave,
        },
        icon("alert"),
        say(SHORT.get(check.Name) ?? ""),
      ),
    ),
  );
  openMenu(anchor, dialog);
}

/**
 * The link and the verdict; null without such a field.
 *
 * @param {MailData} data
 * @param {() => void} showChecks
 * @returns {HTMLElement | null}
 */
export function printLeaving(data, showChecks) {
  const header = data.mail.ListUnsubscribe;
  if (header.Header === "" && header.HeaderPost === "") {
    return null;
  }
  /** @type {Check[]} */
  let problems = [];
  const verdict = iconButton("info", say("leaving.title"), () => openDetails(data, problems, verdict, showChecks), {
    "aria-haspopup": "dialog",
  });
  const draw = () => {
    const { level, text } = judge(header, problems);
    const label = say("leaving.verdict", { text });
    setAttribute(verdict, "class", `icon-button leaving-verdict leaving-${level}`);
    setAttribute(verdict, "aria-label", label);
    setAttribute(verdict, "title", label);
    verdict.replaceChildren(icon(ICONS[level]));
  };
  draw();
  data.checks().then(
    ({ Checks }) => {
      problems = Checks.filter((check) => SHORT.has(check.Name));
      draw();
    },
    () => {},
  );
  const [first = ""] = header.Links;
  const link = outerLink(first, say("leaving.title"));
  if (link instanceof HTMLElement) {
    link.title = printAddress(first);
  }
  return h("span", { class: "leaving" }, first === "" ? say("leaving.title") : link, verdict);
}
