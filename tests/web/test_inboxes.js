/** Going between the inboxes of servers that run side by side. */

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { violationsOf } from "./accessibility.js";
import { openPage, problemsOf, Server, startBrowser, untilEqual } from "./support.js";

/** @import { Browser, BrowserContextOptions, Page } from "playwright-core" */

/** @type {Browser} */
let browser;
/** @type {Server} */
let shop;
/** @type {Server} */
let blog;
/** @type {Server} */
let alone;

before(async () => {
  [browser, shop, alone] = await Promise.all([startBrowser(), Server.start(), Server.start("--http-host=mail.test")]);
  blog = await shop.startBeside("blog/mail", "--webroot=/below");
  await shop.send({ Subject: "of the shop" });
  await blog.send({ Subject: "of the blog" });
});

after(async () => {
  await browser.close();
  await blog.stop();
  await Promise.all([shop.end(), alone.end()]);
});

/** @param {Page} page */
const menu = (page) => page.getByRole("dialog", { name: "Inboxes" });

/**
 * @param {Page} page
 * @param {string} subject
 */
const subjects = (page, subject) => page.getByRole("row").getByText(subject, { exact: true });

/** @param {Page} page */
const links = (page) => menu(page).getByRole("link").locator("[dir=auto]").allTextContents();

/** @param {Page} page */
const openMenu = (page) => page.getByRole("button", { name: "Go to another inbox" }).click();

/**
 * Opens it again until it has links to these: a server is found a moment after it serves.
 *
 * @param {Page} page
 * @param {...string} names
 */
async function openMenuOf(page, ...names) {
  await untilEqual(async () => {
    await page.keyboard.press("Escape");
    await menu(page).waitFor({ state: "hidden" });
    await openMenu(page);
    await menu(page).waitFor();
    return links(page);
  }, names);
}

/**
 * @param {string} name
 * @param {() => string} url Of the page to begin with.
 * @param {(page: Page) => Promise<void>} run Afterwards it must have no complaint.
 * @param {BrowserContextOptions} [options]
 */
function pageTest(name, url, run, options) {
  test(name, async () => {
    const page = await openPage(browser, url(), options);
    await run(page);
    assert.deepEqual(problemsOf(page), []);
    await page.context().close();
  });
}

pageTest(
  "the pages of two servers are told apart, and a click leads from one to the other and back",
  () => shop.url,
  async (page) => {
    await subjects(page, "of the shop").waitFor();
    await untilEqual(() => page.title(), `(1) Inbox · ${nameOf(shop)} · dsmtpd`);
    await page.getByRole("button", { name: `${nameOf(shop)} Go to another inbox` }).click();
    await untilEqual(() => menu(page).locator("[aria-current] [dir=auto]").allTextContents(), [nameOf(shop)]);
    await menu(page).getByRole("link", { name: "blog/mail" }).click();
    await page.waitForURL(blog.url);
    await subjects(page, "of the blog").waitFor();
    await untilEqual(() => page.title(), "(1) Inbox · blog/mail · dsmtpd");
    await page.goBack();
    await page.waitForURL(shop.url);
    await subjects(page, "of the shop").waitFor();
    await menu(page).waitFor({ state: "hidden" });
  },
);

/**
 * @param {Server} server
 * @returns {string} Its last parts: those of tests are in folders of other names each.
 */
function nameOf(server) {
  return server.maildir.split("/").slice(-2).join("/");
}

pageTest(
  "the keyboard alone does it",
  () => blog.url,
  async (page) => {
    await subjects(page, "of the blog").waitFor();
    const other = await shop.startBeside("blog/other");
    await openMenuOf(page, "other", nameOf(shop));
    await page.keyboard.press("Escape");
    await menu(page).waitFor({ state: "hidden" });
    await page.keyboard.press("g");
    await page.keyboard.press("b");
    const focused = () => page.evaluate(() => document.activeElement?.querySelector("[dir=auto]")?.textContent);
    await untilEqual(focused, "other");
    await page.keyboard.press("ArrowDown");
    await untilEqual(focused, nameOf(shop));
    await page.keyboard.press("ArrowDown");
    await untilEqual(focused, "other");
    await page.keyboard.press("k");
    await untilEqual(focused, nameOf(shop));
    await page.keyboard.press("Control+k");
    await untilEqual(focused, nameOf(shop));
    await menu(page).locator("[aria-current]").click();
    await menu(page).locator("a:focus").waitFor({ state: "detached" });
    await page.keyboard.press("ArrowUp");
    await untilEqual(focused, nameOf(shop));
    await page.keyboard.press("Escape");
    await menu(page).waitFor({ state: "hidden" });
    await page.getByRole("button", { name: "Go to another inbox" }).focus();
    await page.keyboard.press("Enter");
    await untilEqual(focused, "other");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await page.waitForURL(shop.url);
    await subjects(page, "of the shop").waitFor();
    await other.stop();
  },
);

pageTest(
  "a link may be opened beside this page",
  () => shop.url,
  async (page) => {
    await openMenu(page);
    const [opened] = await Promise.all([
      page.context().waitForEvent("page"),
      menu(page).getByRole("link", { name: "blog/mail" }).click({ button: "middle" }),
    ]);
    await opened.waitForURL(blog.url);
    await untilEqual(() => page.url(), shop.url);
  },
);

pageTest(
  "it shows what runs when it is opened: servers come and go, and come again elsewhere",
  () => shop.url,
  async (page) => {
    await openMenuOf(page, "blog/mail");
    const third = await shop.startBeside("third");
    await openMenuOf(page, "blog/mail", "third");
    await third.stop();
    await openMenuOf(page, "blog/mail");
    await third.run();
    await openMenuOf(page, "blog/mail", "third");
    await menu(page).getByRole("link", { name: "third" }).click();
    await page.waitForURL(third.url);
    await page.goBack();
    await page.waitForURL(shop.url);
    await third.stop();
  },
);

pageTest(
  "one alone says how another is started",
  () => alone.url,
  async (page) => {
    await untilEqual(() => page.locator(".inbox-switch .side-text").textContent(), "mail");
    await untilEqual(() => page.title(), "Inbox · dsmtpd");
    await openMenu(page);
    await menu(page).getByText("No other server of yours").waitFor();
    await menu(page).getByText("dsmtpd -d other -p 0 --http=127.0.0.1:0").waitFor();
    assert.deepEqual(await links(page), []);
    assert.deepEqual(await violationsOf(page), []);
    await menu(page).getByRole("button", { name: "Copy" }).click();
    await menu(page).getByRole("button", { name: "Copied" }).waitFor();
    const other = await alone.startBeside("other");
    await openMenuOf(page, "other");
    await untilEqual(() => page.title(), "Inbox · mail · dsmtpd");
    await other.stop();
  },
);

pageTest(
  "through a proxy nothing is said of others",
  () => alone.url,
  async (page) => {
    await openMenu(page);
    await menu(page).getByText("only on the machine where they are").waitFor();
    assert.deepEqual(await links(page), []);
    assert.deepEqual(await violationsOf(page), []);
  },
  { extraHTTPHeaders: { "X-Forwarded-For": "192.0.2.1" } },
);

pageTest(
  "a server that does not answer is told, and the page goes on",
  () => shop.url,
  async (page) => {
    await subjects(page, "of the shop").waitFor();
    await page.route("**/api/v1/inboxes", (route) => route.abort());
    await openMenu(page);
    await page.getByText("Failed: ").waitFor();
    await page.unroute("**/api/v1/inboxes");
    await openMenu(page);
    await menu(page).waitFor();
    problemsOf(page).splice(0); // the browser's, of what was cut off
  },
);

/** @type {Record<string, BrowserContextOptions>} */
const LOOKS = {
  light: { colorScheme: "light" },
  dark: { colorScheme: "dark" },
  narrow: { viewport: { width: 320, height: 640 }, reducedMotion: "reduce" },
};

for (const [look, options] of Object.entries(LOOKS)) {
  pageTest(
    `${look}: the menu is accessible and fits, from either side`,
    () => shop.url,
    async (page) => {
      for (const dir of ["ltr", "rtl"]) {
        await page.evaluate((way) => (document.dir = way), dir);
        await subjects(page, "of the shop").waitFor();
        if (look === "narrow") {
          await page.getByRole("button", { name: "Views and tags" }).click();
        }
        await openMenu(page);
        await menu(page).getByRole("link").first().waitFor();
        assert.deepEqual(await violationsOf(page), [], dir);
        const box = await menu(page).boundingBox();
        const { width = 0 } = page.viewportSize() ?? {};
        assert.ok(box && box.x >= 0 && box.x + box.width <= width, `${dir}: ${JSON.stringify(box)}`);
        await page.keyboard.press("Escape");
        if (look === "narrow") {
          await page.getByRole("button", { name: "Views and tags" }).click();
        }
      }
    },
    options,
  );
}
