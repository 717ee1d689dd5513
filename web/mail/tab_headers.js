/** The header, decoded or as it was sent, explained on request; and the envelope, which is not part of it. */

import { h, setAttribute } from "../core/dom.js";
import { say } from "../core/messages.js";
import { linkTo } from "../core/router.js";
import { readSetting, writeSetting } from "../core/settings.js";
import { quoteValue } from "../core/hits.js";
import { choice } from "./choice.js";
import { fewOf } from "./few.js";
import { helpOf } from "./header_help.js";
import { linkify } from "./linkify.js";
import { printSource } from "./sources.js";

/** @import { MailData } from "./mail_data.js" */
/** @import { Envelope, Field } from "./types.js" */

/** What holds identifiers of messages, which look like email addresses. */
const WITH_IDS = /^(message-id|in-reply-to|references|resent-message-id|original-message-id)$/i;

/**
 * Identifiers lead to a search for the messages that have them.
 *
 * @param {string} text
 */
function linkIds(text) {
  return text.split(/(<[^<>\s]+>)/).map((piece) => {
    const id = piece.slice(1, -1);
    return piece.startsWith("<")
      ? h("a", { ...linkTo({ query: `message-id:${quoteValue(id)}`, id: null }), title: say("headers.findId") }, piece)
      : piece;
  });
}

/**
 * @param {Field} field
 * @param {{ isRaw?: boolean, isExplained?: boolean }} form
 * @returns {HTMLElement}
 */
function printField(field, { isRaw, isExplained }) {
  const help = helpOf(field.Name);
  return h(
    "tr",
    {},
    h("th", { scope: "row", title: help?.[0] }, field.Name),
    h(
      "td",
      {},
      isRaw
        ? h("pre", { class: "field-raw", dir: "ltr" }, field.Raw.replaceAll("\r\n", "\n").trim())
        : h(
            "div",
            { class: "field-text", dir: "auto" },
            ...(WITH_IDS.test(field.Name) ? linkIds(field.Text) : linkify(field.Text)),
          ),
      isExplained && help && h("div", { class: "field-help" }, help[0], printSource(help[1])),
    ),
  );
}

/**
 * @param {Field[]} fields
 * @param {{ isRaw?: boolean, isExplained?: boolean }} form
 * @returns {HTMLElement}
 */
export function printFields(fields, form) {
  return h("table", { class: "fields" }, h("tbody", {}, ...fields.map((field) => printField(field, form))));
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
  let isExplained = readSetting("explain", /** @type {boolean} */ (false));
  let wanted = "";
  const draw = () => {
    const shown = Structure.Fields.filter((field) => `${field.Name}: ${field.Text}`.toLowerCase().includes(wanted));
    place.replaceChildren(printFields(shown, { isRaw, isExplained }));
  };
  draw();
  const explain = h(
    "button",
    {
      type: "button",
      class: "toggle",
      "aria-pressed": String(isExplained),
      onclick: () => {
        isExplained = !isExplained;
        setAttribute(explain, "aria-pressed", String(isExplained));
        writeSetting("explain", isExplained);
        draw();
      },
    },
    say("headers.explain"),
  );
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
      explain,
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
