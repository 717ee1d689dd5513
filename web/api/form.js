/** The fields of a request: one for each parameter, and the body. */

import { h } from "../core/dom.js";
import { say } from "../core/messages.js";
import { exampleOf } from "./document.js";
import { inline } from "./markup.js";

/** @import { Endpoint, Parameter } from "./document.js" */
/** @import { ApiRequest } from "./request.js" */

/**
 * @param {Parameter} parameter
 * @returns {HTMLInputElement | HTMLSelectElement}
 */
function makeField({ schema, required, in: where }) {
  const choices = schema.type === "boolean" ? [true, false] : schema.enum;
  if (choices) {
    return h(
      "select",
      { required },
      !required && h("option", { value: "" }, say("api.unset")),
      ...choices.map((choice) => h("option", { value: choice }, String(choice))),
    );
  }
  const [example] = schema.examples ?? [];
  return h("input", {
    type: schema.type === "integer" ? "number" : "text",
    required,
    min: schema.minimum,
    max: schema.maximum,
    placeholder: required ? null : (schema.default ?? example),
    // A path without a value is another path.
    value: required || where === "path" ? example : null,
    autocomplete: "off",
    spellcheck: "false",
  });
}

export class RequestForm {
  element;
  /** @type {Endpoint} */
  #endpoint;
  /** @type {Map<Parameter, HTMLInputElement | HTMLSelectElement>} */
  #fields = new Map();
  /** @type {HTMLTextAreaElement | undefined} */
  #body;
  /** @type {HTMLInputElement | undefined} */
  #file;
  #needsLogin;
  #root;

  /**
   * @param {Endpoint} endpoint
   * @param {{ root: string, needsLogin: boolean }} server `root` is before every path.
   * @param {() => void} onchange
   */
  constructor(endpoint, { root, needsLogin }, onchange) {
    this.#endpoint = endpoint;
    this.#root = root;
    this.#needsLogin = needsLogin;
    this.element = h(
      "form",
      { oninput: onchange, autocomplete: "off" },
      endpoint.parameters.length > 0 && h("h4", {}, say("api.parameters")),
      ...endpoint.parameters.map((parameter) => this.#printParameter(parameter)),
      ...(endpoint.body ? this.#printBody() : []),
    );
  }

  /** @param {Parameter} parameter */
  #printParameter(parameter) {
    const id = `${this.#endpoint.id}-${parameter.in}-${parameter.name}`;
    const field = makeField(parameter);
    field.id = id;
    field.setAttribute("aria-describedby", `${id}-about`);
    this.#fields.set(parameter, field);
    const { default: usual, type } = parameter.schema;
    const isToldDefault = usual !== undefined && type !== "boolean";
    return h(
      "div",
      { class: "parameter" },
      h(
        "label",
        { for: id },
        h("code", {}, parameter.name),
        h("span", { class: "faint" }, say(parameter.required ? "api.inRequired" : "api.in", { where: parameter.in })),
      ),
      field,
      h(
        "p",
        { id: `${id}-about` },
        ...inline(parameter.description),
        isToldDefault && ` ${say("api.default", { value: String(usual) })}`,
      ),
    );
  }

  #printBody() {
    const { type, media, isRequired } = /** @type {NonNullable<Endpoint["body"]>} */ (this.#endpoint.body);
    const id = `${this.#endpoint.id}-body`;
    const example = exampleOf(this.#endpoint.document, media) ?? "";
    this.#body = h("textarea", { id, rows: Math.min(example.split("\n").length + 1, 20), spellcheck: "false" });
    this.#body.value = example;
    if (type !== "application/json") {
      this.#file = h("input", { type: "file", id: `${id}-file` });
    }
    return [
      h("h4", {}, say("api.body")),
      h(
        "div",
        { class: "body" },
        h(
          "label",
          { for: id },
          h("code", {}, type),
          h("span", { class: "faint" }, isRequired ? ` ${say("api.required")}` : ""),
        ),
        this.#body,
        this.#file && h("label", { for: this.#file.id }, say("api.file")),
        this.#file,
      ),
    ];
  }

  /** @returns {boolean} Whether it can be sent; else the browser shows which field is wrong. */
  check() {
    return this.element.reportValidity();
  }

  /** @returns {ApiRequest} */
  request() {
    const { method, path, isSocket, isStream, accepts, body } = this.#endpoint;
    /** @type {Record<string, [string, string][]>} */
    const entered = { path: [], query: [], header: [] };
    for (const [parameter, { value }] of this.#fields) {
      if (value !== "") {
        entered[parameter.in].push([parameter.name, value]);
      }
    }
    const values = Object.fromEntries(entered.path);
    const content = this.#file?.files?.[0] ?? (this.#body?.value || null);
    return {
      method,
      url:
        this.#root +
        path.replaceAll(/\{(\w+)\}/g, (whole, name) => (values[name] ? encodeURIComponent(values[name]) : whole)),
      query: entered.query,
      headers: [...entered.header, .../** @type {[string, string][]} */ (content ? [["Content-Type", body.type]] : [])],
      body: content,
      kind: isSocket ? "socket" : isStream ? "stream" : "request",
      accepts,
      needsLogin: this.#needsLogin,
    };
  }
}
