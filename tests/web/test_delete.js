/** Deleting and marking: what is asked for is shown at once, and can be undone. */

import assert from "node:assert/strict";
import { beforeEach } from "node:test";
import { listTester, rowOf, subjectsOf } from "./pages.js";
import { startShared, untilEqual } from "./support.js";

const { server, browser } = await startShared();

beforeEach(() => server.clear());

const pageTest = listTester(server, browser);

pageTest(
  "what is deleted comes back by undo, and marks are set back",
  async (page) => {
    await page.keyboard.press("j");
    await page.keyboard.press("#");
    await untilEqual(() => subjectsOf(page), ["Mail 1"]);
    await untilEqual(() => page.title(), "(1) Inbox · dsmtpd");
    await page.getByText("1 message", { exact: true }).waitFor();
    assert.equal((await server.ask("GET", "api/v1/messages")).total, 2);
    await page.keyboard.press("z");
    await untilEqual(() => subjectsOf(page), ["Mail 2", "Mail 1"]);
    await untilEqual(() => page.title(), "(2) Inbox · dsmtpd");
    await page.keyboard.press("*");
    await page.keyboard.press("a");
    await page.getByRole("button", { name: "Mark as read" }).click();
    await untilEqual(async () => (await server.ask("GET", "api/v1/messages")).unread, 0);
    await page.getByRole("button", { name: "Undo" }).click();
    await untilEqual(async () => (await server.ask("GET", "api/v1/messages")).unread, 2);
  },
  { mails: 2 },
);

pageTest(
  "the inbox is cleared with one button, and undo brings it back",
  async (page) => {
    await page.getByRole("button", { name: "Clear inbox" }).click();
    await page.getByText("Waiting for the first message").waitFor();
    await page.getByText("130 messages deleted").waitFor();
    await untilEqual(() => page.title(), "Inbox · dsmtpd");
    await server.send({ Subject: "later" });
    await untilEqual(() => subjectsOf(page), ["later"]);
    await untilEqual(() => page.title(), "(1) Inbox · dsmtpd");
    await page.getByRole("button", { name: "Undo" }).click();
    await rowOf(page, "Mail 130").waitFor();
    await page.getByText("131 messages", { exact: true }).waitFor();
    await page.keyboard.press("D");
    await page.getByText("Waiting for the first message").waitFor();
    await untilEqual(async () => (await server.ask("GET", "api/v1/messages")).total, 0);
    await page.getByText("Waiting for the first message").waitFor();
  },
  { mails: 130 },
);

pageTest(
  "all are marked as read at once, and undo sets them back",
  async (page) => {
    const unread = () => page.locator(".list-area .row.unread").count();
    await page.getByRole("button", { name: "Mark all read" }).click();
    await untilEqual(unread, 0);
    await untilEqual(() => page.title(), "Inbox · dsmtpd");
    await page.keyboard.press("z");
    await untilEqual(unread, 3);
    await untilEqual(() => page.title(), "(3) Inbox · dsmtpd");
    await page.keyboard.press("R");
    await untilEqual(unread, 0);
    await page.goto(`${server.url}?query=is:unread`);
    await page.getByText("All messages are read.").waitFor();
    assert.equal((await server.ask("GET", "api/v1/messages")).unread, 0);
  },
  { mails: 3 },
);

pageTest(
  "what a deletion leaves is deleted, too, before another list is shown",
  async (page) => {
    await page.goto(`${server.url}?query=subject:1`);
    await untilEqual(() => subjectsOf(page), ["Mail 1"]);
    await page.getByRole("button", { name: "Delete all 1" }).click();
    await page.getByRole("navigation").getByRole("link", { name: "Inbox" }).click();
    await untilEqual(() => subjectsOf(page), ["Mail 2"]);
    assert.equal((await server.ask("GET", "api/v1/messages")).total, 1);
  },
  { mails: 2 },
);

pageTest("rows of messages that are deleted one by one leave the others where they were", async (page) => {
  await server.sendMany(6);
  await rowOf(page, "Mail 6").waitFor();
  for (const subject of ["Mail 5", "Mail 2"]) {
    await rowOf(page, subject).getByRole("checkbox").check();
  }
  await page.getByRole("toolbar").getByRole("button", { name: "Delete" }).click();
  await untilEqual(() => subjectsOf(page), ["Mail 6", "Mail 4", "Mail 3", "Mail 1"]);
  await server.send({ Subject: "another" });
  await untilEqual(() => subjectsOf(page), ["another", "Mail 6", "Mail 4", "Mail 3", "Mail 1"]);
  await rowOf(page, "Mail 4").click();
  await page.locator("mail-view").getByRole("heading", { name: "Mail 4" }).waitFor();
  await page.getByRole("button", { name: "Delete" }).click();
  await page.locator("mail-view").getByRole("heading", { name: "Mail 3" }).waitFor();
  await untilEqual(() => subjectsOf(page), ["another", "Mail 6", "Mail 3", "Mail 1"]);
});

pageTest(
  "a deletion is done when the page goes before its time",
  async (page) => {
    await rowOf(page, "Mail 1").getByRole("checkbox").check();
    await page.getByRole("toolbar").getByRole("button", { name: "Delete" }).click();
    await page.goto("about:blank");
    await untilEqual(async () => (await server.ask("GET", "api/v1/messages")).total, 1);
  },
  { mails: 2 },
);
