/** How much the first view is on the way, as docs/page.md measures it. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { openPage, startShared, untilEqual } from "./support.js";

/** Of all files, with their headers. */
const BYTES_MAX = 64_000;

const { server, browser } = await startShared();

test("the first view is small on the way", async () => {
  await server.sendMany(120);
  const page = await openPage(browser, "about:blank");
  const session = await page.context().newCDPSession(page);
  const answers = new Set();
  const files = new Map();
  session.on("Network.responseReceived", ({ requestId, response }) => {
    if (response.url.includes("/api/")) {
      answers.add(requestId);
    }
  });
  session.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => files.set(requestId, encodedDataLength));
  await session.send("Network.enable");
  await page.goto(server.url);
  await page.getByRole("row").first().waitFor();
  await untilEqual(() => page.locator("side-bar section .side-text").allTextContents(), ["to@example.com"]);
  await page.waitForLoadState("load");
  const sizes = [...files].filter(([id]) => !answers.has(id)).map(([, size]) => size);
  const bytes = sizes.reduce((sum, size) => sum + size, 0);
  const all = [...files.values()].reduce((sum, size) => sum + size, 0);
  console.log(`first view: ${bytes} bytes in ${sizes.length} files, with answers ${all} in ${files.size}`);
  assert.ok(bytes <= BYTES_MAX, `the files of the first view take ${bytes} bytes`);
  await page.context().close();
});
