/** Message files that are dropped on the page, or chosen. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { openPage, problemsOf, startShared, untilEqual } from "./support.js";

const { server, browser } = await startShared();

/** @param {string} subject */
const messageOf = (subject) => `From: a@b.example\r\nTo: c@d.example\r\nSubject: ${subject}\r\n\r\nhi\r\n`;

test("files that are dropped become messages, and one that fails stops no other", async () => {
  const page = await openPage(browser, server.url);
  await page.route("**/api/v1/messages?stored=1", async (route) => {
    const isBad = route.request().postData()?.includes("Subject: bad");
    await (isBad ? route.fulfill({ status: 413, body: "the message is too large" }) : route.continue());
  });
  const texts = ["first", "bad", "second"].map(messageOf);
  const transfer = await page.evaluateHandle((contents) => {
    const data = new DataTransfer();
    for (const [i, text] of contents.entries()) {
      data.items.add(new File([text], `${i}.eml`, { type: "message/rfc822" }));
    }
    return data;
  }, texts);
  await page.dispatchEvent("app-shell", "dragover", { dataTransfer: transfer });
  await page.dispatchEvent("app-shell", "drop", { dataTransfer: transfer });
  await page.getByText("2 messages imported").waitFor();
  await page.getByText("1.eml: the message is too large").waitFor();
  await untilEqual(() => page.locator(".row-subject").allTextContents(), ["second", "first"]);
  assert.deepEqual(
    problemsOf(page).filter((problem) => !problem.includes("413")),
    [],
  );
  await page.context().close();
});

test("files are chosen in the help menu", async () => {
  const page = await openPage(browser, server.url);
  await page.getByRole("button", { name: "Help" }).click();
  const chooser = page.waitForEvent("filechooser");
  await page.getByRole("button", { name: "Import message files" }).click();
  const buffer = Buffer.from(messageOf("chosen"));
  await (await chooser).setFiles([{ name: "chosen.eml", mimeType: "message/rfc822", buffer }]);
  await page.locator(".row-subject", { hasText: "chosen" }).waitFor();
  assert.deepEqual(problemsOf(page), []);
  await page.context().close();
});
