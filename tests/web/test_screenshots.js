/** That no view is without its pictures, and that docs/page.md shows them all; how they look is for people. */

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { readdir, readFile, stat } from "node:fs/promises";
import { test } from "node:test";
import { LOOKS, PLACE, VIEWS } from "./screenshot_views.js";

/** Source archives have no pictures. */
const skip = !existsSync(new URL("../../.git", import.meta.url));

/** What all of them may take in the repository. */
const OCTETS_MAX = 1_500_000;

const files = VIEWS.flatMap(({ name }) => Object.keys(LOOKS).map((look) => `${name}-${look}.webp`));

test("each view has its pictures, and there are no others", { skip }, async () => {
  assert.deepEqual((await readdir(PLACE)).sort(), files.toSorted());
});

test("docs/page.md shows each of them, and says what is to be seen", { skip }, async () => {
  const text = await readFile(new URL("../page.md", PLACE), "utf-8");
  for (const file of files) {
    assert.match(text, new RegExp(`<a href="page/${file}"><img src="page/${file}" alt="[^"]+"`), file);
  }
});

test("together they stay small", { skip }, async () => {
  const sizes = await Promise.all(files.map(async (file) => (await stat(new URL(file, PLACE))).size));
  const total = sizes.reduce((sum, size) => sum + size, 0);
  assert.ok(total <= OCTETS_MAX, `${total} octets`);
});
