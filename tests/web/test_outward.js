/** Checks that ask other servers: when they are asked, and what is shown of their answers. */

import assert from "node:assert/strict";
import * as http from "node:http";
import { createServer } from "node:net";
import { after, before, test } from "node:test";
import { violationsOf } from "./accessibility.js";
import { listen, openPage, problemsOf, Server, startBrowser, until } from "./support.js";

/** @type {Server} */
let server;
/** @type {import("playwright-core").Browser} */
let browser;
let questions = 0;
/** @type {string[]} What the site was asked for. */
const asked = [];

const TABLE = "---- ----\n 2.7 MISSING_DATE Missing Date: header\n1000 GTUBE BODY: <b>Generic</b> Test\n";

/** Answers as SpamAssassin does. */
const spamd = createServer((connection) => {
  questions++;
  connection.once("data", () =>
    connection.end(`SPAMD/1.1 0 EX_OK\r\nSpam: True ; 1002.7 / 5.0\r\nContent-length: ${TABLE.length}\r\n\r\n${TABLE}`),
  );
  connection.on("error", () => {});
});

/** A site of the message's links, where all is well but /gone. */
const site = http.createServer((request, response) => {
  asked.push(`${request.method} ${request.url}`);
  if (request.url === "/moved") {
    response.writeHead(302, { Location: "/good" });
  } else {
    response.writeHead(request.url === "/gone" ? 410 : 200);
  }
  response.end();
});
let sitePort = 0;

before(async () => {
  const spamdPort = await listen(spamd);
  sitePort = await listen(site);
  [server, browser] = await Promise.all([
    Server.start(`--spamd=127.0.0.1:${spamdPort}`, "--fetch-links=any"),
    startBrowser(),
  ]);
});

after(async () => {
  await browser.close();
  await server.end();
  spamd.close();
  site.close();
});

test("SpamAssassin is asked when somebody wants to know, and its rules are shown, the worst first", async () => {
  const id = await server.send();
  const page = await openPage(browser, `${server.url}view/${id}#checks`);
  const section = page.locator("section.spam");
  const button = section.getByRole("button", { name: "Ask SpamAssassin" });
  await button.waitFor();
  assert.equal(questions, 0);
  await button.click();
  await section.getByText("SpamAssassin: spam, score 1002.7").waitFor();
  assert.deepEqual(await section.locator("tbody tr").allInnerTexts(), [
    "1000.0\tGTUBE\tBODY: <b>Generic</b> Test",
    "2.7\tMISSING_DATE\tMissing Date: header",
  ]);
  assert.deepEqual(await violationsOf(page), []);
  assert.equal(questions, 1);

  spamd.close();
  await button.click();
  await section.getByText("spamd does not answer").waitFor();
  assert.deepEqual(problemsOf(page), []);
  await page.context().close();
});

test("links are asked when somebody wants to know, after a word about what that may do", async () => {
  const root = `http://127.0.0.1:${sitePort}`;
  const paths = ["/good", "/gone", "/moved", "/unsubscribe"];
  const HTML = paths.map((path) => `<a href="${root}${path}">${path}</a>`).join(" ");
  const id = await server.send({ HTML: `${HTML}<a href="mailto:a@b.example">write</a>` });
  const page = await openPage(browser, `${server.url}view/${id}#checks`);
  const button = page.getByRole("button", { name: "Check 4 links" });
  await button.waitFor();
  await page.getByText("Requesting a link may trigger it").waitFor();
  assert.deepEqual(asked, []);
  await button.click();
  await page.getByText("2 work, 1 fail, 1 not requested.").waitFor();
  const results = page.locator(".link-result:not(:empty)");
  assert.deepEqual(await results.allInnerTexts(), [
    "200 OK",
    "410 Gone",
    "200 OK",
    "not fetched: it may unsubscribe; unsubscribe=true requests it too",
  ]);
  assert.deepEqual(asked.toSorted(), ["HEAD /gone", "HEAD /good", "HEAD /good", "HEAD /moved"]);
  assert.deepEqual(await violationsOf(page), []);

  await page.getByLabel("Follow redirections").uncheck();
  await page.getByLabel("Also request unsubscribe links").check();
  await button.click();
  await page.getByText("3 work, 1 fail, 0 not requested.").waitFor();
  assert.deepEqual(await results.allInnerTexts(), ["200 OK", "410 Gone", "302 Found", "200 OK"]);
  assert.deepEqual(problemsOf(page), []);
  await page.context().close();
});

test("where the server asks for consent, links are requested after a press that gives it, each time", async () => {
  const asking = await Server.start("--fetch-links=ask");
  const id = await asking.send({ HTML: `<a href="http://127.0.0.1:${sitePort}/good">good</a>` });
  asked.length = 0;
  const page = await openPage(browser, `${asking.url}view/${id}#checks`);
  /** @type {string[]} */
  const requests = [];
  page.on("request", (request) => {
    if (request.url().includes("/link-check")) {
      requests.push(`${request.method()} ${new URL(request.url()).search}`);
    }
  });
  await page.getByText("Requesting a link may trigger it").waitFor();
  await page.getByText("Only links to public addresses are requested.").waitFor();
  assert.deepEqual(requests, []);
  const button = page.getByRole("button", { name: "Allow once and check 1 link" });
  for (let times = 1; times <= 2; times++) {
    await button.click();
    await page.getByText("0 work, 0 fail, 1 not requested.").waitFor();
    await page.locator(".link-result").getByText("127.0.0.1 is this machine").waitFor();
    await until(() => requests.length === times);
  }
  assert.deepEqual(new Set(requests), new Set(["POST ?follow=true&unsubscribe=false&consent=true"]));
  assert.deepEqual(asked, []);
  assert.deepEqual(await violationsOf(page), []);
  assert.deepEqual(problemsOf(page), []);
  await page.context().close();
  await asking.end();
});

test("a user who leaves the message while others are asked sees nothing of it", async () => {
  const [id, other] = [
    await server.send({ HTML: '<a href="http://127.0.0.1:1/">link</a>' }),
    await server.send({ Subject: "Another" }),
  ];
  const page = await openPage(browser, `${server.url}view/${id}#checks`);
  /** @type {string[]} */
  const left = [];
  page.on("requestfailed", (request) => left.push(new URL(request.url()).pathname.split("/").at(-1) ?? ""));
  // Never answered.
  await page.route(/\/(sa-check|link-check)\b/, () => {});
  await page.getByRole("button", { name: "Ask SpamAssassin" }).click();
  await page.getByRole("button", { name: "Check 1 link" }).click();
  await page.getByText("Requesting the links…").waitFor();
  await page.locator(".row-subject").getByText("Another").click();
  await page.waitForURL(new RegExp(`/view/${other}`));
  await until(() => left.length === 2);
  await page.locator(".checks-tab").getByText("This message has no links.").waitFor();
  assert.deepEqual(left.toSorted(), ["link-check", "sa-check"]);
  assert.deepEqual(problemsOf(page), []);
  await page.context().close();
});

test("what is switched off says how to switch it on", async () => {
  const plain = await Server.start();
  const id = await plain.send({ HTML: '<a href="http://127.0.0.1:1/">link</a>' });
  const page = await openPage(browser, `${plain.url}view/${id}#checks`);
  await page.locator("section.spam").getByText("--spamd=127.0.0.1:783").waitFor();
  await page.getByText("start dsmtpd with --fetch-links=ask").waitFor();
  assert.equal(await page.getByRole("button", { name: /^Check / }).count(), 0);
  assert.equal(await page.getByRole("button", { name: "Ask SpamAssassin" }).count(), 0);
  assert.deepEqual(problemsOf(page), []);
  await page.context().close();
  await plain.end();
});
