/** All headers with what they mean, decoded or as they were sent, and the envelope, which is none of them. */

import { h } from "../core/dom.js";
import { say } from "../core/messages.js";
import { readSetting, writeSetting } from "../core/settings.js";
import { choice } from "./choice.js";
import { fewOf } from "./few.js";
import { helpOf } from "./header_help.js";
import { linkify } from "./linkify.js";

/** @import { MailData } from "./mail_data.js" */
/** @import { Envelope, Field } from "./types.js" */

/**
 * @param {Field} field
 * @param {boolean} isRaw
 * @returns {HTMLElement}
 */
function printField(field, isRaw) {
  const help = helpOf(field.Name);
  return h(
    "tr",
    {},
    h("th", { scope: "row" }, field.Name),
    h(
      "td",
      {},
      isRaw
        ? h("pre", { class: "field-raw", dir: "ltr" }, field.Raw.replaceAll("\r\n", "\n").trim())
        : h("div", { class: "field-text", dir: "auto" }, ...linkify(field.Text)),
      help && h("div", { class: "field-help" }, help[0], h("span", { class: "source" }, help[1])),
    ),
  );
}

/**
 * @param {Field[]} fields
 * @param {boolean} isRaw
 * @returns {HTMLElement}
 */
export function printFields(fields, isRaw = false) {
  return h("table", { class: "fields" }, h("tbody", {}, ...fields.map((field) => printField(field, isRaw))));
}

/** @param {Envelope} envelope */
function printEnvelope(envelope) {
  const { Ret, EnvID, Recipients } = envelope.DSN;
  const row = (/** @type {string} */ name, /** @type {string} */ value) =>
    h("tr", {}, h("th", { scope: "row" }, say(name)), h("td", { dir: "auto" }, value));
  const recipients = envelope.To.flatMap((to, index) => {
    const { Notify = [], ORcpt = "" } = Recipients[index] ?? {};
    return [
      { name: "envelope.to", value: to },
      { name: "envelope.notify", value: Notify.join(", ") },
      { name: "envelope.orcpt", value: ORcpt },
    ].filter(({ value }) => value !== "");
  });
  return h(
    "section",
    {},
    h("h2", {}, say("headers.envelope")),
    h(
      "table",
      { class: "fields" },
      h(
        "tbody",
        {},
        row("envelope.from", envelope.From || say("envelope.none")),
        ...(Ret ? [row("envelope.ret", Ret)] : []),
        ...(EnvID ? [row("envelope.envid", EnvID)] : []),
        ...fewOf(
          recipients,
          ({ name, value }) => row(name, value),
          (button) => h("tr", {}, h("td", {}), h("td", {}, button)),
        ),
      ),
    ),
  );
}

/** @param {MailData} data */
export async function makeHeadersTab(data) {
  const { Envelope, Structure } = await data.structure();
  const place = h("div");
  let isRaw = readSetting("headers", /** @type {string} */ ("decoded")) === "raw";
  let wanted = "";
  const draw = () => {
    const shown = Structure.Fields.filter((field) => `${field.Name}: ${field.Text}`.toLowerCase().includes(wanted));
    place.replaceChildren(printFields(shown, isRaw));
  };
  draw();
  return h(
    "div",
    { class: "headers-tab" },
    h(
      "div",
      { class: "tab-bar" },
      choice(
        "headers.form",
        [
          { value: "decoded", text: "headers.decoded" },
          { value: "raw", text: "headers.raw" },
        ],
        isRaw ? "raw" : "decoded",
        (value) => {
          isRaw = value === "raw";
          writeSetting("headers", value);
          draw();
        },
      ),
      h("input", {
        type: "search",
        class: "filter",
        "aria-label": say("headers.filter"),
        placeholder: say("headers.filter"),
        oninput: (/** @type {Event} */ event) => {
          wanted = /** @type {HTMLInputElement} */ (event.target).value.toLowerCase();
          draw();
        },
      }),
    ),
    printEnvelope(Envelope),
    h("section", {}, h("h2", {}, say("headers.label")), place),
  );
}
