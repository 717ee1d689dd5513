/** Sends a request and shows what comes back. */

import { h } from "../core/dom.js";
import { say } from "../core/messages.js";
import { addressOf } from "./request.js";

/** @import { ApiRequest } from "./request.js" */

const SHOWN_MAX = 100_000;

/**
 * Asks before what cannot be undone.
 *
 * @param {ApiRequest} request
 * @returns {Promise<boolean>}
 */
function confirmed(request) {
  const cancel = h("button", { type: "submit", value: "", autofocus: true }, say("api.cancel"));
  const dialog = h(
    "dialog",
    { class: "confirm", "aria-labelledby": "confirm-title", "aria-describedby": "confirm-about" },
    h("h2", { id: "confirm-title" }, say("api.confirm")),
    h("p", { id: "confirm-about" }, say(request.method === "DELETE" ? "api.confirmDelete" : "api.confirmChange")),
    h("p", {}, h("code", {}, `${request.method} ${addressOf(request)}`)),
    h(
      "form",
      { method: "dialog" },
      cancel,
      h("button", { type: "submit", value: "send", class: "primary" }, say("api.confirmed")),
    ),
  );
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "send");
    });
  });
}

/** @param {string} text */
function shorten(text) {
  return text.length > SHOWN_MAX ? `${text.slice(0, SHOWN_MAX)}\n…\n${say("api.cut", { count: SHOWN_MAX })}` : text;
}

/**
 * @param {string} text
 * @param {string} type
 */
function printText(text, type) {
  if (type.startsWith("application/json")) {
    try {
      return shorten(JSON.stringify(JSON.parse(text), null, 2));
    } catch {
      // Shown as it is.
    }
  }
  return shorten(text);
}

/** @param {Blob} blob */
function printBinary(blob) {
  const address = URL.createObjectURL(blob);
  const size = say("api.binary", { size: blob.size, type: blob.type });
  return [
    blob.type.startsWith("image/") ? h("img", { src: address, alt: size }) : h("p", {}, size),
    h("p", {}, h("a", { href: address, download: "response" }, say("api.save"))),
  ];
}

export class TryIt {
  /** Where it says what happens. */
  element = h("div", { class: "result" });
  #status = h("p", { role: "status" });
  #output = h("div", {});
  #button;
  /** @type {(() => void) | null} Ends the request under way. */
  #stop = null;
  #makeRequest;

  /** @param {() => ApiRequest | null} makeRequest Null: something is missing. */
  constructor(makeRequest) {
    this.#makeRequest = makeRequest;
    this.#button = h("button", { type: "button", class: "primary", onclick: () => void this.press() });
    this.#button.textContent = say("api.send");
    this.element.append(this.#button, this.#status, this.#output);
  }

  async press() {
    if (this.#stop) {
      this.#stop();
      return;
    }
    const request = this.#makeRequest();
    if (!request || (request.method !== "GET" && !(await confirmed(request)))) {
      return;
    }
    this.#output.replaceChildren();
    this.#button.textContent = say("api.stop");
    this.#say(say("api.sending"));
    try {
      await (request.kind === "socket" ? this.#listen(request) : this.#ask(request));
    } catch (error) {
      const isStopped = error instanceof DOMException && error.name === "AbortError";
      this.#say(isStopped ? say("api.stopped") : say("api.unreachable", { problem: String(error) }));
    }
    this.#stop = null;
    this.#button.textContent = say("api.send");
  }

  /** @param {string} text */
  #say(text) {
    this.#status.textContent = text;
  }

  /** A passage that can be added to. */
  #makePassage() {
    const passage = h("pre", { tabindex: 0, "aria-label": say("api.response") });
    this.#output.append(passage);
    return passage;
  }

  /** @param {ApiRequest} request */
  async #ask(request) {
    const { method, headers, body } = request;
    const controller = new AbortController();
    this.#stop = () => controller.abort();
    const start = performance.now();
    const response = await fetch(addressOf(request), { method, headers, body, signal: controller.signal });
    const type = response.headers.get("Content-Type") ?? "";
    if (type.startsWith("text/event-stream")) {
      this.#say(say("api.open"));
      await this.#follow(response);
      return;
    }
    const blob = await response.blob();
    const { status, statusText: reason } = response;
    this.#say(
      say("api.status", {
        status: String(status),
        reason,
        size: blob.size,
        time: Math.round(performance.now() - start),
      }),
    );
    this.#printHeaders(response);
    if (/^(text\/|application\/(json|mbox|openmetrics-text)|message\/)/.test(type)) {
      this.#makePassage().append(printText(await blob.text(), type));
    } else {
      this.#output.append(...printBinary(blob));
    }
  }

  /** @param {Response} response */
  #printHeaders(response) {
    const lines = [...response.headers].map(([name, value]) => `${name}: ${value}\n`);
    const list = h("pre", { tabindex: 0 }, ...lines);
    this.#output.append(h("details", {}, h("summary", {}, say("api.headers")), list));
  }

  /** @param {Response} response Whose body has no end. */
  async #follow(response) {
    const passage = this.#makePassage();
    const reader = /** @type {ReadableStream<Uint8Array>} */ (response.body).getReader();
    const decoder = new TextDecoder();
    for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
      this.#add(passage, decoder.decode(piece.value, { stream: true }));
    }
    this.#say(say("api.closed"));
  }

  /** @param {ApiRequest} request */
  async #listen(request) {
    const passage = this.#makePassage();
    const socket = new WebSocket(addressOf(request));
    this.#stop = () => socket.close();
    socket.addEventListener("open", () => this.#say(say("api.open")));
    socket.addEventListener("message", ({ data }) => this.#add(passage, `${data}\n`));
    await new Promise((resolve) => socket.addEventListener("close", resolve, { once: true }));
    this.#say(say("api.closed"));
  }

  /**
   * The end is kept, as that is what is new.
   *
   * @param {HTMLElement} passage
   * @param {string} text
   */
  #add(passage, text) {
    passage.textContent = (passage.textContent + text).slice(-SHOWN_MAX);
    passage.scrollTop = passage.scrollHeight;
  }
}
