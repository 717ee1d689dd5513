/** How a list is left, as the head of a message shows it. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { violationsOf } from "./accessibility.js";
import { bring } from "./mails.js";
import { openPage, problemsOf, startShared, untilEqual } from "./support.js";

/** @import { Page } from "playwright-core" */

const { server, browser } = await startShared();

/**
 * The link and the verdict in the head, of a message that has these headers; and what the verdict opens.
 *
 * @param {Record<string, string>} headers
 * @param {import("playwright-core").BrowserContextOptions} [options]
 */
async function openMail(headers, options) {
  const id = await server.send({ Headers: headers });
  const page = await openPage(browser, `${server.url}view/${id}#text`, options);
  await page.locator(".mail-text").waitFor();
  return { page, row: page.locator(".leaving"), details: page.getByRole("dialog", { name: "Unsubscribe" }) };
}

/** @param {Page} page */
async function close(page) {
  assert.deepEqual(problemsOf(page), []);
  await page.context().close();
}

const ONE_CLICK = "List-Unsubscribe=One-Click";

test("a link and a verdict stand next to the sender, and the verdict opens the addresses", async () => {
  const { page, row, details } = await openMail(
    {
      "List-Unsubscribe": "<https://list.test/off?u=1>, <mailto:off@list.test?subject=off>",
      "List-Unsubscribe-Post": ONE_CLICK,
    },
    { permissions: ["clipboard-read", "clipboard-write"] },
  );
  /** @type {string[]} */
  const requests = [];
  page.on("request", (request) => requests.push(request.url()));
  const first = row.getByRole("link", { name: "Unsubscribe" });
  assert.equal(await first.getAttribute("href"), "https://list.test/off?u=1");
  assert.equal(await first.getAttribute("title"), "https://list.test/off?u=1");
  assert.equal(await page.locator(".mail-from .leaving").count(), 1);
  await row.getByRole("button", { name: "Unsubscribe: not signed" }).click();
  const link = details.getByRole("link", { name: "https://list.test/off?u=1" });
  assert.equal(await link.getAttribute("href"), "https://list.test/off?u=1");
  assert.equal(await link.getAttribute("rel"), "noopener noreferrer");
  assert.equal(await link.getAttribute("target"), "_blank");
  await details.getByRole("link", { name: "mailto:off@list.test?subject=off" }).waitFor();
  await details.getByText("one-click", { exact: true }).waitFor();
  await details.getByRole("button", { name: "not signed" }).waitFor();
  assert.equal(await details.getByRole("button", { name: "not one-click" }).count(), 0);
  await details.getByRole("button", { name: "Copy the unsubscribe address" }).first().click();
  await untilEqual(() => page.evaluate(() => navigator.clipboard.readText()), "https://list.test/off?u=1");
  assert.deepEqual(await violationsOf(page), []);
  assert.deepEqual(
    requests.filter((url) => !url.startsWith(server.url)),
    [],
  );
  await close(page);
});

test("what is wrong with it is shown, and leads to the checks", async () => {
  const { page, row, details } = await openMail({
    "List-Unsubscribe": "https://list.test/off",
    "List-Unsubscribe-Post": ONE_CLICK,
  });
  await row.getByRole("button", { name: /^Unsubscribe: no usable address, .*malformed/ }).click();
  await details.getByText("no usable address").waitFor();
  await details.getByRole("button", { name: "not signed" }).waitFor();
  assert.equal(await details.getByText("one-click", { exact: true }).count(), 0);
  assert.deepEqual(await violationsOf(page), []);
  await details.getByRole("button", { name: "malformed" }).click();
  await page.locator("#mail-panel[data-tab=checks]").getByText("is not in angle brackets").waitFor();
  await close(page);
});

test("without List-Unsubscribe-Post it is not one-click", async () => {
  const { page, row } = await openMail({ "List-Unsubscribe": "<https://list.test/off>" });
  await row.getByRole("button", { name: "Unsubscribe: not one-click" }).waitFor();
  await close(page);
});

test("nor is it without an https address", async () => {
  const headers = { "List-Unsubscribe": "<mailto:off@list.test>", "List-Unsubscribe-Post": ONE_CLICK };
  const { page, row, details } = await openMail(headers);
  await row.getByRole("button", { name: /malformed/ }).click();
  assert.equal(await details.getByText("one-click", { exact: true }).count(), 0);
  await close(page);
});

const HOSTILE = [
  "javascript:alert(1)",
  "JavaScript://list.test/%0Aalert(1)",
  "data:text/html,<b>x",
  " javascript:alert(1)",
];

test("an address that would run something is not a link", async () => {
  const { page, row, details } = await openMail({
    "List-Unsubscribe": HOSTILE.map((link) => `<${link.replaceAll(/[<>]/g, "")}>`).join(", "),
  });
  await row.getByRole("button", { name: /malformed/ }).click();
  await details.getByRole("button", { name: "malformed" }).waitFor();
  assert.equal(await page.locator(".leaving a, .leaving-menu a").count(), 0);
  await close(page);
});

test("nor is it where the server takes it for one", async () => {
  const page = await openPage(browser, server.url);
  const id = await server.send({ Headers: { "List-Unsubscribe": "<https://list.test/>" } });
  await page.route(`**/api/v1/message/${id}*`, async (route) => {
    const answer = await (await route.fetch()).json();
    answer.ListUnsubscribe.Links = HOSTILE;
    await route.fulfill({ json: answer });
  });
  await page.goto(`${server.url}view/${id}#text`);
  await page.locator(".leaving").getByRole("button").click();
  await untilEqual(() => page.locator(".leaving-menu bdi").allTextContents(), HOSTILE);
  assert.equal(await page.locator(".leaving a, .leaving-menu a").count(), 0);
  await close(page);
});

test("an address is not shown turned around, as if it led to another host", async () => {
  const id = await bring(server, "List-Unsubscribe: <https://\u202etset.live//:@list.test/off>\r\n\r\nHello");
  const page = await openPage(browser, `${server.url}view/${id}#text`);
  const shown = "https://%E2%80%AEtset.live//:@list.test/off";
  assert.equal(await page.locator(".leaving a").getAttribute("title"), shown);
  await page.locator(".leaving").getByRole("button").click();
  await untilEqual(() => page.locator(".leaving-menu a").allTextContents(), [shown]);
  assert.equal(await page.locator(".leaving-menu bdi").getAttribute("title"), shown);
  await close(page);
});

test("many and long addresses stay in a phone's width", async () => {
  const links = Array.from({ length: 9 }, (_, i) => `<https://list.test/${i}/${"long".repeat(60)}>`);
  const id = await bring(server, `List-Unsubscribe: ${links.join(",\r\n ")}\r\n\r\nHello`);
  const phone = { viewport: { width: 390, height: 844 } };
  const page = await openPage(browser, `${server.url}view/${id}#text`, phone);
  await page.locator(".leaving").getByRole("button").click();
  const details = page.getByRole("dialog", { name: "Unsubscribe" });
  await untilEqual(() => details.getByRole("link").count(), 4);
  const overflow = await details.evaluate((dialog) => dialog.scrollWidth - dialog.clientWidth);
  assert.ok(overflow <= 0, `the menu is ${overflow} pixels too wide`);
  await details.getByRole("button", { name: "and 5 more" }).click();
  await page.locator(".checks-tab").getByRole("link", { name: "https://list.test/8/" }).first().waitFor();
  await close(page);
});

test("a message without such a header says nothing of it", async () => {
  const { page, row } = await openMail({});
  assert.equal(await row.count(), 0);
  assert.equal(await page.getByText("Unsubscribe").count(), 0);
  await close(page);
});
