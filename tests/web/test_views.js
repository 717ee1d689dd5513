/** Every view: what axe-core finds in it, whether it fits, whether its policy holds; light, dark and narrow. */

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { violationsOf } from "./accessibility.js";
import { openPage, problemsOf, Server, startBrowser, untilEqual } from "./support.js";

/** @import { Browser, Page } from "playwright-core" */

/** @type {Server} */
let server;
/** @type {Server} */
let empty;
/** @type {Browser} */
let browser;
let mailId = "";

before(async () => {
  [server, empty, browser] = await Promise.all([Server.start(), Server.start(), startBrowser()]);
  for (const Tags of [["release"], ["staging", "two words"], []]) {
    mailId = await server.send({
      Subject: `A mail with a long subject, so that there is something to be cut ${Tags}`,
      Text: "Hello\n".repeat(100),
      HTML: "<p>Hello</p>",
      Tags,
      Attachments: [{ Content: "eA==", Filename: "a.txt" }],
    });
  }
});

after(async () => {
  await browser.close();
  await Promise.all([server.end(), empty.end()]);
});

/** @type {Record<string, (page: Page) => Promise<unknown>>} */
const VIEWS = {
  "no mails": async (page) => {
    await page.goto(empty.url);
    await page.getByRole("tabpanel").waitFor();
  },
  "the list": (page) => page.getByRole("row").first().waitFor(),
  "a selection": (page) => page.getByRole("row").first().getByRole("checkbox").check(),
  "the menu of tags": async (page) => {
    await page.getByRole("row").first().waitFor();
    await page.keyboard.press("j");
    await page.keyboard.press("t");
    await page.getByRole("dialog").waitFor();
  },
  suggestions: async (page) => {
    await page.keyboard.press("/");
    await page.getByRole("option").first().waitFor();
  },
  "a wrong search": async (page) => {
    await page.goto(`${server.url}?query=larger:abc`);
    await page.getByText("Invalid search").waitFor();
  },
  "nothing found": async (page) => {
    await page.goto(`${server.url}?query=zebra`);
    await page.getByText("No messages match").waitFor();
  },
  "a mail": async (page) => {
    await page.goto(`${server.url}view/${mailId}`);
    await page.locator("mail-view").getByRole("heading").first().waitFor();
  },
  "a mail that is gone": async (page) => {
    await page.goto(`${server.url}view/gone`);
    await page.getByText("No such message.").waitFor();
    await page.getByRole("button", { name: "Back to inbox" }).waitFor();
  },
  "the help menu": async (page) => {
    await page.getByRole("button", { name: "Help" }).click();
    await page.getByRole("dialog").getByText("Uptime").waitFor();
  },
  "the keys": async (page) => {
    await page.keyboard.press("?");
    await page.getByRole("dialog").waitFor();
  },
};

/** @type {Record<string, { options: import("playwright-core").BrowserContextOptions, rules: object }>} */
const LOOKS = {
  light: { options: { colorScheme: "light" }, rules: {} },
  // All but its colours is as in the light.
  dark: { options: { colorScheme: "dark" }, rules: { runOnly: ["color-contrast"] } },
  // As narrow as a window of 1280 pixels at 400 %.
  narrow: { options: { viewport: { width: 320, height: 640 }, reducedMotion: "reduce" }, rules: {} },
};

for (const [look, { options, rules }] of Object.entries(LOOKS)) {
  test(`${look}: every view is accessible, fits and keeps its policy`, async () => {
    const page = await openPage(browser, server.url, options);
    for (const [name, open] of Object.entries(VIEWS)) {
      await page.goto(server.url);
      await open(page);
      assert.deepEqual(await violationsOf(page, rules), [], `${look}: ${name}`);
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(overflow <= 0, `${look}: ${name} is ${overflow} pixels too wide`);
      assert.deepEqual(problemsOf(page), [], `${look}: ${name}`);
    }
    await page.context().close();
  });
}

test("the theme is the system's until somebody says otherwise", async () => {
  const page = await openPage(browser, server.url, { colorScheme: "light" });
  const theme = () => page.evaluate(() => document.documentElement.dataset.theme);
  await untilEqual(theme, "light");
  await page.getByRole("button", { name: "Help" }).click();
  await page.getByRole("radio", { name: "Dark" }).check();
  await untilEqual(theme, "dark");
  await page.reload();
  await untilEqual(theme, "dark");
  await page.getByRole("button", { name: "Help" }).click();
  await page.getByRole("radio", { name: "System" }).check();
  await untilEqual(theme, "light");
  await page.emulateMedia({ colorScheme: "dark" });
  await untilEqual(theme, "dark");
  await page.context().close();
});

test("the menu tells the version, what there is, and where more is", async () => {
  const page = await openPage(browser, server.url);
  await page.getByRole("row").first().waitFor();
  await page.getByRole("button", { name: "Help" }).press("Enter");
  const menu = page.getByRole("dialog", { name: "Help" });
  const info = await server.ask("GET", "api/v1/info");
  const value = (/** @type {string} */ name) => menu.locator(`dt:text-is("${name}") + dd`).innerText();
  await untilEqual(() => value("dsmtpd"), info.Version);
  assert.deepEqual([await value("Messages"), await value("Unread")], ["3", String(info.Unread)]);
  assert.match(await value("Memory"), /^[\d.]+ MB$/);
  assert.match(await value("Uptime"), /^\d+ (s|min)/);
  assert.equal(await menu.getByRole("link", { name: "HTTP API" }).getAttribute("href"), `${server.url}api/v1/`);
  await menu.getByRole("link", { name: "Documentation" }).waitFor();
  await menu.getByRole("button", { name: "Keyboard shortcuts" }).click();
  await page.getByRole("dialog", { name: "Keyboard shortcuts" }).waitFor();
  assert.deepEqual(problemsOf(page), []);
  await page.context().close();
});

test("times are ago for an hour, and otherwise as somebody chose", async () => {
  const page = await openPage(browser, server.url);
  const time = page.locator(".list-area time").first();
  await time.waitFor();
  assert.match(await time.innerText(), /^(now|\d+m)$/);
  assert.match((await page.locator(".row-time").first().getAttribute("title")) ?? "", /\d\d:\d\d:\d\d$/);
  await page.getByRole("button", { name: "Help" }).click();
  await page.getByRole("radio", { name: "Clock" }).check();
  await untilEqual(async () => /^\d\d:\d\d$/.test(await time.innerText()), true);
  await page.reload();
  await untilEqual(async () => /^\d\d:\d\d$/.test(await time.innerText()), true);
  await page.context().close();
});

test("on a phone it is said how many are selected, and all can be", async () => {
  const page = await openPage(browser, server.url, { viewport: { width: 390, height: 800 } });
  await page.getByRole("row").first().getByRole("checkbox").check();
  await page.getByRole("button", { name: "Select all 3" }).waitFor();
  const title = page.getByRole("heading", { name: "1 selected" });
  assert.equal(await title.evaluate((element) => element.scrollWidth - element.clientWidth), 0);
  const overflow = await page.locator("list-bar").evaluate((bar) => bar.scrollWidth - bar.clientWidth);
  assert.ok(overflow <= 0, `the bar is ${overflow} pixels too wide`);
  await page.context().close();
});

test("on a phone a message takes the place of the list, and the side is behind a button", async () => {
  const page = await openPage(browser, server.url, { viewport: { width: 390, height: 800 } });
  await page.getByRole("row").first().click();
  await page.locator("mail-view").getByRole("heading").first().waitFor();
  await page.locator("mail-list").waitFor({ state: "hidden" });
  await page.getByRole("button", { name: "Back to the list" }).click();
  await page.getByRole("row").first().waitFor();
  await page.getByRole("button", { name: "Views and tags" }).click();
  await page.getByRole("link", { name: "Flagged" }).click();
  await page.getByText("No messages are flagged.").waitFor();
  await page.getByRole("link", { name: "Flagged" }).waitFor({ state: "hidden" });
  await page.context().close();
});

test("list and message share the room as somebody drags it, or the list is hidden", async () => {
  const page = await openPage(browser, `${server.url}view/${mailId}`);
  const width = () => page.locator("list-pane").evaluate((pane) => Math.round(pane.getBoundingClientRect().width));
  const splitter = page.getByRole("separator", { name: "Width of the list" });
  await splitter.waitFor();
  const usual = await width();
  await splitter.focus();
  await page.keyboard.press("ArrowRight");
  await untilEqual(async () => (await width()) > usual, true);
  const value = async () => Number(await splitter.getAttribute("aria-valuenow"));
  const narrow = await value();
  await page.keyboard.press("End");
  await untilEqual(async () => (await value()) > narrow, true);
  const box = await splitter.boundingBox();
  assert.ok(box);
  await page.mouse.move(box.x + 4, 400);
  await page.mouse.down();
  await page.mouse.move(box.x - 100, 400, { steps: 3 });
  await page.mouse.up();
  const dragged = await width();
  await page.reload();
  await page.locator("mail-view").getByRole("heading").first().waitFor();
  await untilEqual(width, dragged);
  assert.deepEqual(await violationsOf(page), []);
  await page.getByRole("button", { name: "Hide the list" }).click();
  await page.locator("list-pane").waitFor({ state: "hidden" });
  await page.reload();
  await page.locator("mail-view").getByRole("heading").first().waitFor();
  assert.equal(await page.locator("list-pane").isVisible(), false);
  await page.getByRole("button", { name: "Show the list" }).click();
  await page.getByRole("row").first().waitFor();
  await page.keyboard.press("\\");
  await page.locator("list-pane").waitFor({ state: "hidden" });
  await page.keyboard.press("\\");
  await page.getByRole("row").first().waitFor();
  await page.keyboard.press("u");
  await page.waitForURL(server.url);
  assert.equal(await splitter.isVisible(), false);
  assert.deepEqual(problemsOf(page), []);
  await page.context().close();
});
