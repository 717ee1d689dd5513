/** Notifications: when the page is hidden, and only if they were asked for and allowed. */

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { openPage, problemsOf, startShared, untilEqual } from "./support.js";

/** @import { Page } from "playwright-core" */

const { server, browser } = await startShared();

beforeEach(() => server.clear());

/**
 * A page whose browser answers so when it is asked for leave, and keeps what it is told to show.
 *
 * @param {"granted" | "denied"} answer
 * @returns {Promise<Page>}
 */
async function openNotified(answer) {
  const page = await openPage(browser, "about:blank");
  await page.addInitScript((leave) => {
    /** @type {object[]} */
    const shown = [];
    class Notification extends EventTarget {
      static permission = localStorage.getItem("asked") === null ? "default" : leave;

      static requestPermission() {
        localStorage.setItem("asked", "yes");
        Notification.permission = leave;
        return Promise.resolve(leave);
      }

      /**
       * @param {string} title
       * @param {{ body?: string }} [options]
       */
      constructor(title, { body = "" } = {}) {
        super();
        shown.push({ title, body });
        Reflect.set(window, "lastNotification", this);
      }

      close() {}
    }
    Reflect.set(window, "Notification", Notification);
    Reflect.set(window, "shownNotifications", shown);
  }, answer);
  await page.goto(server.url);
  await page.getByText("Waiting for the first message").waitFor();
  return page;
}

/**
 * @param {Page} page
 * @param {boolean} isHidden As when another tab is in front.
 */
async function hide(page, isHidden) {
  await page.evaluate((hidden) => {
    Object.defineProperty(document, "hidden", { configurable: true, get: () => hidden });
  }, isHidden);
}

/** @param {Page} page */
const shown = (page) => page.evaluate(() => Reflect.get(window, "shownNotifications"));

/**
 * @param {Page} page
 * @param {string} Subject
 */
async function send(page, Subject) {
  const id = await server.send({ Subject });
  // It is listed, so it was told.
  await page.getByText(Subject, { exact: true }).waitFor();
  return id;
}

test("a message that comes while the page is hidden is announced, and a click opens it", async () => {
  const page = await openNotified("granted");
  await page.getByRole("button", { name: "Help" }).click();
  await page.getByRole("checkbox", { name: "Notify" }).check();
  await page.keyboard.press("Escape");
  await send(page, "seen");
  await hide(page, true);
  const id = await send(page, "not seen");
  await untilEqual(() => shown(page), [{ title: "not seen", body: "Sender" }]);
  await page.evaluate(() => Reflect.get(window, "lastNotification").dispatchEvent(new Event("click")));
  await page.waitForURL(`${server.url}view/${id}`);
  await page.locator("mail-view").getByRole("heading", { name: "not seen" }).waitFor();
  assert.deepEqual(problemsOf(page), []);
  await page.context().close();
});

/** @param {Page} page */
async function openMenu(page) {
  await page.getByRole("button", { name: "Help" }).click();
  return page.getByRole("checkbox", { name: "Notify" });
}

test("they are remembered, and can be stopped", async () => {
  const page = await openNotified("granted");
  await (await openMenu(page)).check();
  await page.reload();
  const box = await openMenu(page);
  await untilEqual(() => box.isChecked(), true);
  await box.uncheck();
  await hide(page, true);
  await send(page, "quiet");
  assert.deepEqual(await shown(page), []);
  await page.context().close();
});

test("without leave there are none", async () => {
  const page = await openNotified("denied");
  const box = await openMenu(page);
  await box.click();
  await untilEqual(() => page.evaluate(() => localStorage.getItem("asked")), "yes");
  await untilEqual(() => box.isChecked(), false);
  await hide(page, true);
  await send(page, "quiet");
  assert.deepEqual(await shown(page), []);
  await page.context().close();
});
