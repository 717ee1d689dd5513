/** The search box: what it offers, what it finds, where it says a search is wrong. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { hitsIn } from "../../web/core/hits.js";
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
  const known = {
    tags: ["release", "two words"],
    senders: [{ insert: "eve@example.com", text: "Eve Doe" }],
    recipients: [{ insert: "bob@example.com", text: "3 messages" }],
  };
  const inserts = (/** @type {string} */ word) => suggest(word, known).map((one) => one.insert);
  assert.deepEqual(inserts("is:un"), ["is:unread ", "is:unflagged ", "is:untagged "]);
  assert.deepEqual(inserts("fr"), ["from:"]);
  assert.deepEqual(inserts("-tag:"), ["-tag:release ", '-tag:"two words" ']);
  assert.deepEqual(inserts("to:BOB"), ["to:bob@example.com "]);
  assert.deepEqual(suggest("-from:doe", known), [{ insert: "-from:eve@example.com ", text: "Eve Doe" }]);
  assert.deepEqual(suggest("rcpt:b", known), [{ insert: "rcpt:bob@example.com ", text: "3 messages" }]);
  assert.deepEqual(inserts("addressed:"), ["addressed:bob@example.com ", "addressed:eve@example.com "]);
  assert.deepEqual(inserts("is:unread"), []);
  assert.deepEqual(inserts("zebra"), []);
});

test("the position of an error is the server's, counted in characters", () => {
  assert.deepEqual(readSearchError("at 3: no", "a bcd e"), { at: 2, length: 3, problem: "no" });
  assert.deepEqual(readSearchError("the search: at 4: a: b", 'ab "c d" e'), { at: 3, length: 5, problem: "a: b" });
  assert.deepEqual(readSearchError("too long", "x"), { at: null, length: 0, problem: "too long" });
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

test("hits are those of the place, and of no other field", () => {
  assert.deepEqual(hitsIn('one "two three" -four is:read from:bob subject:"a b"', "subject"), [
    "one",
    "two three",
    "a b",
  ]);
  assert.deepEqual(hitsIn("one from:Bob addressed:eve", "from"), ["one", "bob", "eve"]);
  assert.deepEqual(hitsIn("", "body"), []);
});

test("what a search found is marked in the rows", async () => {
  const page = await openPage(browser, `${server.url}?query=${encodeURIComponent("subject:TW to:alice")}`);
  await untilEqual(() => page.locator(".list-area mark").allTextContents(), ["alice", "tw"]);
  await page.getByRole("navigation").getByRole("link", { name: "Inbox" }).click();
  await untilEqual(() => page.locator(".list-area mark").count(), 0);
  await page.context().close();
});

test("where a search is wrong is shown once, and the text itself can be looked for", async () => {
  const page = await openPage(browser, `${server.url}?query=${encodeURIComponent("größer larger:abc to:bob")}`);
  const problem = page.getByRole("alert").filter({ hasText: "Invalid search" });
  await problem.waitFor();
  await untilEqual(() => problem.locator("mark").innerText(), "abc");
  assert.equal(await page.getByText("Invalid search").count(), 1);
  await untilEqual(() => page.getByRole("combobox").getAttribute("aria-invalid"), "true");
  await page.getByRole("link", { name: "Search for the text" }).click();
  await page.getByText("No messages match this search.").waitFor();
  await problem.waitFor({ state: "hidden" });
  await page.context().close();
});

test("a long text in which one word is everywhere and another nowhere is shown, with the first hits marked", async () => {
  const id = await server.send({ Subject: "many", Text: `${"aaaa ".repeat(60_000)}end` });
  const page = await openPage(browser, `${server.url}view/${id}?query=${encodeURIComponent("aaaa aaab")}`);
  await untilEqual(() => page.locator(".mail-text mark.hit").count(), 2000);
  assert.deepEqual(problemsOf(page), []);
  await page.context().close();
});

test("a long search leaves room for the buttons above a narrow list", async () => {
  const page = await openPage(browser, `${server.url}?query=subject:one+-subject:something-that-nobody-has-sent-here`);
  await page.getByRole("row").first().locator(".row-subject").click();
  await page.locator("mail-view").getByRole("heading", { name: "one" }).waitFor();
  /** By how many pixels the bar's buttons and text leave it. */
  const overflow = () => page.locator("list-bar").evaluate((bar) => bar.scrollWidth - bar.clientWidth);
  await untilEqual(overflow, 0);
  await page.getByRole("row").first().getByRole("checkbox").check();
  await page.locator("list-bar").getByText("1 selected").waitFor();
  await untilEqual(overflow, 0);
  assert.deepEqual(problemsOf(page), []);
  await page.context().close();
});
