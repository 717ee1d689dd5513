/** The OpenAPI document: its types, as far as the page reads them, and how to look things up in it. */

/**
 * @typedef {object} Schema
 * @property {string} [$ref]
 * @property {string | string[]} [type]
 * @property {string} [format]
 * @property {string} [description]
 * @property {Record<string, Schema>} [properties]
 * @property {string[]} [required]
 * @property {Schema} [items]
 * @property {Schema | boolean} [additionalProperties]
 * @property {Schema[]} [allOf]
 * @property {Schema[]} [oneOf]
 * @property {unknown[]} [enum]
 * @property {unknown} [default]
 * @property {unknown[]} [examples]
 * @property {number} [minimum]
 * @property {number} [maximum]
 */

/**
 * @typedef {object} Media
 * @property {Schema} [schema]
 * @property {unknown} [example]
 * @property {Record<string, { $ref?: string, value?: unknown }>} [examples]
 */

/** @typedef {Record<string, Media>} Content By media type. */

/**
 * @typedef {object} Parameter
 * @property {string} name
 * @property {"path" | "query" | "header"} in
 * @property {string} description
 * @property {boolean} [required]
 * @property {Schema} schema
 */

/** @typedef {{ description: string, content?: Content }} Response */

/**
 * @typedef {object} Operation
 * @property {string} operationId
 * @property {string[]} tags
 * @property {string} summary
 * @property {string} description
 * @property {{ $ref?: string }[]} [parameters]
 * @property {{ required?: boolean, content: Content }} [requestBody]
 * @property {Record<string, { $ref?: string }>} responses
 */

/**
 * @typedef {object} OpenApi
 * @property {{ title: string, version: string, description: string }} info
 * @property {{ url: string }[]} servers
 * @property {{ name: string, "x-displayName": string, description: string }[]} tags
 * @property {Record<string, Record<string, Operation>>} paths
 * @property {{ schemas: Record<string, Schema> }} components
 */

/** An operation with its references followed. */
export class Endpoint {
  /**
   * @param {OpenApi} document
   * @param {string} method In small letters, as the document has it.
   * @param {string} path
   * @param {Operation} operation
   */
  constructor(document, method, path, operation) {
    this.document = document;
    this.method = method.toUpperCase();
    this.path = path;
    this.id = operation.operationId;
    this.tag = operation.tags[0];
    this.summary = operation.summary;
    this.description = operation.description;
    /** @type {Parameter[]} */
    this.parameters = (operation.parameters ?? []).map((parameter) => follow(document, parameter));
    const [body] = Object.entries(operation.requestBody?.content ?? {});
    /** Of the request: its media type, schema and example. */
    this.body = body && { type: body[0], media: body[1], isRequired: operation.requestBody?.required ?? false };
    /** @type {[string, Response][]} Status and response. */
    this.responses = Object.entries(operation.responses).map(([status, response]) => [
      status,
      follow(document, response),
    ]);
  }

  get isSocket() {
    return this.responses.some(([status]) => status === "101");
  }

  /** The media types of a successful response. */
  get accepts() {
    const [, response] = this.responses.find(([status]) => status.startsWith("2")) ?? [];
    return Object.keys(response?.content ?? {});
  }

  get isStream() {
    return this.accepts.includes("text/event-stream");
  }

  /**
   * @param {string} text In small letters.
   * @returns {boolean} Whether the filter shows it.
   */
  matches(text) {
    const all = [this.method, this.path, this.id, this.tag, this.summary, this.description].join(" ").toLowerCase();
    return text.split(/\s+/).every((word) => all.includes(word));
  }
}

/**
 * @param {OpenApi} document
 * @param {any} node
 * @returns {any} What its `$ref` leads to, or the node itself.
 */
export function follow(document, node) {
  if (node.$ref === undefined) {
    return node;
  }
  const found = node.$ref
    .slice("#/".length)
    .split("/")
    .reduce((/** @type {any} */ inner, /** @type {string} */ name) => inner[name], document);
  // A description next to the reference says what the thing is for here.
  return node.description === undefined ? found : { ...found, description: node.description };
}

/**
 * @param {Schema} schema
 * @returns {string | undefined} The name it is referred to by.
 */
export function schemaName(schema) {
  return schema.$ref?.split("/").at(-1);
}

/**
 * @param {OpenApi} document
 * @returns {Endpoint[]} In the order of the document.
 */
export function endpointsOf(document) {
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => new Endpoint(document, method, path, operation)),
  );
}

/**
 * @param {OpenApi} document
 * @param {Media} media
 * @returns {string | undefined} Its first example as text; JSON is indented.
 */
export function exampleOf(document, media) {
  const [named] = Object.values(media.examples ?? {});
  const value = named ? follow(document, named).value : media.example;
  return value === undefined || typeof value === "string" ? value : JSON.stringify(value, null, 2);
}
