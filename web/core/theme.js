/** Dark or light: as the system has it, until somebody says otherwise here. */

import { readSetting, writeSetting } from "./settings.js";

const system = matchMedia("(prefers-color-scheme: dark)");

/** @typedef {"light" | "dark" | "system"} Theme */

/** @returns {Theme} */
export function chosenTheme() {
  return readSetting("theme", /** @type {Theme} */ ("system"));
}

/** @returns {boolean} */
function isDark() {
  const theme = chosenTheme();
  return theme === "system" ? system.matches : theme === "dark";
}

function apply() {
  document.documentElement.dataset.theme = isDark() ? "dark" : "light";
}

/** Shows the theme, and follows the system. */
export function startTheme() {
  apply();
  system.addEventListener("change", apply);
}

/** @param {Theme} theme */
export function chooseTheme(theme) {
  writeSetting("theme", theme);
  apply();
}

/** Dark instead of light, and back. What the system has already is not remembered: then the page follows it. */
export function switchTheme() {
  const dark = !isDark();
  chooseTheme(dark === system.matches ? "system" : dark ? "dark" : "light");
}
