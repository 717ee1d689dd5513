/** Messages that want more than to be read: nothing of them runs, and nothing leaves, unless it is allowed. */

import assert from "node:assert/strict";
import { createServer } from "node:net";
import { after, before, test } from "node:test";
import { CORPUS, EVIL } from "./hostile.js";
import { bring, htmlMail } from "./mails.js";
import { listen, openPage, Server, startBrowser, until } from "./support.js";

/** @import { Page } from "playwright-core" */

/** @type {Server} */
let server;
/** @type {import("playwright-core").Browser} */
let browser;
/** Connections to where the hostile messages want something from. */
let connections = 0;
/** What ran and should not have. @type {string[]} */
let ran = [];

const trap = createServer((socket) => {
  connections++;
  socket.on("error", () => {});
  socket.end("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n<title>elsewhere</title>");
});

before(async () => {
  const port = await listen(trap);
  [server, browser] = await Promise.all([
    Server.start(),
    startBrowser(`--host-resolver-rules=MAP *.${EVIL} 127.0.0.1:${port},MAP ${EVIL} 127.0.0.1:${port}`),
  ]);
});

after(async () => {
  await browser.close();
  await server.end();
  trap.close();
});

/** @param {string} path */
async function open(path) {
  const page = await openPage(browser, server.url + path);
  await page.context().exposeFunction("ran", (/** @type {string} */ what) => ran.push(what));
  page.on("dialog", (dialog) => {
    ran.push(dialog.message());
    void dialog.dismiss();
  });
  connections = 0;
  ran = [];
  return page;
}

/**
 * A message of the server, in the page that is open.
 *
 * @param {Page} page
 * @param {string} html
 */
async function show(page, html) {
  const id = await bring(server, htmlMail(html));
  const loaded = page.waitForResponse((response) => response.url().includes(`${id}.html?frame=1`));
  // As by following a link within the page: nothing but the message is loaded.
  await page.evaluate((url) => {
    history.pushState(null, "", url);
    dispatchEvent(new PopStateEvent("popstate"));
  }, `${server.url}view/${id}`);
  await loaded;
  await page.locator(".stage iframe").waitFor();
  const frame = await (await page.locator(".stage iframe").elementHandle())?.contentFrame();
  await frame?.waitForLoadState("load");
  return id;
}

test("nothing of hostile HTML runs, asks for anything, or leads the page away", async () => {
  const page = await open("");
  // In a window of its own: one that is behind another is slow to take input.
  const paper = await open("");
  for (const [name, html] of Object.entries(CORPUS)) {
    const id = await show(page, html);
    const stage = (await page.locator(".stage").boundingBox()) ?? { x: 0, y: 0, width: 0 };
    // What waits for the pointer.
    await page.mouse.move(stage.x + stage.width / 2, stage.y + 20);
    await page.mouse.move(stage.x + stage.width / 2 + 5, stage.y + 40);
    // The same on paper, where it has the page's origin.
    await paper.goto(`${server.url}view/${id}.html?print=1`, { waitUntil: "load" });
    assert.deepEqual({ ran, connections }, { ran: [], connections: 0 }, name);
    assert.equal(new URL(page.url()).pathname, `/view/${id}`, name);
    assert.equal(new URL(paper.url()).pathname, `/view/${id}.html`, name);
  }
  await Promise.all([page.context().close(), paper.context().close()]);
});

test("remote content is fetched when it is allowed, for this message alone, and still nothing runs", async () => {
  const page = await open("");
  const html = `<img src="http://${EVIL}/1.png"><script src="http://${EVIL}/s.js"></script>`;
  await show(page, html);
  assert.equal(connections, 0);
  await page.getByTitle("2 remote items blocked").waitFor();
  await page.getByRole("button", { name: "Load remote content" }).click();
  await until(() => connections > 0);
  await page.getByTitle("Remote content loaded").waitFor();
  await page.getByRole("button", { name: "Block remote content" }).click();
  await page.getByTitle("2 remote items blocked").waitFor();
  await show(page, html);
  await page.getByTitle("2 remote items blocked").waitFor();
  assert.deepEqual(ran, []);
  await page.context().close();
});

test("links open windows that know nothing of this one", async () => {
  const page = await open("");
  await show(page, `<base target=_top><a target=_self href="http://${EVIL}/link">a link</a>`);
  const [popup] = await Promise.all([
    page.waitForEvent("popup"),
    page.frameLocator(".stage iframe").getByText("a link").click(),
  ]);
  await popup.waitForURL(`http://${EVIL}/link`);
  assert.equal(await popup.evaluate(() => window.opener), null);
  assert.equal(await popup.evaluate(() => document.referrer), "");
  assert.match(page.url(), /\/view\//);
  await page.context().close();
});

test("links that are scripts or pages of their own do nothing", async () => {
  const page = await open("");
  await show(
    page,
    `<p><a href="javascript:ran('javascript')">first</a></p>
     <p><a href="data:text/html,<script>ran('data')</script>">second</a></p>
     <p><a href=" java\nscript:ran('blanks')">third</a></p>
     <svg height=40><a xlink:href="javascript:ran('svg')" target=_blank><text y=20>fourth</text></a></svg>
     <p><a href="http://${EVIL}/link">last</a></p>`,
  );
  for (const text of ["first", "second", "third", "fourth"]) {
    await page.frameLocator(".stage iframe").getByText(text).click();
  }
  // Whatever windows they opened have had their time when an ordinary one is there.
  const [popup] = await Promise.all([
    page.waitForEvent("popup", (one) => one.waitForURL(`http://${EVIL}/link`).then(() => true)),
    page.frameLocator(".stage iframe").getByText("last").click(),
  ]);
  await popup.close();
  assert.deepEqual(ran, []);
  await page.context().close();
});

test("attachments that are pages do not run in the page's origin", async () => {
  const page = await open("");
  const script = "<script>ran(origin)</script>";
  for (const [type, body] of [
    ["text/html", `<h1>x</h1>${script}`],
    ["image/svg+xml", `<svg xmlns="http://www.w3.org/2000/svg">${script}</svg>`],
    ["application/xhtml+xml", `<html xmlns="http://www.w3.org/1999/xhtml"><body>${script}</body></html>`],
    ["text/xml", `<x:html xmlns:x="http://www.w3.org/1999/xhtml"><x:script>ran(origin)</x:script></x:html>`],
  ]) {
    const mail = `Subject: x\r\nMIME-Version: 1.0\r\nContent-Type: ${type}; name=x\r\nContent-Disposition: inline\r\n\r\n${body}\r\n`;
    const id = await bring(server, mail);
    await page.goto(`${server.url}api/v1/message/${id}/part/0`, { waitUntil: "load" });
    assert.equal(await page.evaluate(() => self.origin), "null", type);
    assert.deepEqual(ran, [], type);
  }
  await page.context().close();
});

test("what headers and names of files say is text", async () => {
  const page = await open("");
  const markup = "<img src=x onerror=ran(1)><script>ran(2)</script>";
  const mail = [
    `From: "${markup}" <a@b.example>`,
    `Subject: ${markup}`,
    `X-${"x".repeat(10)}: ${markup}`,
    "MIME-Version: 1.0",
    'Content-Type: multipart/mixed; boundary="b"',
    "",
    "--b",
    `\r\n${markup} https://a.example/"onmouseover=ran(3)`,
    "--b",
    `Content-Type: application/octet-stream; name="${markup}"\r\n\r\nx`,
    "--b--",
    "",
  ].join("\r\n");
  const id = await bring(server, mail);
  await page.goto(`${server.url}view/${id}`);
  for (const tab of ["text", "headers", "raw", "parts", "files", "session", "checks"]) {
    await page.locator(`#tab-${tab}`).click();
    await page.locator(`#mail-panel[data-tab=${tab}] > .${tab}-tab`).waitFor();
  }
  assert.equal(await page.locator("mail-view script, mail-view img[onerror]").count(), 0);
  assert.deepEqual(ran, []);
  await page.context().close();
});
