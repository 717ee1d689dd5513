/** A request made of what was entered, and the code that makes the same one. */

import { say } from "../core/messages.js";

/**
 * @typedef {object} ApiRequest
 * @property {string} method
 * @property {string} url Without the query.
 * @property {[string, string][]} query
 * @property {[string, string][]} headers
 * @property {string | File | null} body
 * @property {"request" | "stream" | "socket"} kind
 * @property {string[]} accepts Media types of the response.
 * @property {boolean} needsLogin
 */

/** @param {ApiRequest} request */
export function addressOf({ url, query, kind }) {
  const whole = query.length > 0 ? `${url}?${new URLSearchParams(query)}` : url;
  return kind === "socket" ? whole.replace(/^http/, "ws") : whole;
}

/**
 * @param {ApiRequest} request
 * @returns {unknown} Its body, when that is JSON.
 */
function jsonOf({ headers, body }) {
  if (typeof body !== "string" || !headers.some(([, value]) => value === "application/json")) {
    return undefined;
  }
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

/** @param {ApiRequest} request */
function isJson({ accepts }) {
  return accepts[0] === "application/json";
}

/** @param {ApiRequest} request */
function isText({ accepts }) {
  return accepts.length === 0 || /^(text\/|application\/(json|mbox)|message\/)/.test(accepts[0]);
}

/* --- curl */

/** @param {string} text */
function quoteShell(text) {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/**
 * @param {string | File} body
 * @returns {string} `-d` reads a file where the text begins with an @.
 */
function printData(body) {
  if (typeof body !== "string") {
    return `--data-binary ${quoteShell(`@${body.name}`)}`;
  }
  return `${/^[{[]/.test(body) ? "-d" : "--data-raw"} ${quoteShell(body)}`;
}

/** @param {ApiRequest} request */
function printCurl(request) {
  if (request.kind === "socket") {
    return `websocat ${quoteShell(addressOf(request))}`;
  }
  const { method, headers, body, kind, needsLogin } = request;
  const words = [
    method === "GET" ? "curl" : `curl -X ${method}`,
    ...(kind === "stream" ? ["-N"] : []),
    ...(needsLogin ? [`-u ${say("api.name")}:${say("api.password")}`] : []),
    ...headers.map(([name, value]) => `-H ${quoteShell(`${name}: ${value}`)}`),
    ...(body === null ? [] : [printData(body)]),
    ...(isText(request) ? [] : ["--output FILE"]),
    quoteShell(addressOf(request)),
  ];
  return words.join(words.length > 2 ? " \\\n  " : " ");
}

/* --- Python */

/**
 * @param {unknown} value Of JSON.
 * @param {string} [indent] Of the line it begins on.
 * @returns {string}
 */
function printPython(value, indent = "") {
  if (value === null || typeof value === "boolean") {
    return value === null ? "None" : value ? "True" : "False";
  }
  if (typeof value !== "object") {
    return JSON.stringify(value);
  }
  const inner = `${indent}    `;
  const lines = Array.isArray(value)
    ? value.map((one) => printPython(one, inner))
    : Object.entries(value).map(([name, one]) => `${JSON.stringify(name)}: ${printPython(one, inner)}`);
  const [open, close] = Array.isArray(value) ? "[]" : "{}";
  const short = `${open}${lines.join(", ")}${close}`;
  return short.length <= 60 ? short : `${open}\n${lines.map((line) => `${inner}${line},\n`).join("")}${indent}${close}`;
}

/** @param {ApiRequest} request */
function printPythonRequest(request) {
  const { method, url, query, headers, body, kind, needsLogin } = request;
  const json = jsonOf(request);
  const others = headers.filter(([, value]) => json === undefined || value !== "application/json");
  if (kind === "socket") {
    return `from websockets.sync.client import connect

with connect(${JSON.stringify(addressOf(request))}) as socket:
    for message in socket:
        print(message)`;
  }
  const lines = [
    JSON.stringify(url),
    ...(query.length > 0 ? [`params=${printPython(Object.fromEntries(query), "    ")}`] : []),
    ...(others.length > 0 ? [`headers=${printPython(Object.fromEntries(others), "    ")}`] : []),
    ...(json !== undefined ? [`json=${printPython(json, "    ")}`] : []),
    ...(json === undefined && typeof body === "string" ? [`data=${JSON.stringify(body)}.encode()`] : []),
    ...(body instanceof File ? [`data=open(${JSON.stringify(body.name)}, "rb")`] : []),
    ...(needsLogin ? [`auth=("${say("api.name")}", "${say("api.password")}")`] : []),
    ...(kind === "stream" ? ["stream=True"] : []),
  ];
  const call = lines.length > 1 ? `(\n${lines.map((line) => `    ${line},\n`).join("")})` : `(${lines[0]})`;
  const result = isJson(request) ? "response.json()" : isText(request) ? "response.text" : "response.content";
  const use =
    kind === "stream" ? "for line in response.iter_lines(decode_unicode=True):\n    print(line)" : `print(${result})`;
  return `import requests\n\nresponse = requests.${method.toLowerCase()}${call}\nresponse.raise_for_status()\n${use}`;
}

/* --- JavaScript */

/** @param {ApiRequest} request */
function printJavaScript(request) {
  const { method, headers, body, kind, needsLogin } = request;
  const address = JSON.stringify(addressOf(request));
  if (kind === "socket") {
    return `const socket = new WebSocket(${address});\nsocket.onmessage = ({ data }) => console.log(JSON.parse(data));`;
  }
  if (kind === "stream" && headers.length === 0) {
    return `const events = new EventSource(${address});
for (const type of ["new", "update", "delete", "message"]) {
  events.addEventListener(type, ({ data }) => console.log(type, JSON.parse(data)));
}`;
  }
  const json = jsonOf(request);
  const sent = headers.map(([name, value]) => `${JSON.stringify(name)}: ${JSON.stringify(value)}`);
  if (needsLogin) {
    sent.push(`Authorization: \`Basic \${btoa("${say("api.name")}:${say("api.password")}")}\``);
  }
  const text = typeof body === "string" ? JSON.stringify(body) : "file";
  const value = json === undefined ? text : `JSON.stringify(${JSON.stringify(json, null, 2).replaceAll("\n", "\n  ")})`;
  const options = [
    ...(method === "GET" ? [] : [`method: "${method}"`]),
    ...(sent.length > 0 ? [`headers: { ${sent.join(", ")} }`] : []),
    ...(body === null ? [] : [`body: ${value}`]),
  ];
  const call =
    options.length > 0 ? `(${address}, {\n${options.map((one) => `  ${one},\n`).join("")}})` : `(${address})`;
  const result = isJson(request) ? "json" : isText(request) ? "text" : "blob";
  return `const response = await fetch${call};\nconsole.log(await response.${result}());`;
}

/** @type {Record<string, (request: ApiRequest) => string>} By the name on the tab. */
export const LANGUAGES = { curl: printCurl, Python: printPythonRequest, JavaScript: printJavaScript };
