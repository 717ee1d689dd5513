/** What axe-core finds in a page. */

import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

const axe = await readFile(fileURLToPath(import.meta.resolve("axe-core/axe.min.js")), "utf-8");

/**
 * What is in frames is not looked at: it is messages.
 *
 * @param {import("playwright-core").Page} page
 * @param {object} [rules] Which to look for; all without.
 * @returns {Promise<string[]>}
 */
export async function violationsOf(page, rules = {}) {
  // Colours on their way from one to another, or without their styles, are nobody's.
  await page.waitForFunction(() =>
    [...document.querySelectorAll("link")].every((link) => link.rel !== "stylesheet" || link.sheet !== null),
  );
  await page.evaluate(() => Promise.allSettled(document.getAnimations().map((animation) => animation.finished)));
  await page.evaluate(axe);
  const found = await page.evaluate(
    async (options) => {
      const { violations } = await Reflect.get(window, "axe").run(document, options);
      return violations;
    },
    { ...rules, resultTypes: ["violations"], iframes: false },
  );
  return found.map(
    (/** @type {any} */ one) => `${one.id}: ${one.nodes.map((/** @type {any} */ node) => node.html).join("\n  ")}`,
  );
}
