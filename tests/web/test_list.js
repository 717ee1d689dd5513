/** The list: what it shows, and what is done in it. */

import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { openPage, problemsOf, Server, startBrowser } from "./support.js";

/** @type {Server} */
let server;
/** @type {import("playwright-core").Browser} */
let browser;

before(async () => {
  [server, browser] = await Promise.all([Server.start(), startBrowser()]);
});

after(async () => {
  await browser.close();
  await server.end();
});

beforeEach(() => server.clear());

test("a mail that comes is there by itself, and a click opens it", async () => {
  const page = await openPage(browser, server.url);
  await page.getByText("Waiting for the first mail").waitFor();
  const id = await server.send({ Subject: "Grüße", Text: "the text of it" });
  await page.getByRole("row").getByText("Grüße").click();
  await page.getByText("the text of it").last().waitFor();
  assert.equal(page.url(), `${server.url}view/${id}`);
  await page.goBack();
  assert.equal(page.url(), server.url);
  assert.deepEqual(problemsOf(page), []);
  await page.context().close();
});
