/** Makes the pictures of docs/page/ again: `make screenshots`, or some views: `make screenshots VIEWS="list mail"`. */

import { execFileSync } from "node:child_process";
import { mkdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { speak } from "./mails.js";
import { STORIES, writeMail } from "./screenshot_mails.js";
import { LOOKS, PLACE, VIEWS } from "./screenshot_views.js";
import { openPage, Server, startBrowser } from "./support.js";

/** @import { Browser, Page } from "playwright-core" */
/** @import { Drawn } from "./screenshot_mails.js" */

/** What the page takes for now; the last message came before. */
const NOW = "2026-11-24T13:05:00Z";

/** The theme is that of the page's own switch: one of the browser's would hold in the frames of messages, too. */
const PLACE_AND_TIME = /** @type {const} */ ({ locale: "en-GB", timezoneId: "Europe/Berlin", colorScheme: null });

/** Before some commands, so that the time line has something to show. */
const PAUSE_MS = 40;

/** A lamp, beside a wall. */
const LAMP = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 512 200" width="512" height="200">
<rect width="512" height="200" fill="#dfe7d8"/><rect y="150" width="512" height="50" fill="#b98d5e"/>
<circle cx="256" cy="90" r="80" fill="#fff3c4"/><path d="M226 40h60l24 56H202z" fill="#e9b44c"/>
<rect x="251" y="96" width="10" height="56" fill="#5b4636"/><rect x="224" y="150" width="64" height="8" rx="4" fill="#5b4636"/></svg>`;

/**
 * A picture and a PDF, which the browser draws.
 *
 * @param {Browser} browser
 * @returns {Promise<Drawn>}
 */
async function drawFiles(browser) {
  const page = await browser.newPage({ viewport: { width: 512, height: 200 } });
  await page.setContent(`<style>body { margin: 0 }</style>${LAMP}`);
  const lamp = await page.screenshot();
  await page.setContent("<h1>Invoice 20418</h1><p>Table lamp, oak: 89.00 €</p><p>Bulb E27: 11.80 €</p>");
  const invoice = await page.pdf({ format: "A5" });
  await page.close();
  return { lamp, invoice };
}

/**
 * What a program is started with that takes this for now.
 *
 * @param {string} at In UTC.
 */
function clockAt(at) {
  const library = execFileSync("faketime", ["-f", "+0", "printenv", "LD_PRELOAD"], { encoding: "utf-8" }).trim();
  return { LD_PRELOAD: library, FAKETIME: `@${at}`, FAKETIME_DONT_FAKE_MONOTONIC: "1", TZ: "UTC" };
}

/**
 * Brings the messages, each at its time.
 *
 * @param {Server} server
 * @param {Drawn} drawn
 */
async function bringAll(server, drawn) {
  for (const story of STORIES) {
    await server.stop();
    server.environment = clockAt(story.at);
    await server.run();
    const address = (/** @type {string} */ text) => /<(.*)>/.exec(text)?.[1] ?? text;
    const lines = [
      "EHLO app.larch-oak.example",
      `MAIL FROM:<${address(story.from)}> BODY=8BITMIME`,
      `RCPT TO:<${address(story.to)}>`,
      "DATA",
      `${writeMail(story, drawn).replaceAll(/^\./gm, "..")}\r\n.`,
    ];
    await speak(server, lines, PAUSE_MS);
  }
  await speak(server, ["EHLO printer.example", "MAIL FROM:<scan@printer.example>", "RCPT TO:<robin@exam ple.com>"]);
  await speak(server, ["HELO old.example", "MAIL FROM:<a@old.example>", "AUTH PLAIN AGEAYg=="]);
  await speak(server, ["EHLO app.larch-oak.example", "MAIL FROM:<orders@larch-oak.example> SIZE=90000000"], PAUSE_MS);
}

/**
 * Marks all messages as they are to be seen, as opening them marks them, too.
 *
 * @param {Server} server
 * @returns {Promise<any[]>} As the list has them.
 */
async function markAll(server) {
  const { messages } = await server.ask("GET", "api/v1/messages?limit=100");
  for (const story of STORIES) {
    const [{ ID }] = messages.filter((/** @type {any} */ one) =>
      one.Created.startsWith(story.at.replace(" ", "T").slice(0, 16)),
    );
    const marks = { Read: story.isRead ?? false, Flagged: story.isFlagged ?? false };
    await server.ask("PUT", "api/v1/messages", { IDs: [ID], ...marks });
    await server.ask("PUT", "api/v1/tags", { IDs: [ID], Tags: story.tags ?? [] });
  }
  return messages;
}

/**
 * @param {Page} page
 * @param {string} name
 */
async function take(page, name) {
  // What moves has arrived, what is loaded is there, and nothing but what the view is about is pointed at.
  await page.mouse.move(0, 0);
  await page.waitForLoadState("networkidle");
  await page.evaluate(async () => {
    await document.fonts.ready;
    await Promise.allSettled(document.getAnimations().map((animation) => animation.finished));
  });
  const picture = await page.screenshot({ animations: "disabled", caret: "hide" });
  const file = fileURLToPath(new URL(`${name}.webp`, PLACE));
  // Texts and plain colours are smallest without loss, once their colours are few.
  const few = execFileSync("pngquant", ["--speed=1", "--nofs", "48", "-"], { input: picture });
  execFileSync("cwebp", ["-quiet", "-lossless", "-z", "9", "-m", "6", "-o", file, "--", "-"], { input: few });
}

const wanted = process.argv.slice(2);
const views = VIEWS.filter((view) => wanted.length === 0 || wanted.includes(view.name));
const browser = await startBrowser();
const user = await Server.start();
await user.stop();
const [server, empty] = await Promise.all([user.startBeside("shop/mail"), user.startBeside("blog/mail")]);
await bringAll(server, await drawFiles(browser));
await mkdir(PLACE, { recursive: true });
for (const [look, { theme, options }] of Object.entries(LOOKS)) {
  for (const view of views) {
    const messages = await markAll(server);
    const idOf = (/** @type {string} */ subject) => messages.find((one) => one.Subject === subject).ID;
    const page = await openPage(browser, "about:blank", { ...PLACE_AND_TIME, ...options });
    await page.clock.setFixedTime(NOW);
    await page.addInitScript((name) => localStorage.setItem("dsmtpd.theme", JSON.stringify(name)), theme);
    await page.goto(server.url);
    await page.getByRole("row").first().waitFor();
    await view.open({ page, server, empty, idOf });
    await take(page, `${view.name}-${look}`);
    await page.context().close();
    if (server.isStopped) {
      await server.run();
    }
  }
}
await browser.close();
await Promise.all([server.stop(), empty.stop()]);
await user.end();
