/** Schemas as trees, whose branches are made when they are opened: some contain themselves. */

import { h } from "../core/dom.js";
import { say } from "../core/messages.js";
import { follow, schemaName } from "./document.js";
import { inline } from "./markup.js";

/** @import { OpenApi, Schema } from "./document.js" */

/**
 * The properties, those of `allOf` included.
 *
 * @param {OpenApi} document
 * @param {Schema} schema
 * @returns {{ properties: Record<string, Schema>, required: string[] }}
 */
function membersOf(document, schema) {
  const all = [schema, ...(schema.allOf ?? []).map((one) => follow(document, one))];
  return {
    properties: Object.assign({}, ...all.map((one) => one.properties)),
    required: all.flatMap((one) => one.required ?? []),
  };
}

/**
 * @param {OpenApi} document
 * @param {Schema} schema
 * @returns {string} "array of Summary", "string (date-time)", "string or null".
 */
export function typeOf(document, schema) {
  const name = schemaName(schema);
  if (name !== undefined) {
    return name;
  }
  if (schema.items) {
    return say("api.arrayOf", { type: typeOf(document, schema.items) });
  }
  const several = schema.oneOf?.map((one) => typeOf(document, one)) ?? [schema.type ?? "object"].flat();
  const type = several.reduce((one, other) => say("api.or", { one, other }));
  return schema.format ? `${type} (${schema.format})` : type;
}

/**
 * What is inside: the schema whose members are shown below a member.
 *
 * @param {OpenApi} document
 * @param {Schema} schema
 * @returns {Schema | undefined}
 */
function innerOf(document, schema) {
  const one = follow(document, schema);
  const inner = one.items ?? (typeof one.additionalProperties === "object" ? one.additionalProperties : undefined);
  if (inner) {
    return innerOf(document, inner);
  }
  if (one.oneOf) {
    return one.oneOf.map((/** @type {Schema} */ each) => innerOf(document, each)).find(Boolean);
  }
  return Object.keys(membersOf(document, one).properties).length > 0 ? one : undefined;
}

/**
 * @param {OpenApi} document
 * @param {string} name
 * @param {Schema} schema
 * @param {boolean} marksRequired
 * @param {boolean} isRequired
 */
function printMember(document, name, schema, marksRequired, isRequired) {
  /** @type {Schema} */
  const { description, enum: values } = follow(document, schema);
  const inner = innerOf(document, schema);
  const head = [
    h("code", { class: "member-name" }, name),
    " ",
    h("span", { class: "member-type" }, typeOf(document, schema)),
    marksRequired && isRequired && h("span", { class: "member-required" }, ` ${say("api.required")}`),
  ];
  const about = [
    description !== undefined && h("p", {}, ...inline(description)),
    values && h("p", {}, ...inline(say("api.oneOf", { values: values.map((one) => `\`${one || '""'}\``).join(", ") }))),
  ];
  if (!inner) {
    return h("li", {}, ...head, ...about);
  }
  const details = h("details", {}, h("summary", {}, ...head));
  const open = () => details.childElementCount === 1 && details.append(printSchema(document, inner, marksRequired));
  details.addEventListener("toggle", open, { once: true });
  return h("li", {}, details, ...about);
}

/**
 * @param {OpenApi} document
 * @param {Schema} schema
 * @param {boolean} marksRequired Of a response nobody needs to know: what it always has is most of it.
 * @returns {HTMLElement}
 */
export function printSchema(document, schema, marksRequired) {
  const inner = innerOf(document, schema);
  if (!inner) {
    return h("p", { class: "member-type" }, typeOf(document, schema));
  }
  const { properties, required } = membersOf(document, inner);
  return h(
    "ul",
    { class: "schema" },
    ...Object.entries(properties).map(([name, member]) =>
      printMember(document, name, member, marksRequired, required.includes(name)),
    ),
  );
}
