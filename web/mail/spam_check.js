/** What SpamAssassin thinks of a message, when somebody wants to know. */

import { h } from "../core/dom.js";
import { say } from "../core/messages.js";
import { makeAsking } from "./asking.js";
import { printTable } from "./table.js";

/** @import { MailData } from "./mail_data.js" */
/** @import { SpamOpinion } from "./types.js" */

/** @param {number} score */
function printScore(score) {
  return score.toFixed(1);
}

/** @param {SpamOpinion["Rules"][number]} rule */
function printRule(rule) {
  return h(
    "tr",
    {},
    h("td", { class: "number" }, printScore(rule.Score)),
    h("td", {}, h("code", {}, rule.Name)),
    h("td", { class: "missing", dir: "auto" }, rule.Description),
  );
}

/** @param {SpamOpinion} opinion */
function printOpinion({ Error: problem, IsSpam, Rules, Score }) {
  if (problem !== "") {
    return [h("p", { class: "problem" }, problem)];
  }
  const columns = ["spam.score", "spam.rule", "spam.description"];
  const rows = Rules.map((rule) => printRule(rule));
  return [
    h("p", { class: "spam-verdict" }, say(IsSpam ? "spam.isSpam" : "spam.isHam", { score: printScore(Score) })),
    rows.length > 0 && printTable(say("spam.title"), columns, rows, "rules"),
  ];
}

/**
 * @param {MailData} data
 * @param {boolean} isOn Whether the server knows whom to ask.
 */
export function makeSpamCheck(data, isOn) {
  const read = async () => printOpinion(await data.spamOpinion());
  return h(
    "section",
    { class: "spam" },
    h("h2", {}, say("spam.title")),
    ...(isOn
      ? makeAsking(data.signal, say("spam.ask"), say("spam.asking"), read)
      : [h("p", { class: "faint" }, say("spam.off"))]),
  );
}
