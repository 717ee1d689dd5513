/** Attachments: all of them at once, and those that are heard or seen. */

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { violationsOf } from "./accessibility.js";
import { openPage, problemsOf, startShared, untilEqual } from "./support.js";

const { server, browser } = await startShared();

/** A second of silence, 8,000 samples of 8 bits. */
function makeWav() {
  const samples = Buffer.alloc(8000, 128);
  const head = Buffer.alloc(44);
  head.write("RIFF", 0);
  head.writeUInt32LE(36 + samples.length, 4);
  head.write("WAVEfmt ", 8);
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(1, 20);
  head.writeUInt16LE(1, 22);
  head.writeUInt32LE(8000, 24);
  head.writeUInt32LE(8000, 28);
  head.writeUInt16LE(1, 32);
  head.writeUInt16LE(8, 34);
  head.write("data", 36);
  head.writeUInt32LE(samples.length, 40);
  return Buffer.concat([head, samples]);
}

const attach = (/** @type {string} */ Filename, /** @type {string} */ ContentType, /** @type {Buffer} */ content) => ({
  Filename,
  ContentType,
  Content: content.toString("base64"),
});

const LONG_NAME = `${"a-file-name-that-is-long-".repeat(6)}end.bin`;
const id = await server.send({
  Text: "text",
  Attachments: [
    attach("voice.wav", "audio/wav", makeWav()),
    attach("broken.mp4", "video/mp4", Buffer.from("this is no video")),
    attach("all.zip", "application/zip", Buffer.from("PK")),
    attach(LONG_NAME, "application/octet-stream", Buffer.from("x")),
  ],
});

/** @param {import("playwright-core").BrowserContextOptions} [options] */
async function openFiles(options) {
  const page = await openPage(browser, `${server.url}view/${id}#files`, options);
  await page.locator(".files-tab").waitFor();
  return page;
}

test("all attachments are downloaded as one archive", async () => {
  const page = await openFiles();
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("link", { name: "Download all 4 (zip" }).click(),
  ]);
  assert.equal(download.suggestedFilename(), `${id}.zip`);
  const archive = await readFile(await download.path());
  assert.equal(archive.subarray(0, 2).toString(), "PK");
  assert.ok(archive.includes("voice.wav") && archive.includes(LONG_NAME));
  assert.deepEqual(problemsOf(page), []);
  await page.context().close();
});

test("audio is played, and what cannot be played says so", async () => {
  const page = await openFiles();
  await page.getByRole("button", { name: "Show voice.wav" }).click();
  const player = page.locator(".preview audio");
  const state = (/** @type {Element} */ audio) => /** @type {HTMLAudioElement} */ (audio).duration;
  await untilEqual(() => player.evaluate(state), 1);
  await player.evaluate((audio) => /** @type {HTMLAudioElement} */ (audio).play());
  await untilEqual(() => player.evaluate((audio) => /** @type {HTMLAudioElement} */ (audio).ended), true);
  assert.deepEqual(await violationsOf(page), []);
  await page.getByRole("button", { name: "Show broken.mp4" }).click();
  await page.locator(".preview").getByText("The browser cannot play video/mp4.").waitFor();
  assert.deepEqual(problemsOf(page), []);
  await page.context().close();
});

test("files have icons by their type, and whole names", async () => {
  const page = await openFiles({ viewport: { width: 320, height: 700 } });
  const icons = await page
    .locator(".file .thumbnail svg")
    .evaluateAll((svgs) => svgs.map((svg) => svg.getAttribute("class")?.replace("icon icon-", "")));
  assert.deepEqual(icons, ["play", "play", "archive", "file"]);
  const name = page.locator(".file-facts .file-name").last();
  await untilEqual(() => name.textContent(), LONG_NAME);
  assert.ok(await name.evaluate((element) => element.scrollWidth <= element.clientWidth));
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  assert.ok(overflow <= 0, `it is ${overflow} pixels too wide`);
  assert.deepEqual(problemsOf(page), []);
  await page.context().close();
});
