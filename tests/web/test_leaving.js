/** How a list is left, as the head of a mail shows it. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { violationsOf } from "./accessibility.js";
import { bring } from "./mails.js";
import { openPage, problemsOf, startShared, untilEqual } from "./support.js";

/** @import { Page } from "playwright-core" */

const { server, browser } = await startShared();

/**
 * The row of the head, of a mail that has these headers.
 *
 * @param {Record<string, string>} headers
 * @param {import("playwright-core").BrowserContextOptions} [options]
 */
async function openMail(headers, options) {
  const id = await server.send({ Headers: headers });
  const page = await openPage(browser, `${server.url}view/${id}#text`, options);
  await page.locator(".mail-text").waitFor();
  return { page, row: page.locator(".leaving") };
}

/** @param {Page} page */
async function close(page) {
  assert.deepEqual(problemsOf(page), []);
  await page.context().close();
}

const ONE_CLICK = "List-Unsubscribe=One-Click";

test("addresses are there to be copied and clicked, and one click is told", async () => {
  const { page, row } = await openMail(
    {
      "List-Unsubscribe": "<https://list.test/off?u=1>, <mailto:off@list.test?subject=off>",
      "List-Unsubscribe-Post": ONE_CLICK,
    },
    { permissions: ["clipboard-read", "clipboard-write"] },
  );
  /** @type {string[]} */
  const requests = [];
  page.on("request", (request) => requests.push(request.url()));
  const link = row.getByRole("link", { name: "https://list.test/off?u=1" });
  assert.equal(await link.getAttribute("href"), "https://list.test/off?u=1");
  assert.equal(await link.getAttribute("rel"), "noopener noreferrer");
  assert.equal(await link.getAttribute("target"), "_blank");
  await row.getByRole("link", { name: "mailto:off@list.test?subject=off" }).waitFor();
  await row.getByText("in one click").waitFor();
  await row.getByRole("button", { name: "not signed" }).waitFor();
  assert.equal(await row.getByRole("button", { name: "more than one click" }).count(), 0);
  await row.getByRole("button", { name: "Copy the address" }).first().click();
  await untilEqual(() => page.evaluate(() => navigator.clipboard.readText()), "https://list.test/off?u=1");
  assert.deepEqual(await violationsOf(page), []);
  assert.deepEqual(
    requests.filter((url) => !url.startsWith(server.url)),
    [],
  );
  await close(page);
});

test("what is wrong with it is told, and leads to the checks", async () => {
  const { page, row } = await openMail({
    "List-Unsubscribe": "https://list.test/off",
    "List-Unsubscribe-Post": ONE_CLICK,
  });
  await row.getByText("no address to do so").waitFor();
  await row.getByRole("button", { name: "not signed" }).waitFor();
  assert.equal(await row.getByText("in one click").count(), 0);
  assert.deepEqual(await violationsOf(page), []);
  await row.getByRole("button", { name: "not well-formed" }).click();
  await page.locator("#mail-panel[data-tab=checks]").getByText("is not in angle brackets").waitFor();
  await close(page);
});

test("without List-Unsubscribe-Post it takes more than one click", async () => {
  const { page, row } = await openMail({ "List-Unsubscribe": "<https://list.test/off>" });
  await row.getByRole("button", { name: "takes more than one click" }).waitFor();
  assert.equal(await row.getByText("in one click").count(), 0);
  await close(page);
});

test("one click is not told where it has no https address", async () => {
  const headers = { "List-Unsubscribe": "<mailto:off@list.test>", "List-Unsubscribe-Post": ONE_CLICK };
  const { page, row } = await openMail(headers);
  await row.getByRole("button", { name: "not well-formed" }).waitFor();
  assert.equal(await row.getByText("in one click").count(), 0);
  await close(page);
});

const HOSTILE = [
  "javascript:alert(1)",
  "JavaScript://list.test/%0Aalert(1)",
  "data:text/html,<b>x",
  " javascript:alert(1)",
];

test("an address that would run something is no link", async () => {
  const { page, row } = await openMail({
    "List-Unsubscribe": HOSTILE.map((link) => `<${link.replaceAll(/[<>]/g, "")}>`).join(", "),
  });
  await row.getByRole("button", { name: "not well-formed" }).waitFor();
  assert.equal(await row.getByRole("link").count(), 0);
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
  const row = page.locator(".leaving");
  await untilEqual(() => row.locator("bdi").allTextContents(), HOSTILE);
  assert.equal(await row.getByRole("link").count(), 0);
  await close(page);
});

test("an address is not shown turned around, as if it led to another host", async () => {
  const id = await bring(server, "List-Unsubscribe: <https://\u202etset.live//:@list.test/off>\r\n\r\nHello");
  const page = await openPage(browser, `${server.url}view/${id}#text`);
  const shown = "https://%E2%80%AEtset.live//:@list.test/off";
  await untilEqual(() => page.locator(".leaving a").allTextContents(), [shown]);
  assert.equal(await page.locator(".leaving bdi").getAttribute("title"), shown);
  await close(page);
});

test("many and long addresses stay in a phone's width", async () => {
  const links = Array.from({ length: 9 }, (_, i) => `<https://list.test/${i}/${"long".repeat(60)}>`);
  const id = await bring(server, `List-Unsubscribe: ${links.join(",\r\n ")}\r\n\r\nHello`);
  const phone = { viewport: { width: 390, height: 844 } };
  const page = await openPage(browser, `${server.url}view/${id}#text`, phone);
  const row = page.locator(".leaving");
  await untilEqual(() => row.getByRole("link").count(), 4);
  const overflow = await page.locator(".mail-head").evaluate((head) => head.scrollWidth - head.clientWidth);
  assert.ok(overflow <= 0, `the head is ${overflow} pixels too wide`);
  await row.getByRole("button", { name: "and 5 more" }).click();
  await page.locator(".checks-tab").getByRole("link", { name: "https://list.test/8/" }).first().waitFor();
  await close(page);
});

test("a mail without such a header says nothing of it", async () => {
  const { page, row } = await openMail({});
  assert.equal(await row.count(), 0);
  assert.equal(await page.getByText("Leave list").count(), 0);
  await close(page);
});
