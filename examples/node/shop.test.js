import assert from "node:assert/strict";
import { once } from "node:events";
import { after, before, test } from "node:test";
import { chromium } from "playwright-core";
import { cursor, waitForLink } from "./mails.js";
import { createShop } from "./shop.js";

const shop = createShop();
let browser;

before(async () => {
  await once(shop.listen(0, "127.0.0.1"), "listening");
  // Its sandbox wants an unprivileged user; what is shown here is our own.
  browser = await chromium.launch({ executablePath: process.env.BROWSER, args: ["--no-sandbox"] });
});

after(async () => {
  await browser?.close();
  shop.close();
});

test("the link in the message confirms the address", async () => {
  const page = await browser.newPage();
  await page.goto(`http://127.0.0.1:${shop.address().port}/`);
  const place = await cursor();
  await page.fill("input", "bob@example.com");
  await page.click("button");
  await page.goto(await waitForLink("to:bob@example.com", place));
  assert.equal(await page.textContent("h1"), "Welcome, bob@example.com!");
});
