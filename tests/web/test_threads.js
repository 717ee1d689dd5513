/** Conversations in the list. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { byThread, isByThread } from "../../web/core/threads.js";
import { violationsOf } from "./accessibility.js";
import { bring } from "./mails.js";
import { openPage, problemsOf, startShared, untilEqual } from "./support.js";

const { server, browser } = await startShared();

test("a search says whether it has one message of each conversation", () => {
  assert.equal(isByThread("from:a IS:newest"), true);
  assert.equal(isByThread('"is:newest" -is:newest is:newestx'), false);
  assert.equal(byThread("", true), "is:newest");
  assert.equal(byThread("from:a", true), "from:a is:newest");
  assert.equal(byThread("from:a is:newest to:b", false), "from:a to:b");
  assert.equal(byThread("from:a is:newest", true), "from:a is:newest");
});

/**
 * @param {string} id
 * @param {string} subject
 * @param {string} [answers] Another's ID.
 */
async function putMail(id, subject, answers) {
  const lines = [`Message-ID: <${id}@a.example>`, answers ? `In-Reply-To: <${answers}@a.example>` : "X-A: b"];
  const head = [...lines, "From: a@a.example", "To: b@a.example", `Subject: ${subject}`];
  await bring(server, [...head, "", "x", ""].join("\r\n"));
}

test("one message stands for its conversation, the newest, and leads to the others", async () => {
  const page = await openPage(browser, server.url);
  const subjects = () => page.locator(".list-area .row-subject").allTextContents();
  await putMail("one", "question");
  await putMail("other", "something else");
  await putMail("two", "answer", "one");
  await untilEqual(subjects, ["answer", "something else", "question"]);
  await page.getByRole("button", { name: "Group by conversation" }).click();
  await page.waitForURL(`${server.url}?query=is%3Anewest`);
  await untilEqual(subjects, ["answer", "something else"]);
  await page.getByRole("heading", { name: "Inbox" }).waitFor();
  assert.equal(await page.getByRole("combobox").inputValue(), "");
  await page.getByText("2 conversations", { exact: true }).waitFor();
  assert.equal(await page.locator(".row-thread").count(), 1);
  await putMail("three", "answer to that", "two");
  await untilEqual(subjects, ["answer to that", "something else"]);
  await page.getByRole("button", { name: "Show the conversation of 3 messages" }).click();
  await untilEqual(subjects, ["answer to that", "answer", "question"]);
  await page.goBack();
  await untilEqual(subjects, ["answer to that", "something else"]);
  await page.getByRole("button", { name: "Group by conversation", pressed: true }).click();
  await untilEqual(subjects, ["answer to that", "answer", "something else", "question"]);
  assert.deepEqual(problemsOf(page), []);
  await page.context().close();
});

test("a conversation is read on one page, and its messages are opened one by one, by keys, too", async () => {
  const ids = [];
  for (const [index, name] of ["a1", "a2", "a3"].entries()) {
    const lines = [`Message-ID: <${name}@t.example>`, `From: ${name}@t.example`, "To: b@a.example", "Subject: stack"];
    const answers = index > 0 ? [`In-Reply-To: <a${index}@t.example>`] : [];
    const html = index === 2 ? ["Content-Type: text/html", "", "<p>the text of a3</p>"] : ["", `the text of ${name}`];
    ids.push(await bring(server, [...lines, ...answers, ...html, ""].join("\r\n")));
  }
  const page = await openPage(browser, `${server.url}view/${ids[1]}#text`);
  await page.getByRole("tab", { name: "Conversation 3" }).waitFor();
  await page.keyboard.press("v");
  await page.waitForURL(/#thread$/);
  const heads = page.locator(".thread-head");
  await untilEqual(
    () => page.locator(".thread-from").allTextContents(),
    ["a1", "a2", "a3"].map((name) => `${name}@t.example`),
  );
  const states = () => heads.evaluateAll((all) => all.map((one) => one.ariaExpanded));
  await untilEqual(states, ["false", "true", "false"]);
  await page.locator(".thread-entry[aria-current]").getByText("the text of a2", { exact: true }).last().waitFor();
  assert.equal(await page.locator(".thread-body iframe").count(), 0);
  await heads.nth(1).focus();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await untilEqual(states, ["false", "true", "true"]);
  await page.frameLocator(".thread-body iframe").getByText("the text of a3").waitFor();
  await page.keyboard.press("ArrowUp");
  await page.keyboard.press("Enter");
  await untilEqual(states, ["false", "false", "true"]);
  assert.deepEqual(await violationsOf(page), []);
  await page.getByRole("button", { name: "Open or close all" }).click();
  await untilEqual(states, ["true", "true", "true"]);
  await page.locator(".thread-entry").first().getByRole("link", { name: "Open this message" }).click();
  await page.waitForURL(`${server.url}view/${ids[0]}`);
  // The same view of the next message.
  await page.locator(".thread-entry[aria-current]").getByText("a1@t.example").waitFor();
  await page.getByRole("link", { name: "Show as a list" }).click();
  await untilEqual(() => page.locator(".list-area .row-subject").allTextContents(), ["stack", "stack", "stack"]);
  assert.deepEqual(problemsOf(page), []);
  await page.context().close();
});

test("a message alone has no conversation to read", async () => {
  await bring(server, "Subject: alone\r\nFrom: a@a.example\r\n\r\nx");
  const page = await openPage(browser, `${server.url}view/latest#text`);
  await page.getByRole("heading", { name: "alone" }).waitFor();
  assert.equal(await page.getByRole("button", { name: "Read the conversation" }).isDisabled(), true);
  assert.equal(await page.getByRole("tab", { name: "Conversation" }).count(), 0);
  await page.keyboard.press("v");
  await page.getByText("This message has no conversation.").waitFor();
  await page.context().close();
});
