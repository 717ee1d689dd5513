/** What keys do. Each part of the page registers its own; `?` shows all there are. */

/**
 * @typedef {object} Key
 * @property {string} keys As people write them: "j", "#", "g i" for one behind the other.
 * @property {string} text What it does; a name in the table of texts.
 * @property {string} group Under which heading `?` lists it; a name in the table of texts.
 * @property {(event: KeyboardEvent) => void} run
 * @property {() => boolean} [when] Whether it does anything now; always without.
 */

/** How long the second of two keys may come after the first. */
const SEQUENCE_MS = 1000;

/** @type {Key[]} */
const keys = [];
let pending = "";
/** @type {ReturnType<typeof setTimeout> | undefined} */
let forget;

/** @param {...Key} added */
export function registerKeys(...added) {
  keys.push(...added);
}

/** @returns {readonly Key[]} */
export function listKeys() {
  return keys;
}

/**
 * Whether the key is meant for a field: there letters are letters.
 *
 * @param {KeyboardEvent} event
 */
function isTyping(event) {
  const target = event.target;
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || ["INPUT", "TEXTAREA", "SELECT"].includes(target.tagName)) &&
    !(target instanceof HTMLInputElement && target.type === "checkbox")
  );
}

/**
 * Space and Enter on what can be pressed are for that.
 *
 * @param {KeyboardEvent} event
 */
function isPressing(event) {
  return (
    (event.key === "Enter" || event.key === " ") &&
    event.target instanceof Element &&
    event.target.closest("button, a, summary") !== null
  );
}

/** @param {KeyboardEvent} event */
function onKeydown(event) {
  const isMeant = !event.ctrlKey && !event.metaKey && !event.altKey && !event.isComposing;
  if (!isMeant || event.defaultPrevented || isTyping(event) || isPressing(event) || event.key === "Shift") {
    return;
  }
  // A dialog has the keyboard to itself.
  if (document.querySelector("dialog[open]") !== null) {
    return;
  }
  const pressed = pending === "" ? event.key : `${pending} ${event.key}`;
  clearTimeout(forget);
  pending = "";
  const key = keys.find((one) => one.keys.split(", ").includes(pressed) && (one.when?.() ?? true));
  if (key) {
    event.preventDefault();
    key.run(event);
  } else if (keys.some((one) => one.keys.startsWith(`${pressed} `))) {
    event.preventDefault();
    pending = pressed;
    forget = setTimeout(() => (pending = ""), SEQUENCE_MS);
  }
}

export function startKeys() {
  document.addEventListener("keydown", onKeydown);
}
