/** The checks of a message: their summary, what is below it, and where it leads. */

import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { violationsOf } from "./accessibility.js";
import { bring, SIGNED, SIGNED_ZONE } from "./mails.js";
import { openPage, problemsOf, Server, startShared, untilEqual } from "./support.js";

/** @import { Page } from "playwright-core" */

const { server, browser } = await startShared();

/** What several mail programs do not support, an image without alt, and a link. */
const HTML = `<!doctype html>
<html lang="en"><head><style>
p { color: red }
div { display: grid }
</style></head>
<body><p>Some text that is long enough to be read without images.</p>
  <img src="cid:gone">
<a href="https://example.com/x">a link</a></body></html>`;

const id = await server.send({ HTML, Text: "text", Subject: "Checks" });

/**
 * @param {string} url
 * @param {import("playwright-core").BrowserContextOptions} [options]
 */
async function openChecks(url, options) {
  const page = await openPage(browser, url, options);
  await page.locator(".checks-tab").waitFor();
  return page;
}

/** @param {Page} page */
async function close(page) {
  assert.deepEqual(problemsOf(page), []);
  await page.context().close();
}

test("the summary has four tiles in a row, or two where the pane is narrow", async () => {
  const page = await openChecks(`${server.url}view/${id}#checks`);
  const columns = () =>
    page.locator(".tiles").evaluate((tiles) => getComputedStyle(tiles).gridTemplateColumns.split(" ").length);
  await page.setViewportSize({ width: 1280, height: 800 });
  await untilEqual(columns, 4);
  await page.setViewportSize({ width: 500, height: 800 });
  await untilEqual(columns, 2);
  await close(page);
});

test("the summary has the findings, client support, links and the sender, and leads to each", async () => {
  const page = await openChecks(`${server.url}view/${id}#checks`);
  const tiles = page.getByRole("group", { name: "Summary" }).getByRole("button");
  const { Checks } = await server.ask("GET", `api/v1/message/${id}/checks`);
  const { Total } = await server.ask("GET", `api/v1/message/${id}/html-check`);
  const count = (/** @type {string} */ level) =>
    Checks.filter((/** @type {any} */ check) => check.Level === level && check.Group !== "authentication").length;
  const texts = await tiles.allInnerTexts();
  const words = (/** @type {number} */ n, /** @type {string} */ word) => `${n} ${word}${n === 1 ? "" : "s"}`;
  assert.deepEqual(
    texts.map((text) => text.split("\n")),
    [
      ["Findings", `${words(count("error"), "error")}, ${words(count("warning"), "warning")}`],
      ["Client support", `${Math.round(Total.Supported)} %`],
      ["Links", "1"],
      ["DKIM, SPF and DMARC", "Not evaluated"],
    ],
  );
  for (const name of ["DKIM, SPF and DMARC", "Links", "Client support", "Findings"]) {
    await tiles.filter({ hasText: name }).click();
    await untilEqual(() => page.evaluate(() => document.activeElement?.textContent), name);
    assert.ok(
      await page.getByRole("heading", { name, exact: true }).evaluate((h) => h.getBoundingClientRect().top >= 0),
    );
  }
  await close(page);
});

test("without a pointer, the summary leads to a section, and a finding to its line", async () => {
  const page = await openChecks(`${server.url}view/${id}#checks`);
  const focused = () => page.evaluate(() => document.activeElement?.textContent);
  await page.getByRole("group", { name: "Summary" }).getByRole("button").first().focus();
  await page.keyboard.press("Enter");
  await untilEqual(focused, "Findings");
  for (let steps = 0; !/^(HTML|Raw) line \d+$/.test((await focused()) ?? ""); steps++) {
    assert.ok(steps < 20, "no line is reached by Tab");
    await page.keyboard.press("Tab");
  }
  await page.keyboard.press("Enter");
  await page.locator(".code-line.is-found").waitFor();
  // The source has the focus, so that arrows scroll it.
  await untilEqual(() => page.evaluate(() => document.activeElement?.classList.contains("code-text")), true);
  await close(page);
});

test("a finding shows the line that causes it, and opens it in the source", async () => {
  const page = await openChecks(`${server.url}view/${id}#checks`);
  const check = page.getByRole("listitem").filter({ hasText: "Images without an alt attribute" });
  const lines = HTML.split("\n");
  const number = lines.findIndex((line) => line.includes("<img")) + 1;
  await check.getByText(lines[number - 1].trim()).waitFor();
  await check.getByRole("button", { name: `HTML line ${number}` }).click();
  await page.waitForURL(/#source$/);
  await untilEqual(() => page.locator(".code-line.is-found").allTextContents(), [`${lines[number - 1]}\n`]);
  await page.keyboard.press("3");
  const from = page.getByRole("listitem").filter({ hasText: "MAIL FROM and From differ" });
  assert.equal(await from.count(), 0);
  const text = page.getByRole("listitem").filter({ hasText: "without a part" });
  await text.getByRole("button", { name: "HTML line" }).click();
  await page.locator(".code-line.is-found").getByText("cid:gone").waitFor();
  await close(page);
});

test("a finding about the header opens the message as received at that line", async () => {
  const mail = await bring(server, "From: a@b.example\r\nTo: c@d.example\r\nSubject: x\r\nDate: soon\r\n\r\nhi\r\n");
  const page = await openChecks(`${server.url}view/${mail}#checks`);
  const check = page.getByRole("listitem").filter({ hasText: "The Date field is not a date" });
  await check.getByRole("button", { name: /^Raw line \d/ }).click();
  await page.waitForURL(/#raw$/);
  const found = page.locator(".raw-tab .code-line.is-found");
  await untilEqual(async () => (await found.allTextContents()).map((line) => line.trim()), ["Date: soon"]);
  await page.keyboard.press("[");
  await page.locator(".headers-tab").waitFor();
  await page.keyboard.press("]");
  await page.locator(".raw-tab .code-line").first().waitFor();
  assert.equal(await found.count(), 0);
  await close(page);
});

test("sources are links, and none is followed by itself", async () => {
  const page = await openPage(browser, "about:blank");
  /** @type {string[]} */
  const foreign = [];
  page.on("request", (request) => {
    if (!request.url().startsWith(server.url)) {
      foreign.push(request.url());
    }
  });
  await page.goto(`${server.url}view/${id}#checks`);
  await page.locator(".checks-tab").waitFor();
  const hrefs = (/** @type {string} */ text) =>
    page
      .getByRole("listitem")
      .filter({ hasText: text })
      .locator(".source a")
      .evaluateAll((links) => links.map((link) => /** @type {HTMLAnchorElement} */ (link).href));
  assert.deepEqual(await hrefs("cid: addresses without a part"), [
    "https://www.rfc-editor.org/rfc/rfc2392.html#section-2",
  ]);
  assert.deepEqual(await hrefs("Images without an alt"), ["https://www.w3.org/TR/WCAG22/#non-text-content"]);
  assert.deepEqual(await hrefs("Images without a width"), ["https://www.caniemail.com/features/html-width/"]);
  assert.deepEqual(foreign, []);
  await close(page);
});

test("malformed HTML is found, with the line that has it and the section of the standard", async () => {
  const bad = await server.send({
    HTML: '<!doctype html>\n<html lang="en"><body>\n<p>Hello<div>there</div></p>\n<b>x</b></body></html>',
    Text: "text",
    Subject: "Malformed",
  });
  const page = await openChecks(`${server.url}view/${bad}#checks`);
  const finding = page.getByRole("listitem").filter({ hasText: /another that cannot contain them: 1/ });
  await finding.getByText("<div> in <p>", { exact: true }).waitFor();
  assert.equal(
    await finding.locator(".source a").getAttribute("href"),
    "https://html.spec.whatwg.org/multipage/#closing-elements-that-have-implied-end-tags",
  );
  await finding.getByRole("button", { name: "HTML line 3" }).click();
  await page.locator(".is-found").getByText("<div>there").waitFor();
  await close(page);
});

test("features name the families that lack them, with versions and notes on request", async () => {
  const page = await openChecks(`${server.url}view/${id}#checks`);
  const feature = page.locator(".features > li").filter({ hasText: "display:grid" });
  await feature.locator(".families").getByText("Gmail").waitFor();
  await feature.getByRole("button", { name: "HTML line 4" }).waitFor();
  await feature.getByText("used once").click();
  await feature.getByRole("heading", { name: "Outlook" }).waitFor();
  await feature.getByText(/Windows: 2007 not supported/).waitFor();
  const { Warnings } = await server.ask("GET", `api/v1/message/${id}/html-check`);
  const { NotesByNumber } = Warnings.find((/** @type {any} */ warning) => warning.Slug === "css-display-grid");
  assert.equal(await feature.locator(".notes li").count(), Object.keys(NotesByNumber).length);
  assert.deepEqual(await violationsOf(page), []);
  await close(page);
});

test("platforms can be left out, which counts in the summary and is remembered", async () => {
  const page = await openChecks(`${server.url}view/${id}#checks`);
  const { Warnings, Total } = await server.ask("GET", `api/v1/message/${id}/html-check`);
  const share = (/** @type {string[]} */ platforms) => {
    let partial = 0;
    let no = 0;
    for (const { Results, Score } of Warnings) {
      const some = Results.filter((/** @type {any} */ result) => platforms.includes(result.Platform));
      const of = (/** @type {string} */ support) =>
        (100 * some.filter((/** @type {any} */ result) => result.Support === support).length) /
        Math.max(some.length, 1);
      const weight = Math.min(1, Score.Found / Total.Nodes);
      partial = Math.max(partial, of("partial") * weight);
      no = Math.max(no, of("no") * weight);
    }
    return `${Math.round(100 - partial - no)} %`;
  };
  const tile = page.getByRole("group", { name: "Summary" }).getByRole("button", { name: "Client support" });
  const value = () => tile.locator("strong").textContent();
  const platforms = page.getByRole("group", { name: "Platforms" });
  await platforms.getByRole("button", { name: "Desktop" }).click();
  await platforms.getByRole("button", { name: "Web" }).click();
  await untilEqual(value, share(["ios", "android"]));
  await page.reload();
  await untilEqual(value, share(["ios", "android"]));
  assert.equal(await platforms.getByRole("button", { name: "Desktop" }).getAttribute("aria-pressed"), "false");
  await page.locator(".features .families").getByText("Outlook").first().waitFor();
  await platforms.getByRole("button", { name: "Mobile" }).click();
  await page.getByText("All mail programs support the HTML and CSS of this message.").waitFor();
  await close(page);
});

test("without DNS records one line says what to add; what the signatures show is below it", async () => {
  const mail = await bring(server, SIGNED);
  const page = await openChecks(`${server.url}view/${mail}#checks`);
  await page.getByText("Add those of football.example.com with --dns-records").waitFor();
  const results = page.locator(".auth-details").getByRole("listitem");
  assert.equal(await results.first().isVisible(), false);
  await page.getByText("What is known without DNS records").click();
  await results.first().getByText("the body is unchanged; verifying the fields needs the key").waitFor();
  assert.equal(await page.getByText("SPF not evaluated").count(), 0);
  assert.deepEqual(await violationsOf(page), []);
  await close(page);
});

test("with DNS records one card has DKIM, SPF and DMARC, each once", async () => {
  const folder = await mkdtemp(join(tmpdir(), "dsmtpd-web-records-"));
  const zone = join(folder, "zone");
  await writeFile(zone, `${SIGNED_ZONE}_dmarc.football.example.com TXT "v=DMARC1; p=reject"\n`);
  const knowing = await Server.start(`--dns-records=${zone}`);
  const mail = await bring(knowing, SIGNED);
  const page = await openChecks(`${knowing.url}view/${mail}#checks`);
  const section = page.locator("section").filter({ has: page.getByRole("heading", { name: "DKIM, SPF and DMARC" }) });
  const results = section.getByRole("listitem");
  await untilEqual(
    () => results.locator("b").allTextContents(),
    ["DKIM: pass", "DKIM: unknown", "SPF: unknown", "DMARC: pass"],
  );
  await results.nth(0).getByText("Signs from, to, subject, date, message-id").waitFor();
  await results.nth(0).getByText("football.example.com (From's domain), ed25519-sha256, relaxed/relaxed").waitFor();
  await results.nth(1).getByText("TXT test._domainkey.football.example.com", { exact: true }).waitFor();
  await results
    .nth(3)
    .getByText(/DKIM passes for From's domain/)
    .waitFor();
  await page.getByRole("button", { name: "DKIM, SPF and DMARC DMARC: pass" }).waitFor();
  assert.equal(await page.getByText("valid DKIM signatures").count(), 0);
  await close(page);
  await knowing.end();
  await rm(folder, { recursive: true });
});

for (const [colorScheme, width] of /** @type {const} */ ([
  ["light", 1280],
  ["dark", 320],
])) {
  test(`the checks can be used by all, ${colorScheme} and ${width} pixels wide`, async () => {
    const page = await openChecks(`${server.url}view/${id}#checks`, {
      viewport: { width, height: 700 },
      colorScheme,
    });
    await page.locator(".feature summary").first().click();
    // A sentence of its own.
    await page.getByText(/^Data by caniemail\.com\.$/).waitFor();
    assert.deepEqual(await violationsOf(page), []);
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert.ok(overflow <= 0, `it is ${overflow} pixels too wide`);
    await close(page);
  });
}
