/** Whether the sender's domain is authenticated: what receivers would find by DKIM, SPF and DMARC. */

import { h, icon } from "../core/dom.js";
import { say } from "../core/messages.js";
import { printList } from "./findings.js";
import { printSource } from "./sources.js";

/** @import { IconName } from "../core/dom.js" */
/** @import { Authentication, AuthenticationResult, Check, Signature } from "./types.js" */

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

/** Findings that say once more what the results say. */
const REPEATED = new Set([
  ...["dkim-none", "dkim-form", "dkim-from-unsigned", "dkim-expired", "dkim-fields", "dkim-key", "dkim-offline"],
  ...["dkim-pass", "spf-offline", "spf-pass", "spf-weak", "spf-fail", "spf-form"],
  ...["dmarc-offline", "dmarc-pass", "dmarc-fail", "dmarc-form"],
]);

/**
 * @param {string} what
 * @param {AuthenticationResult} result
 * @param {string[]} details Lines; empty ones are left out.
 */
function printResult(what, { Result, Reason, Source }, details) {
  const [look, image] = LOOKS[Result];
  return h(
    "li",
    { class: `check check-${look}` },
    h("span", { class: "check-level" }, icon(image)),
    h(
      "div",
      {},
      h("div", { class: "check-text" }, h("b", {}, `${what}: ${say(`result.${Result}`)}`)),
      h("div", { class: "check-text", dir: "auto" }, Reason),
      ...details.filter((line) => line !== "").map((line) => h("div", { class: "check-detail", dir: "auto" }, line)),
    ),
    printSource(Source),
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
const resultsOf = ({ DKIM, SPF, DMARC }) => [...DKIM, SPF, DMARC].map(({ Result }) => Result);

/**
 * Without DNS records nothing is evaluated.
 *
 * @param {Authentication} authentication
 */
const isOpen = (authentication) => resultsOf(authentication).every((one) => one === "unknown" || one === "none");

/**
 * What all of it comes to, in a word, and how bad that is.
 *
 * @param {Authentication} authentication
 * @returns {{ text: string, look: "good" | "info" | "warning" | "error" }}
 */
export function verdictOf(authentication) {
  const { Result } = authentication.DMARC;
  if (isOpen(authentication)) {
    return { text: say("auth.open"), look: "info" };
  }
  if (Result !== "unknown" && Result !== "none") {
    return { text: say("auth.dmarc", { result: say(`result.${Result}`) }), look: LOOKS[Result][0] };
  }
  const looks = resultsOf(authentication).map((one) => LOOKS[one][0]);
  const look = /** @type {const} */ (["error", "warning", "good"]).find((one) => looks.includes(one)) ?? "info";
  return { text: say(`auth.${look}`), look };
}

/** @param {Authentication} authentication */
function printResults({ DKIM, SPF, DMARC, From }) {
  const client = [SPF.Domain !== "" && `${SPF.Domain} (${say(`aligned.${SPF.Alignment}`)})`, SPF.Address];
  const policy = DMARC.Policy === "" ? "" : say("auth.policy", { policy: DMARC.Policy });
  return h(
    "ul",
    { class: "checks" },
    ...DKIM.map((signature) => printSignature(signature)),
    DKIM.length === 0 &&
      printResult("DKIM", { Result: "none", Reason: say("auth.unsigned"), Source: "RFC 6376 2.1" }, []),
    printResult("SPF", SPF, [client.filter(Boolean).join(", ")]),
    printResult("DMARC", DMARC, [[From, policy].filter(Boolean).join(", ")]),
  );
}

/**
 * @param {Authentication} authentication
 * @param {Check[]} checks Those about it.
 */
export function printAuthentication(authentication, checks) {
  const others = checks.filter(({ Name }) => !REPEATED.has(Name));
  const results = printResults(authentication);
  const domain = authentication.From || authentication.SPF.Domain;
  return [
    ...(isOpen(authentication)
      ? [
          h("p", {}, domain === "" ? say("auth.noDomain") : say("auth.records", { domain })),
          h("details", { class: "auth-details" }, h("summary", {}, say("auth.details")), results),
        ]
      : [h("p", { class: "faint" }, say("auth.offline")), results]),
    others.length > 0 && printList(others),
  ];
}
