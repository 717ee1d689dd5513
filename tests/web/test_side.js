/** The side bar: what it counts, and where it leads. */

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { violationsOf } from "./accessibility.js";
import { speak } from "./mails.js";
import { openPage, problemsOf, Server, startShared, untilEqual } from "./support.js";

/** @import { Page } from "playwright-core" */

const { server, browser } = await startShared();

beforeEach(() => server.clear());

/**
 * @param {Page} page
 * @param {string} name
 */
const entryOf = (page, name) => page.getByRole("navigation").getByRole("listitem").filter({ hasText: name });

/**
 * What is counted at an entry; "": nothing is.
 *
 * @param {Page} page
 * @param {string} name
 */
async function countAt(page, name) {
  const counts = entryOf(page, name).locator(".side-count, .unread-count, .side-badge");
  return (await counts.allInnerTexts())[0] ?? "";
}

test("views and tags have counts, which follow what happens", async () => {
  const page = await openPage(browser, server.url);
  await server.send({ Subject: "one", Tags: ["release"] });
  const id = await server.send({ Subject: "two", Tags: ["release"] });
  await untilEqual(() => countAt(page, "Inbox"), "2");
  await untilEqual(() => countAt(page, "Unread"), "2");
  await untilEqual(() => countAt(page, "release"), "2");
  await untilEqual(() => countAt(page, "Flagged"), "");
  await server.ask("PUT", "api/v1/messages", { IDs: [id], Read: true, Flagged: true });
  await untilEqual(() => countAt(page, "Unread"), "1");
  await untilEqual(() => countAt(page, "Flagged"), "1");
  await server.ask("DELETE", "api/v1/messages", { IDs: [id] });
  await untilEqual(() => countAt(page, "release"), "1");
  await untilEqual(() => countAt(page, "Flagged"), "");
  await page.getByRole("button", { name: "Clear inbox" }).click();
  await untilEqual(() => countAt(page, "Inbox"), "");
  await untilEqual(() => countAt(page, "Unread"), "");
  assert.deepEqual(problemsOf(page), []);
  await page.context().close();
});

/**
 * The tags of each message, the newest first.
 *
 * @returns {Promise<string[][]>}
 */
async function tagsOfAll() {
  const { messages } = await server.ask("GET", "api/v1/messages");
  return messages.map((/** @type {{ Tags: string[] }} */ mail) => mail.Tags);
}

test("the focus stays where it is when mail arrives", async () => {
  await server.send({ Subject: "one", Tags: ["release"] });
  const page = await openPage(browser, server.url);
  await untilEqual(() => countAt(page, "release"), "1");
  const focusedTitle = () => page.evaluate(() => document.activeElement?.getAttribute("title"));
  await entryOf(page, "release").getByRole("link").focus();
  await server.send({ Subject: "two", Tags: ["release"] });
  await untilEqual(() => countAt(page, "release"), "2");
  assert.equal(await focusedTitle(), "release");
  await page.keyboard.press("Tab");
  await server.send({ Subject: "three", Tags: ["release"] });
  await untilEqual(() => countAt(page, "release"), "3");
  assert.equal(await focusedTitle(), "Rename or delete the tag release");
  await page.context().close();
});

test("a tag is renamed everywhere from the keyboard, and back", async () => {
  await server.send({ Subject: "one", Tags: ["release"] });
  await server.send({ Subject: "two", Tags: ["other", "release"] });
  const page = await openPage(browser, `${server.url}?query=tag:release`);
  await untilEqual(() => page.getByRole("row").count(), 2);
  const edit = page.getByRole("button", { name: "Rename or delete the tag release" });
  await entryOf(page, "release").getByRole("link").focus();
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  const dialog = page.getByRole("dialog", { name: "Tag release" });
  const field = dialog.getByRole("textbox", { name: "New name" });
  assert.equal(await field.inputValue(), "release");
  assert.deepEqual(await violationsOf(page), []);
  await page.keyboard.type("other");
  await page.keyboard.press("Enter");
  await untilEqual(
    () => field.evaluate((element) => /** @type {HTMLInputElement} */ (element).validationMessage),
    "a tag of this name exists already",
  );
  await field.fill("next week");
  await page.keyboard.press("Enter");
  await dialog.waitFor({ state: "detached" });
  await untilEqual(tagsOfAll, [["next week", "other"], ["next week"]]);
  await untilEqual(() => countAt(page, "next week"), "2");
  await untilEqual(() => edit.count(), 0);
  // The list of the tag goes with it.
  await page.waitForURL((url) => url.searchParams.get("query") === 'tag:"next week"');
  await untilEqual(() => page.getByRole("row").count(), 2);
  await page.getByText("release renamed to next week").waitFor();
  await page.keyboard.press("z");
  await untilEqual(tagsOfAll, [["other", "release"], ["release"]]);
  await edit.waitFor({ state: "attached" });
  await page.waitForURL((url) => url.searchParams.get("query") === "tag:release");
  await page.context().close();
});

test("a tag is deleted from all messages, which get it back", async () => {
  await server.send({ Subject: "one", Tags: ["release"] });
  await server.send({ Subject: "two" });
  await server.send({ Subject: "three", Tags: ["other", "release"] });
  const page = await openPage(browser, server.url);
  await entryOf(page, "release").hover();
  await page.getByRole("button", { name: "Rename or delete the tag release" }).click();
  await page.getByRole("button", { name: "Delete this tag" }).click();
  await page.getByText("Tag release deleted from 2 messages").waitFor();
  await untilEqual(tagsOfAll, [["other"], [], []]);
  await untilEqual(() => entryOf(page, "release").count(), 0);
  await page.getByRole("button", { name: "Undo" }).click();
  await untilEqual(tagsOfAll, [["other", "release"], [], ["release"]]);
  await untilEqual(() => countAt(page, "release"), "2");
  assert.deepEqual(problemsOf(page), []);
  await page.context().close();
});

test("a tag of more messages than are known is deleted when its notice has gone", async () => {
  await server.sendMany(1001);
  await server.ask("PUT", "api/v1/tags", { Search: "before:2100-01-01", Add: ["release"] });
  const page = await openPage(browser, server.url);
  const remove = async () => {
    await entryOf(page, "release").hover();
    await page.getByRole("button", { name: "Rename or delete the tag release" }).click();
    await page.getByRole("button", { name: "Delete this tag" }).click();
    await page.getByText("Tag release deleted from 1,001 messages").waitFor();
  };
  await remove();
  await page.getByRole("button", { name: "Undo" }).click();
  await remove();
  const { Tags } = await server.ask("GET", "api/v1/info");
  assert.equal(Tags.release, 1001);
  // Another list is shown: it happens now.
  await page.getByRole("navigation").getByRole("link", { name: "Unread" }).click();
  await untilEqual(async () => (await server.ask("GET", "api/v1/info")).Tags, {});
  await untilEqual(() => entryOf(page, "release").count(), 0);
  assert.deepEqual(problemsOf(page), []);
  await page.context().close();
});

test("a star, a mark or a message that comes asks for no list", async () => {
  const id = await server.send({ Subject: "one" });
  await server.send({ Subject: "two" });
  const page = await openPage(browser, server.url);
  await untilEqual(() => countAt(page, "Unread"), "2");
  await untilEqual(() => countAt(page, "to@example.com"), "2");
  await page.waitForLoadState("networkidle");
  /** @type {string[]} */
  const lists = [];
  page.on("request", (request) => /api\/v1\/(messages|search)/.test(request.url()) && lists.push(request.url()));
  await server.ask("PUT", "api/v1/messages", { IDs: [id], Read: true, Flagged: true });
  await untilEqual(() => countAt(page, "Unread"), "1");
  await untilEqual(() => countAt(page, "Flagged"), "1");
  await server.send({ Subject: "three" });
  await untilEqual(() => countAt(page, "Unread"), "2");
  await untilEqual(() => countAt(page, "to@example.com"), "3");
  await page.getByRole("row").nth(0).getByText("three").waitFor();
  assert.deepEqual(lists, []);
  await server.send({ Subject: "four", Tags: ["release"] });
  await untilEqual(() => countAt(page, "release"), "1");
  assert.equal(lists.length > 0, true);
  await page.context().close();
});

test("recipients are those of the whole inbox, with a filter and all of them", async () => {
  for (let i = 0; i < 12; i++) {
    await server.send({ To: [{ Email: `user${i}@example.com` }, ...(i < 3 ? [{ Email: "team@example.com" }] : [])] });
  }
  const page = await openPage(browser, server.url);
  const names = () => page.locator("side-bar section .side-text").allTextContents();
  await untilEqual(async () => (await names()).length, 8);
  assert.equal((await names())[0], "team@example.com");
  await untilEqual(() => countAt(page, "team@"), "3");
  await page.getByRole("button", { name: "Show all 13" }).click();
  await untilEqual(async () => (await names()).length, 13);
  await page.getByRole("searchbox", { name: "Filter recipients" }).fill("USER1");
  await untilEqual(names, ["user10@example.com", "user11@example.com", "user1@example.com"]);
  await page.getByRole("link", { name: "user11@example.com" }).click();
  await page.waitForURL(`${server.url}?query=rcpt%3Auser11%40example.com`);
  await page.getByText("1 message", { exact: true }).waitFor();
  assert.equal(await page.getByRole("searchbox", { name: "Filter recipients" }).inputValue(), "USER1");
  await page.getByRole("searchbox", { name: "Filter recipients" }).fill("nobody");
  await page.getByText("No recipients match.").waitFor();
  assert.deepEqual(await violationsOf(page), []);
  assert.deepEqual(problemsOf(page), []);
  await page.context().close();
});

test("what was rejected is counted until somebody looks", async () => {
  const lone = await Server.start();
  await speak(lone, ["EHLO client.example", "NONSENSE"]);
  const page = await openPage(browser, lone.url);
  await untilEqual(() => countAt(page, "Rejected"), "1");
  await speak(lone, ["EHLO client.example", "NONSENSE"]);
  await untilEqual(() => countAt(page, "Rejected"), "2");
  assert.deepEqual(await violationsOf(page), []);
  await page.getByRole("link", { name: "Rejected" }).click();
  await untilEqual(() => countAt(page, "Rejected"), "");
  await page.getByRole("link", { name: "Inbox" }).first().click();
  await page.reload();
  await page.getByRole("link", { name: "Rejected" }).waitFor();
  await speak(lone, ["EHLO client.example", "NONSENSE"]);
  await untilEqual(() => countAt(page, "Rejected"), "1");
  assert.deepEqual(problemsOf(page), []);
  await page.context().close();
  await lone.end();
});
