/** Conversations in the list. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { byThread, isByThread } from "../../web/core/threads.js";
import { bring } from "./mails.js";
import { openPage, problemsOf, startShared, untilEqual } from "./support.js";

const { server, browser } = await startShared();

test("a search says whether it has one mail of each conversation", () => {
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

test("one mail stands for its conversation, the newest, and leads to the others", async () => {
  const page = await openPage(browser, server.url);
  const subjects = () => page.locator(".list-area .row-subject").allTextContents();
  await putMail("one", "question");
  await putMail("other", "something else");
  await putMail("two", "answer", "one");
  await untilEqual(subjects, ["answer", "something else", "question"]);
  await page.getByRole("button", { name: "One mail for each conversation" }).click();
  await page.waitForURL(`${server.url}?query=is%3Anewest`);
  await untilEqual(subjects, ["answer", "something else"]);
  await page.getByRole("heading", { name: "Inbox" }).waitFor();
  await page.getByText("2 mails", { exact: true }).waitFor();
  assert.equal(await page.locator(".row-thread").count(), 1);
  await putMail("three", "answer to that", "two");
  await untilEqual(subjects, ["answer to that", "something else"]);
  await page.getByRole("button", { name: "Show the conversation of 3 mails" }).click();
  await untilEqual(subjects, ["answer to that", "answer", "question"]);
  await page.goBack();
  await untilEqual(subjects, ["answer to that", "something else"]);
  await page.getByRole("button", { name: "One mail for each conversation", pressed: true }).click();
  await untilEqual(subjects, ["answer to that", "answer", "something else", "question"]);
  assert.deepEqual(problemsOf(page), []);
  await page.context().close();
});
