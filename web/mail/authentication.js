/** Whether a mail is from whom it says: what receivers would find by DKIM, SPF and DMARC. */

import { h, icon } from "../core/dom.js";
import { say } from "../core/messages.js";

/** @import { IconName } from "../core/dom.js" */
/** @import { Authentication, AuthenticationResult, Signature } from "./types.js" */

/** How each result is shown. @type {Record<AuthenticationResult["Result"], ["good" | "info" | "warning" | "error", IconName]>} */
const LOOKS = {
  none: ["info", "info"],
  unknown: ["info", "info"],
  pass: ["good", "check"],
  neutral: ["warning", "alert"],
  softfail: ["warning", "alert"],
  fail: ["error", "close"],
  permerror: ["error", "close"],
};

/**
 * @param {string} what
 * @param {AuthenticationResult} result
 * @param {string[]} details Lines; empty ones are left out.
 */
function printResult(what, { Result, Reason, Source }, details) {
  const [look, picture] = LOOKS[Result];
  return h(
    "li",
    { class: `check check-${look}` },
    h("span", { class: "check-level" }, icon(picture)),
    h(
      "div",
      {},
      h("div", { class: "check-text" }, h("b", {}, `${what}: ${say(`result.${Result}`)}`)),
      h("div", { class: "check-text", dir: "auto" }, Reason),
      ...details.filter((line) => line !== "").map((line) => h("div", { class: "check-detail", dir: "auto" }, line)),
    ),
    h("span", { class: "source" }, Source),
  );
}

/** @param {Signature} signature */
function printSignature(signature) {
  const { Algorithm, Alignment, Canonicalization, Domain, KeyBits, Record, SignedFields } = signature;
  if (Domain === "") {
    return printResult("DKIM", signature, []);
  }
  const key = KeyBits > 0 ? say("auth.bits", { bits: KeyBits }) : "";
  return printResult("DKIM", signature, [
    [`${Domain} (${say(`aligned.${Alignment}`)})`, Algorithm, key, Canonicalization].filter(Boolean).join(", "),
    `TXT ${Record}`,
    say("auth.signs", { fields: SignedFields.join(", ") }),
  ]);
}

/** @param {Authentication} authentication */
export function printAuthentication({ DKIM, SPF, DMARC, From }) {
  const isOpen = [...DKIM, SPF, DMARC].some(({ Result }) => Result === "unknown");
  const client = [SPF.Domain !== "" && `${SPF.Domain} (${say(`aligned.${SPF.Alignment}`)})`, SPF.Address];
  const policy = DMARC.Policy === "" ? "" : say("auth.policy", { policy: DMARC.Policy });
  return h(
    "section",
    {},
    h("h2", {}, say("auth.title")),
    h("p", { class: "faint" }, isOpen ? say("auth.records") : say("auth.offline")),
    h(
      "ul",
      { class: "checks" },
      ...DKIM.map((signature) => printSignature(signature)),
      DKIM.length === 0 &&
        printResult("DKIM", { Result: "none", Reason: say("auth.unsigned"), Source: "RFC 6376 2.1" }, []),
      printResult("SPF", SPF, [client.filter(Boolean).join(", ")]),
      printResult("DMARC", DMARC, [[From, policy].filter(Boolean).join(", ")]),
    ),
  );
}
