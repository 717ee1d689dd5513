/** One operation: closed a line, open its parameters, code, a request of one's own, and responses. */

import { copyable } from "../core/copyable.js";
import { h } from "../core/dom.js";
import { say } from "../core/messages.js";
import { readSetting, writeSetting } from "../core/settings.js";
import { Tabs } from "../core/tabs.js";
import { exampleOf } from "./document.js";
import { RequestForm } from "./form.js";
import { inline, paragraphs } from "./markup.js";
import { LANGUAGES } from "./request.js";
import { printSchema, typeOf } from "./schema_view.js";
import { TryIt } from "./try_it.js";

/** @import { Endpoint, Media, Response } from "./document.js" */

/**
 * @param {Endpoint} endpoint
 * @param {() => string[]} print The code in each language.
 * @returns {{ elements: HTMLElement[], update: () => void }}
 */
function printCode(endpoint, print) {
  const panel = h("div", { id: `${endpoint.id}-code`, class: "code" });
  const names = Object.keys(LANGUAGES);
  let chosen = Math.max(names.indexOf(readSetting("api.language", names[0])), 0);
  const update = () => panel.replaceChildren(copyable(print()[chosen]));
  const tabs = new Tabs(
    say("api.language"),
    panel,
    names.map((name) => ({ id: `${endpoint.id}-${name}`, content: [name] })),
    (index) => {
      chosen = index;
      writeSetting("api.language", names[index]);
      tabs.show(index);
      update();
    },
  );
  tabs.show(chosen);
  return { elements: [h("h4", {}, say("api.code")), tabs.element, panel], update };
}

/**
 * @param {Endpoint} endpoint
 * @param {string} type
 * @param {Media} media
 */
function printMedia({ document }, type, media) {
  const example = exampleOf(document, media);
  return h(
    "div",
    { class: "media" },
    h("p", {}, h("code", {}, type), media.schema && ` ${typeOf(document, media.schema)}`),
    media.schema && type === "application/json" && printSchema(document, media.schema, false),
    example !== undefined && h("p", { class: "faint" }, say("api.example")),
    example !== undefined && copyable(example),
  );
}

/**
 * @param {Endpoint} endpoint
 * @param {string} status
 * @param {Response} response
 */
function printResponse(endpoint, status, { description, content }) {
  const head = [h("strong", {}, status), " ", ...inline(description)];
  const media = Object.entries(content ?? {});
  if (media.length === 0) {
    return h("p", { class: "bare-response" }, ...head);
  }
  const details = h("details", {}, h("summary", {}, ...head));
  details.addEventListener(
    "toggle",
    () => details.append(...media.map(([type, one]) => printMedia(endpoint, type, one))),
    { once: true },
  );
  return details;
}

/**
 * @param {Endpoint} endpoint
 * @param {{ root: string, needsLogin: boolean }} server
 */
function printInside(endpoint, server) {
  const form = new RequestForm(endpoint, server, () => code.update());
  const code = printCode(endpoint, () => Object.values(LANGUAGES).map((print) => print(form.request())));
  const tried = new TryIt(() => (form.check() ? form.request() : null));
  form.element.addEventListener("submit", (event) => {
    // Enter in a field sends, as the button does.
    event.preventDefault();
    tried.press();
  });
  code.update();
  return h(
    "div",
    { class: "inside" },
    ...paragraphs(endpoint.description),
    h("p", {}, h("a", { href: `#${endpoint.id}` }, say("api.link"))),
    form.element,
    ...code.elements,
    tried.element,
    ...(endpoint.body?.media.schema && endpoint.body.type === "application/json"
      ? [h("h4", {}, say("api.schema")), printSchema(endpoint.document, endpoint.body.media.schema, true)]
      : []),
    h("h4", {}, say("api.responses")),
    ...endpoint.responses.map(([status, response]) => printResponse(endpoint, status, response)),
  );
}

/**
 * What is inside is made when it is opened: there are many, and few are.
 *
 * @param {Endpoint} endpoint
 * @param {{ root: string, needsLogin: boolean }} server
 * @returns {HTMLDetailsElement}
 */
export function printOperation(endpoint, server) {
  const { id, method, path, summary } = endpoint;
  const details = h(
    "details",
    { id, class: "operation" },
    h(
      "summary",
      {},
      h("span", { class: `method method-${method.toLowerCase()}` }, method),
      h("h3", {}, h("code", {}, path)),
      h("span", { class: "about" }, summary),
    ),
  );
  details.addEventListener("toggle", () => {
    if (details.open && details.childElementCount === 1) {
      details.append(printInside(endpoint, server));
    }
    if (details.open) {
      history.replaceState(null, "", `#${id}`);
    }
  });
  return details;
}
