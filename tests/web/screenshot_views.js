/** The views of the page that docs/page.md shows, and how one gets there. */

import { dirname } from "node:path";
import { ORDER, RIGHT_TO_LEFT, SALE } from "./screenshot_mails.js";

/** @import { Page } from "playwright-core" */
/** @import { Server } from "./support.js" */

/**
 * What a view is made of.
 *
 * @typedef {object} Stage
 * @property {Page} page At the list, which is loaded.
 * @property {Server} server With the mails of screenshot_mails.js.
 * @property {Server} empty Another of the same user.
 * @property {(subject: string) => string} idOf Of a mail.
 */

/** @typedef {{ name: string, open: (stage: Stage) => Promise<unknown> }} View The name is that of its pictures. */

/**
 * @param {Stage} stage
 * @param {string} tab
 * @param {string} [subject]
 * @param {string} [query] What is beside it.
 */
async function openTab({ page, server, idOf }, tab, subject = ORDER, query = "tag:shop") {
  await page.goto(`${server.url}view/${idOf(subject)}?query=${query}#${tab}`);
  await page.locator(`#mail-panel[data-tab=${tab}] > *`).waitFor();
}

/**
 * @param {string} name
 * @param {string} tab
 * @param {string} [subject]
 * @returns {View}
 */
function tabView(name, tab, subject) {
  return { name, open: (stage) => openTab(stage, tab, subject) };
}

/**
 * @param {Stage} stage
 * @param {string} [query]
 */
async function openHtml(stage, query) {
  await openTab(stage, "html", ORDER, query);
  await stage.page.frameLocator(".stage iframe").getByRole("img", { name: "A table lamp" }).waitFor();
}

/**
 * What is chosen about the HTML, where there is no room for all buttons.
 *
 * @param {Page} page
 * @param {string} what
 * @param {string} value
 */
async function chooseIn(page, what, value) {
  await page.getByRole("button", { name: `${what}: ` }).click();
  await page.getByRole("dialog", { name: what }).getByRole("button", { name: value }).click();
}

/** @type {readonly View[]} */
export const VIEWS = [
  { name: "list", open: async () => {} },
  {
    name: "selection",
    open: async ({ page }) => {
      for (const row of [1, 2, 4]) {
        await page.getByRole("row").nth(row).getByRole("checkbox").check();
      }
    },
  },
  {
    name: "conversations",
    open: async ({ page }) => {
      await page.getByRole("button", { name: "Group by conversation" }).click();
      await page.locator(".row-thread").first().waitFor();
    },
  },
  {
    name: "search",
    open: async ({ page }) => {
      await page.keyboard.press("/");
      await page.getByRole("combobox").fill("is:unread to:");
      await page.getByRole("option").first().waitFor();
    },
  },
  {
    name: "empty",
    open: async ({ page, empty }) => {
      // Where it usually listens; tests take a free port.
      await page.route("**/api/v1/info", async (route) => {
        const info = await (await route.fetch()).json();
        info.SMTPServers[0].Port = 1025;
        await route.fulfill({ json: info });
      });
      await page.goto(empty.url);
      await page.getByRole("tabpanel").waitFor();
    },
  },
  {
    name: "inboxes",
    open: async ({ page, server }) => {
      const user = dirname(dirname(server.maildir));
      await page.route("**/api/v1/inboxes", async (route) => {
        const answer = await (await route.fetch()).json();
        for (const inbox of answer.Inboxes) {
          inbox.Path = inbox.Path.replace(user, "/home/robin");
        }
        await route.fulfill({ json: answer });
      });
      const button = page.getByRole("button", { name: "Go to another inbox" });
      if (!(await button.isVisible())) {
        await page.getByRole("button", { name: "Views and tags" }).click();
      }
      await button.click();
      await page.getByRole("dialog").getByRole("link", { name: "blog" }).waitFor();
    },
  },
  { name: "mail", open: (stage) => openHtml(stage, "") },
  {
    name: "width",
    open: async (stage) => {
      await openHtml(stage);
      await chooseIn(stage.page, "Width", "Phone");
    },
  },
  {
    name: "dark-preview",
    open: async (stage) => {
      await openHtml(stage);
      await chooseIn(stage.page, "Colours", "Dark, as designed by the author");
    },
  },
  tabView("text", "text", RIGHT_TO_LEFT),
  tabView("source", "source"),
  tabView("headers", "headers"),
  tabView("raw", "raw"),
  tabView("parts", "parts"),
  {
    name: "attachments",
    open: async (stage) => {
      await openTab(stage, "files");
      await stage.page.getByRole("button", { name: "Show lamp.png" }).first().click();
      await stage.page.locator(".preview img").waitFor();
    },
  },
  tabView("session", "session"),
  { name: "checks", open: (stage) => openTab(stage, "checks", SALE, "tag:newsletter") },
  {
    name: "attempts",
    open: async ({ page, server }) => {
      await page.goto(`${server.url}attempts`);
      await page.locator(".attempt summary").first().click();
      await page.locator(".attempt-session .dialogue").waitFor();
    },
  },
  {
    name: "keys",
    open: async ({ page }) => {
      await page.keyboard.press("?");
      await page.getByRole("dialog").waitFor();
    },
  },
  {
    // Last, as the server has to be started again behind it.
    name: "offline",
    open: async ({ page, server }) => {
      await server.stop();
      await page.getByText("The server is not reachable").first().waitFor();
    },
  },
];

/** @type {Record<string, { theme: "light" | "dark", options: import("playwright-core").BrowserContextOptions }>} */
export const LOOKS = {
  light: { theme: "light", options: { viewport: { width: 1280, height: 800 } } },
  dark: { theme: "dark", options: { viewport: { width: 1280, height: 800 } } },
  phone: { theme: "light", options: { viewport: { width: 390, height: 844 } } },
};

/** Where the pictures are: PLACE/VIEW-LOOK.webp. */
export const PLACE = new URL("../../docs/page/", import.meta.url);
