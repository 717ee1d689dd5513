/** The search box: what it offers, what it finds, where it says a search is wrong. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { readSearchError, suggest, wordAt } from "../../web/list/search_terms.js";
import { openPage, problemsOf, startShared, untilEqual } from "./support.js";

const { server, browser } = await startShared();
await server.send({ Subject: "one", Tags: ["release"], To: [{ Email: "bob@example.com" }] });
await server.send({ Subject: "two", To: [{ Email: "alice@example.com" }] });

test("the word under the cursor ends at a blank that is not quoted", () => {
  assert.deepEqual(wordAt("from:a to", 9), { word: "to", start: 7 });
  assert.deepEqual(wordAt('a subject:"b c', 14), { word: 'subject:"b c', start: 2 });
  assert.deepEqual(wordAt("abc", 2), { word: "ab", start: 0 });
  assert.deepEqual(wordAt("abc ", 4), { word: "", start: 4 });
});

test("fields, states and values are offered", () => {
  const known = { tags: ["release", "two words"], addresses: ["bob@example.com"] };
  const inserts = (/** @type {string} */ word) => suggest(word, known).map((one) => one.insert);
  assert.deepEqual(inserts("is:un"), ["is:unread ", "is:unflagged ", "is:untagged "]);
  assert.deepEqual(inserts("fr"), ["from:"]);
  assert.deepEqual(inserts("-tag:"), ["-tag:release ", '-tag:"two words" ']);
  assert.deepEqual(inserts("to:BOB"), ["to:bob@example.com "]);
  assert.deepEqual(inserts("is:unread"), []);
  assert.deepEqual(inserts("zebra"), []);
});

test("the place of an error is the server's, counted in characters", () => {
  assert.deepEqual(readSearchError("at 3: no"), { at: 2, problem: "no" });
  assert.deepEqual(readSearchError("the search: at 12: a: b"), { at: 11, problem: "a: b" });
  assert.deepEqual(readSearchError("too long"), { at: null, problem: "too long" });
});

test("what is typed is completed, found, and has an address", async () => {
  const page = await openPage(browser, server.url);
  const subjects = () => page.locator(".row-subject").allTextContents();
  await page.getByRole("row").first().waitFor();
  await page.keyboard.press("/");
  await page.keyboard.type("tag:re");
  await page.getByRole("option", { name: "tag:release" }).waitFor();
  await page.keyboard.press("Tab");
  await page.waitForURL(`${server.url}?query=tag%3Arelease`);
  await untilEqual(subjects, ["one"]);
  await page.getByRole("button", { name: "Save this search" }).click();
  await page.reload();
  await page.getByRole("navigation").getByRole("link", { name: "tag:release" }).waitFor();
  await page.getByRole("button", { name: "Clear the search" }).click();
  await page.waitForURL(server.url);
  await page.getByRole("navigation").getByRole("link", { name: "alice@example.com" }).click();
  await untilEqual(subjects, ["two"]);
  await page.goBack();
  await page.goBack();
  await untilEqual(subjects, ["one"]);
  assert.deepEqual(problemsOf(page), []);
  await page.context().close();
});

test("where a search is wrong is shown, and the text itself can be looked for", async () => {
  const page = await openPage(browser, `${server.url}?query=${encodeURIComponent("größer larger:abc")}`);
  const problem = page.getByRole("alert").filter({ hasText: "Not understood" });
  await problem.waitFor();
  await untilEqual(() => problem.locator("mark").innerText(), "abc");
  await untilEqual(() => page.getByRole("combobox").getAttribute("aria-invalid"), "true");
  await page.getByRole("link", { name: "Look for the text" }).click();
  await page.getByText("No mail matches this search.").waitFor();
  await problem.waitFor({ state: "hidden" });
  await page.context().close();
});
