/** Short news at the foot of the page, with a way back where there is one. */

import { h, iconButton } from "../core/dom.js";
import { say } from "../core/messages.js";

const SHOWN_MS = 6000;

/** @type {{ element: HTMLElement, undo: () => void }[]} What can be undone, the last at the end. */
const undoable = [];

/** @returns {HTMLElement} */
function place() {
  const there = document.getElementById("toasts");
  return there ?? document.body.appendChild(h("div", { id: "toasts", role: "status", "aria-live": "polite" }));
}

/**
 * Says something for a while, or until what it says is over: then close() takes it away.
 *
 * @param {string} text
 * @param {{ undo?: () => void, ms?: number, kind?: "error" }} [options] `undo` is called at most once, and not when the
 *   toast has gone.
 * @returns {{ close: () => void }}
 */
export function showToast(text, { undo, ms = SHOWN_MS, kind } = {}) {
  const element = h("div", { class: `toast ${kind ?? ""}` }, h("span", {}, text));
  const entry = { element, undo: undo ?? (() => {}) };
  const close = () => {
    element.remove();
    const index = undoable.indexOf(entry);
    if (index >= 0) {
      undoable.splice(index, 1);
    }
  };
  if (undo) {
    element.append(h("button", { type: "button", class: "link", onclick: () => undoEntry(entry) }, say("done.undo")));
    undoable.push(entry);
  }
  element.append(iconButton("close", say("done.close"), close));
  element.addEventListener("toast-done", close);
  place().append(element);
  setTimeout(close, ms);
  return { close };
}

/** @param {typeof undoable[number]} entry */
function undoEntry(entry) {
  entry.element.dispatchEvent(new Event("toast-done"));
  entry.undo();
}

/** Undoes what was done last, while its toast is there. */
export function undoLast() {
  const entry = undoable.at(-1);
  if (entry) {
    undoEntry(entry);
  }
}

/** @returns {boolean} */
export function canUndo() {
  return undoable.length > 0;
}

/** @param {unknown} error */
export function showError(error) {
  showToast(say("done.failed", { message: error instanceof Error ? error.message : String(error) }), { kind: "error" });
}
