/** One message: every view of it, and what is done with it. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { violationsOf } from "./accessibility.js";
import { bring, RICH, speak } from "./mails.js";
import { closeMail, openMail } from "./pages.js";
import { openPage, startShared, untilEqual } from "./support.js";

/** @import { BrowserContextOptions } from "playwright-core" */

const { server, browser } = await startShared();
const id = await bring(server, RICH);

/**
 * @param {string} tab
 * @param {BrowserContextOptions} [options]
 */
const openTab = (tab, options) => openMail(server, browser, id, tab, options);

test("the head says who wrote what to whom, and has the code", async () => {
  const page = await openTab("text");
  const head = page.locator(".mail-head");
  await head.getByRole("heading", { name: "Grüße from the shop" }).waitFor();
  await head.locator(".mail-from").getByText("ada@shop.example").waitFor();
  await head.getByText("482913").waitFor();
  await head.getByRole("link", { name: "https://shop.example/confirm?token=a1" }).waitFor();
  await closeMail(page);
});

test("one key copies the code, another the link", async () => {
  const page = await openTab("text", { permissions: ["clipboard-read", "clipboard-write"] });
  const copied = () => page.evaluate(() => navigator.clipboard.readText());
  await page.keyboard.press("c");
  await page.getByText("Copied: 482913").waitFor();
  assert.equal(await copied(), "482913");
  await page.keyboard.press("l");
  await page.getByText("Copied: https://").waitFor();
  assert.equal(await copied(), "https://shop.example/confirm?token=a1");
  await closeMail(page);
});

test("over plain HTTP, where browsers keep their clipboard, it is copied all the same", async () => {
  const page = await openPage(browser, "about:blank");
  await page.addInitScript(() => Reflect.deleteProperty(Navigator.prototype, "clipboard"));
  await page.goto(`${server.url}view/${id}#text`);
  await page.locator(".mail-head").getByText("482913").waitFor();
  await page.keyboard.press("c");
  await page.getByText("Copied: 482913").waitFor();
  await page.keyboard.press("/");
  await page.keyboard.press("ControlOrMeta+V");
  await untilEqual(() => page.getByRole("combobox").inputValue(), "482913");
  await closeMail(page);
});

test("a view that the server rejects says so", async () => {
  const page = await openTab("text");
  await page.route("**/raw", (route) => route.fulfill({ status: 404, body: "no such mail" }));
  await page.locator("#tab-raw").click();
  await page.getByText("This could not be loaded:").getByText("no such mail").waitFor();
  await closeMail(page);
});

test("the HTML is framed without scripts and origin, with its own pictures alone", async () => {
  const page = await openTab("html");
  const frame = page.locator(".stage iframe");
  assert.equal(await frame.getAttribute("sandbox"), "allow-popups allow-popups-to-escape-sandbox");
  const inside = page.frameLocator(".stage iframe");
  await inside.getByText("Hello there & you").waitFor();
  const images = inside.locator("img");
  const widthOf = (/** @type {Element} */ image) => /** @type {HTMLImageElement} */ (image).naturalWidth;
  await untilEqual(() => Promise.all([images.nth(0).evaluate(widthOf), images.nth(1).evaluate(widthOf)]), [1, 0]);
  assert.equal(await images.count(), 2);
  await page.getByTitle("2 remote images blocked").click();
  const list = page.getByRole("dialog", { name: "Remote content" });
  await list.getByRole("heading", { name: "2 images" }).waitFor();
  await list.getByText("http://evil.test/a.png").waitFor();
  assert.deepEqual(await violationsOf(page), []);
  await closeMail(page);
});

test("the frame is as wide as a phone, and dark as the author or the program has it", async () => {
  // Else the test's own wish would count in the frame, too.
  const page = await openTab("html", { colorScheme: null });
  const frame = page.locator(".stage iframe");
  const html = page.frameLocator(".stage iframe").locator("html");
  // The frame may be loaded again while it is read; then it is read again.
  const nothing = () => undefined;
  const prefersDark = () => html.evaluate(() => matchMedia("(prefers-color-scheme: dark)").matches).catch(nothing);
  const filter = () => html.evaluate((element) => getComputedStyle(element).filter.replace(/\(.*/, "")).catch(nothing);
  const logo = page.frameLocator(".stage iframe").locator("#logo");
  const logoWidth = () => logo.evaluate((image) => /** @type {HTMLImageElement} */ (image).naturalWidth).catch(nothing);
  const choose = async (/** @type {string} */ what, /** @type {string} */ value) => {
    await page.getByRole("button", { name: `${what}: ` }).click();
    await page.getByRole("dialog", { name: what }).getByRole("button", { name: value }).click();
  };
  await choose("Width", "Phone");
  await untilEqual(async () => Math.round((await frame.boundingBox())?.width ?? 0), 390);
  await choose("Width", "Desktop");
  await untilEqual(() => frame.evaluate((element) => element.clientWidth), 1280);
  const stage = await page.locator(".stage").boundingBox();
  assert.ok(((await frame.boundingBox())?.width ?? Infinity) <= (stage?.width ?? 0));
  await untilEqual(prefersDark, false);
  await choose("Colours", "Dark, as designed by the author");
  await untilEqual(prefersDark, true);
  assert.equal(await filter(), "none");
  await choose("Colours", "Dark, forced");
  await untilEqual(filter, "invert");
  // With more room all are seen at once.
  await page.setViewportSize({ width: 2000, height: 800 });
  await page.getByRole("button", { name: "Light", exact: true }).click();
  await untilEqual(filter, "none");
  await untilEqual(prefersDark, false);
  await untilEqual(logoWidth, 1);
  await page.getByRole("button", { name: "Images", exact: true }).click();
  await untilEqual(logoWidth, 0);
  await closeMail(page);
});

test("the text has links, and each paragraph its own direction", async () => {
  const page = await openTab("text");
  const link = page.locator(".mail-text").getByRole("link");
  assert.equal(await link.getAttribute("href"), "https://shop.example/confirm?token=a1");
  assert.equal(await link.getAttribute("rel"), "noopener noreferrer");
  const arabic = page.getByText("مرحبا بالعالم");
  assert.equal(await arabic.evaluate((element) => getComputedStyle(element).direction), "rtl");
  assert.equal(await page.locator(".quote-2").textContent(), ">> twice\n");
  await closeMail(page);
});

test("the text is set in a proportional font on request, and in the next message, too", async () => {
  const page = await openTab("text");
  const font = () => page.locator(".mail-text").evaluate((text) => getComputedStyle(text).fontFamily);
  assert.match(await font(), /mono/i);
  await page.getByRole("button", { name: "Proportional" }).click();
  await untilEqual(async () => /mono/i.test(await font()), false);
  await page.reload();
  await page.getByRole("button", { name: "Proportional", pressed: true }).waitFor();
  assert.doesNotMatch(await font(), /mono/i);
  await page.getByRole("button", { name: "Mono", exact: true }).click();
  await untilEqual(async () => /mono/i.test(await font()), true);
  await closeMail(page);
});

test("the source is shown as it is, in colours", async () => {
  const page = await openTab("source");
  const { HTML } = await server.ask("GET", `api/v1/message/${id}`);
  assert.equal(await page.locator("pre.code-text").textContent(), HTML.replaceAll("\r\n", "\n"));
  assert.equal(await page.locator(".hl-value").first().textContent(), '="en"');
  assert.equal(await page.locator(".hl-entity").first().textContent(), "&amp;");
  await closeMail(page);
});

test("headers are shown decoded and raw, and explained on request", async () => {
  const page = await openTab("headers");
  const row = page.getByRole("row").filter({ has: page.getByRole("rowheader", { name: "Subject" }) });
  await row.getByText("Grüße from the shop").waitFor();
  assert.equal(await page.locator(".field-help").count(), 0);
  await page.getByRole("button", { name: "Explain" }).click();
  const source = row.getByRole("link", { name: "RFC 5322 3.6.5" });
  assert.equal(await source.getAttribute("href"), "https://www.rfc-editor.org/rfc/rfc5322.html#section-3.6.5");
  await row.getByText("Topic of the message").waitFor();
  await page.reload();
  await row.getByText("Topic of the message").waitFor();
  assert.deepEqual(await violationsOf(page), []);
  await page.getByRole("button", { name: "Explain" }).click();
  await untilEqual(() => page.locator(".field-help").count(), 0);
  await page.getByRole("row", { name: "MAIL FROM bounce@mailer.example" }).waitFor();
  await page.getByRole("button", { name: "Raw" }).click();
  await row.getByText("=?utf-8?Q?Gr=C3=BC=C3=9Fe?=").waitFor();
  await page.getByLabel("Find a field").fill("message-id");
  await untilEqual(() => page.locator(".fields").last().getByRole("row").count(), 1);
  await closeMail(page);
});

test("the raw mail is there, byte by byte", async () => {
  const page = await openTab("raw");
  const shown = await page.locator("pre.code").textContent();
  assert.equal(shown?.replaceAll("\r\n", "\n").trim(), RICH.replaceAll("\r\n", "\n").trim());
  await closeMail(page);
});

test("parts are a tree with sizes and headers", async () => {
  const page = await openTab("parts");
  const ids = await page.locator(".part-id").allTextContents();
  assert.deepEqual(ids, ["0", "1", "1.1", "1.2", "1.2.1", "1.2.2", "2", "3", "4", "5", "6", "7", "8"]);
  const part = page.locator(".part").filter({ hasText: "latin.txt" });
  await part.getByText("iso-8859-1 · base64").waitFor();
  await part.getByText("6 B (8 B as sent)").waitFor();
  await part.locator("summary").click();
  await part.getByRole("rowheader", { name: "Content-Transfer-Encoding" }).waitFor();
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("link", { name: "Download part 5" }).click(),
  ]);
  assert.equal(download.suggestedFilename(), "latin.txt");
  await closeMail(page);
});

test("attachments are looked at without running", async () => {
  const page = await openTab("files");
  /** @type {string[]} */
  const ran = [];
  await page.exposeFunction("ran", (/** @type {string} */ what) => ran.push(what));
  const preview = page.locator(".preview");
  const open = (/** @type {string} */ name) => page.getByRole("button", { name: `Show ${name}` }).click();
  await open("photo.png");
  await preview.getByRole("img", { name: "photo.png" }).waitFor();
  await open("invite.ics");
  await preview.getByRole("heading", { name: "Delivery, at last" }).waitFor();
  await preview.getByText("Your door").first().waitFor();
  await preview.getByText("Ada Lovelace <ada@shop.example>").waitFor();
  await open("latin.txt");
  await preview.getByText("größer").waitFor();
  await open("page.html");
  await preview.getByText("<h1>heading</h1>").waitFor();
  await open("chart.svg");
  await preview.getByRole("img", { name: "chart.svg" }).waitFor();
  await open("blob.bin");
  await preview.getByText("No preview for this type.").waitFor();
  await open("invoice.pdf");
  assert.match((await preview.locator("iframe").getAttribute("src")) ?? "", /^blob:/);
  await page.getByRole("button", { name: "Close the preview" }).click();
  await untilEqual(() => preview.locator("*").count(), 0);
  assert.deepEqual(ran, []);
  await closeMail(page);
});

test("the session is a time line", async () => {
  const page = await openTab("session");
  await page.locator("#mail-panel").getByText("bounce@mailer.example").waitFor();
  await page.locator(".said-client").getByText("EHLO client.example").waitFor();
  await page.locator(".said.asked").getByText("354").waitFor();
  await page.getByText("No (plaintext)").waitFor();
  await closeMail(page);
});

test("the envelope has what was asked about reports, and the checks what was odd", async () => {
  const answer = await speak(server, [
    "EHLO client.example",
    "MAIL FROM:root RET=HDRS ENVID=run+2B42",
    "RCPT TO:<hana..0401@phone.example> NOTIFY=FAILURE,DELAY ORCPT=rfc822;shop+2Ba@example.com",
    "RCPT TO:<second@phone.example>",
    "DATA",
    "From: a@b.example\r\nSubject: reports\r\n\r\nhi\r\n.",
  ]);
  const mail = answer.split(" ").at(-1) ?? "";
  const page = await openPage(browser, `${server.url}view/${mail}#headers`);
  const rows = page.locator("section").filter({ hasText: "Envelope" }).getByRole("row");
  await untilEqual(
    () => rows.allTextContents(),
    [
      "MAIL FROMroot",
      "RET: what a report returnsHDRS",
      "ENVIDrun+42",
      "RCPT TOhana..0401@phone.example",
      "NOTIFY: when to reportFAILURE, DELAY",
      "ORCPT: original recipientrfc822;shop+a@example.com",
      "RCPT TOsecond@phone.example",
    ],
  );
  await closeMail(page);
  const checks = await openPage(browser, `${server.url}view/${mail}#checks`);
  for (const text of ["an address has no angle brackets", "a name without a domain", "has a dot at its start"]) {
    await checks.getByRole("listitem").filter({ hasText: text }).getByText("RFC 5321 4.1.2").waitFor();
  }
  await closeMail(checks);
});

test("checks name their sources, links and mail programs", async () => {
  const page = await openTab("checks");
  const check = page.getByRole("listitem").filter({ hasText: "unsubscribing takes more than one click" });
  await check.getByText("RFC 8058 3.1").waitFor();
  await page.getByText("MAIL FROM: mailer.example, From: shop.example").waitFor();
  await page.getByRole("heading", { name: "Client support" }).waitFor();
  await page.locator(".links").getByRole("link", { name: "http://evil.test/link" }).waitFor();
  await closeMail(page);
});

test("keys and arrows change the view, and the next message has the same one", async () => {
  const page = await openTab("html");
  await page.getByRole("tab", { name: "HTML", exact: true }).focus();
  await page.keyboard.press("ArrowRight");
  await page.locator("#mail-panel[data-tab=text]").waitFor();
  await untilEqual(() => page.evaluate(() => document.activeElement?.textContent), "Text");
  await page.keyboard.press("9");
  await page.locator("#mail-panel[data-tab=session]").waitFor();
  await page.waitForURL(/#session$/);
  await page.keyboard.press("[");
  await page.locator("#mail-panel[data-tab=parts]").waitFor();
  await closeMail(page);
});

test("tabs carry what they hold, and those without anything are left out", async () => {
  const page = await openTab("text");
  await page.getByRole("tab", { name: "Attachments 8", exact: true }).waitFor();
  const badge = page.locator("#tab-checks .tab-count");
  const { Checks } = await server.ask("GET", `api/v1/message/${id}/checks`);
  const count = (/** @type {string} */ level) =>
    Checks.filter((/** @type {any} */ check) => check.Level === level).length;
  await untilEqual(() => badge.getAttribute("title"), `${count("error")} error, ${count("warning")} warnings`);
  assert.equal(await badge.locator("[aria-hidden]").textContent(), String(count("error") + count("warning")));
  assert.match((await badge.getAttribute("class")) ?? "", /tab-error/);
  const plain = await server.send({ Subject: "plain" });
  await page.goto(`${server.url}view/${plain}#html`);
  await page.locator("#mail-panel[data-tab=text] > *").waitFor();
  assert.deepEqual(await page.getByRole("tab").evaluateAll((tabs) => tabs.map((tab) => tab.id)), [
    ...["tab-text", "tab-checks", "tab-headers", "tab-raw", "tab-parts", "tab-session"],
  ]);
  await closeMail(page);
});

test("on a phone the chosen tab is in view, whichever it is, and the ends fade where tabs go on", async () => {
  const alone = await server.send({
    Subject: "alone",
    HTML: "<p>x",
    Attachments: [{ Content: "eA==", Filename: "a" }],
  });
  const page = await openPage(browser, `${server.url}view/${alone}#session`, { viewport: { width: 390, height: 844 } });
  const isSeen = (/** @type {string} */ name) =>
    page.locator(`#tab-${name}`).evaluate((tab) => {
      const { left, right } = tab.getBoundingClientRect();
      return left >= 0 && right <= innerWidth;
    });
  const ends = () =>
    page
      .getByRole("tablist")
      .evaluate((tabs) => ["left", "right"].filter((end) => tabs.hasAttribute(`data-more-${end}`)));
  await untilEqual(() => isSeen("session"), true);
  assert.equal(await isSeen("html"), false);
  await untilEqual(ends, ["left"]);
  await page.keyboard.press("1");
  await untilEqual(() => isSeen("html"), true);
  await untilEqual(ends, ["right"]);
  await page.keyboard.press("5");
  await untilEqual(ends, ["left", "right"]);
  await closeMail(page);
});

test("the message is downloaded and printed", async () => {
  const page = await openTab("html");
  const [download] = await Promise.all([page.waitForEvent("download"), page.keyboard.press("d")]);
  assert.equal(download.suggestedFilename(), `${id}.eml`);
  const [request] = await Promise.all([page.waitForRequest(/print=1/), page.keyboard.press("p")]);
  assert.equal((await request.response())?.status(), 200);
  await closeMail(page);
});

test("a place that is left before it has come does not come after it", async () => {
  const page = await openPage(browser, server.url);
  /** @type {() => void} */
  let deliver = () => {};
  const wanted = new Promise((resolve) => (deliver = () => resolve(undefined)));
  await page.route("**/attempts_view.js", async (route) => {
    await wanted;
    await route.continue();
  });
  const requested = page.waitForRequest("**/attempts_view.js");
  await page.getByRole("link", { name: "Rejected" }).click();
  const script = (await requested).url();
  await page.getByRole("link", { name: "Inbox" }).click();
  await page.waitForURL(server.url);
  deliver();
  // Behind what waited for it.
  await page.evaluate((url) => import(url), script);
  await page.getByRole("row").first().waitFor();
  assert.equal(await page.locator("attempts-view").count(), 0);
  await closeMail(page);
});

/** Colours are those that matter most where there is more than text. */
for (const [width, colorScheme, tabs] of /** @type {const} */ ([
  [1280, "light", ["source", "session", "checks"]],
  [320, "dark", ["html", "text", "source", "headers", "raw", "parts", "files", "session", "checks"]],
])) {
  test(`every view can be used by all, ${colorScheme} and ${width} pixels wide`, async () => {
    const page = await openTab("html", { viewport: { width, height: 800 }, colorScheme });
    for (const tab of tabs) {
      await page.locator(`#tab-${tab}`).click();
      await page.locator(`#mail-panel[data-tab=${tab}] > .${tab}-tab`).waitFor();
      assert.deepEqual(await violationsOf(page), [], tab);
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(overflow <= 0, `${tab} is ${overflow} pixels too wide`);
    }
    await closeMail(page);
  });
}
