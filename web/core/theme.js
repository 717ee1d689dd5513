/** Dark or light: as the system has it, until somebody says otherwise here. */

import { readSetting, writeSetting } from "./settings.js";

const system = matchMedia("(prefers-color-scheme: dark)");

/** @returns {boolean} */
export function isDark() {
  const theme = readSetting("theme", "system");
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

/** What the system has already is not remembered: then the page goes on to follow it. */
export function switchTheme() {
  const dark = !isDark();
  writeSetting("theme", dark === system.matches ? "system" : dark ? "dark" : "light");
  apply();
}
