/** The page of the API: all that openapi.json describes, to be read and tried. */

import { h, iconButton } from "../core/dom.js";
import { say } from "../core/messages.js";
import { startTheme, switchTheme } from "../core/theme.js";
import { endpointsOf } from "./document.js";
import { paragraphs } from "./markup.js";
import { printOperation } from "./operation.js";
import { printSchema } from "./schema_view.js";
import "./texts.js";

/** @import { Endpoint, OpenApi } from "./document.js" */

/** @typedef {{ endpoint: Endpoint, element: HTMLDetailsElement }} Row */

/** The document is next to this page, whatever its path begins with. */
const DOCUMENT = new URL("openapi.json", location.href);

/** @returns {Promise<{ document: OpenApi, needsLogin: boolean }>} */
async function load() {
  const [response, open] = await Promise.all([
    fetch(DOCUMENT),
    // Without the login that the browser remembers: whether programs need one.
    fetch(DOCUMENT, { credentials: "omit", method: "HEAD" }),
  ]);
  if (!response.ok) {
    throw new Error(`${response.status} ${response.statusText}`);
  }
  return { document: await response.json(), needsLogin: open.status === 401 };
}

/**
 * Shows the operations that match, and says how many.
 *
 * @param {string} text
 * @param {Row[]} rows
 * @param {HTMLElement[]} groups
 * @param {HTMLElement} status
 */
function filter(text, rows, groups, status) {
  const wanted = text.trim().toLowerCase();
  let count = 0;
  for (const { endpoint, element } of rows) {
    element.hidden = !endpoint.matches(wanted);
    count += element.hidden ? 0 : 1;
  }
  for (const group of groups) {
    group.hidden = [...group.querySelectorAll("details.operation")].every((one) => one.hasAttribute("hidden"));
  }
  const found = count === 0 ? say("api.noneShown") : say("api.shown", { count, all: rows.length });
  status.textContent = wanted === "" ? "" : found;
}

/**
 * Opens the operation or schema that the address names.
 *
 * @param {HTMLInputElement} field A filter that hides it is emptied.
 */
function openNamed(field) {
  const named = document.getElementById(location.hash.slice(1)); // no ID has what would be encoded
  if (!(named instanceof HTMLDetailsElement)) {
    return;
  }
  if (named.hidden) {
    field.value = "";
    field.dispatchEvent(new Event("input"));
  }
  named.open = true;
  named.scrollIntoView();
  named.querySelector("summary")?.focus({ preventScroll: true });
}

/**
 * @param {OpenApi} openApi
 * @param {Row[]} rows
 */
function printGroups(openApi, rows) {
  return openApi.tags.map(({ name, "x-displayName": title, description }) =>
    h(
      "section",
      { "aria-labelledby": `tag-${name}` },
      h("h2", { id: `tag-${name}` }, title),
      ...paragraphs(description),
      ...rows.filter(({ endpoint }) => endpoint.tag === name).map(({ element }) => element),
    ),
  );
}

/** @param {OpenApi} openApi */
function printSchemas(openApi) {
  return h(
    "section",
    { "aria-labelledby": "schemas" },
    h("h2", { id: "schemas" }, say("api.schemas")),
    ...Object.entries(openApi.components.schemas).map(([name, schema]) => {
      const details = h("details", { id: `schema-${name}`, class: "named-schema" });
      details.append(
        h("summary", {}, h("h3", {}, h("code", {}, name)), h("span", { class: "about" }, schema.description)),
      );
      details.addEventListener("toggle", () => details.append(printSchema(openApi, schema, true)), { once: true });
      return details;
    }),
  );
}

/**
 * @param {OpenApi} openApi
 * @param {boolean} needsLogin
 */
function printPage(openApi, needsLogin) {
  const root = new URL(openApi.servers[0].url, DOCUMENT).href.replace(/\/$/, "");
  const rows = endpointsOf(openApi).map((endpoint) => ({
    endpoint,
    element: printOperation(endpoint, { root, needsLogin }),
  }));
  const groups = printGroups(openApi, rows);
  const status = h("p", { role: "status", class: "faint" });
  const field = h("input", {
    type: "search",
    id: "filter",
    placeholder: say("api.filter"),
    "aria-label": say("api.filter"),
    oninput: () => filter(field.value, rows, groups, status),
  });
  document.body.replaceChildren(
    h(
      "header",
      {},
      h("h1", {}, say("api.title")),
      h("a", { href: `${root}/` }, say("api.inbox")),
      h("a", { href: DOCUMENT.href }, say("api.document")),
      iconButton("contrast", say("api.theme"), switchTheme),
      field,
    ),
    h(
      "nav",
      { "aria-label": say("api.groups") },
      ...openApi.tags.map(({ name, "x-displayName": title }) => h("a", { href: `#tag-${name}` }, title)),
      h("a", { href: "#schemas" }, say("api.schemas")),
    ),
    h("main", {}, ...paragraphs(openApi.info.description), status, ...groups, printSchemas(openApi)),
  );
  addEventListener("hashchange", () => openNamed(field));
  openNamed(field);
}

startTheme();
try {
  const { document: openApi, needsLogin } = await load();
  printPage(openApi, needsLogin);
} catch (error) {
  document.body.replaceChildren(
    h("main", {}, h("p", { role: "alert" }, say("api.failed", { problem: String(error) }))),
  );
}
