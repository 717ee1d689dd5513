/** What this browser remembers of the page. Without storage (a private window may have none) nothing is. */

const PREFIX = "dsmtpd.";

/** Gives an event by the name of a setting when it was written. */
export const settings = new EventTarget();

/**
 * @template Value
 * @param {string} name
 * @param {Value} usual
 * @returns {Value}
 */
export function readSetting(name, usual) {
  try {
    const text = localStorage.getItem(PREFIX + name);
    return text === null ? usual : JSON.parse(text);
  } catch {
    return usual;
  }
}

/**
 * @param {string} name
 * @param {unknown} value
 */
export function writeSetting(name, value) {
  try {
    localStorage.setItem(PREFIX + name, JSON.stringify(value));
  } catch {
    // It is forgotten with the page.
  }
  settings.dispatchEvent(new Event(name));
}
