/** Pages as several tests use them: the list, and an open message. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { openPage, problemsOf } from "./support.js";

/** @import { Browser, BrowserContextOptions, Page } from "playwright-core" */
/** @import { Server } from "./support.js" */

/**
 * @param {Page} page
 * @param {string} subject
 */
export function rowOf(page, subject) {
  return page.getByRole("row").filter({ has: page.getByText(subject, { exact: true }) });
}

/** @param {Page} page */
export function subjectsOf(page) {
  return page.locator(".list-area .row-subject").allTextContents();
}

/**
 * Makes the function that declares a test of the list.
 *
 * @param {Server} server
 * @param {Browser} browser
 */
export function listTester(server, browser) {
  /**
   * @param {string} name
   * @param {(page: Page) => Promise<void>} run With a page that shows the list; afterwards it must have no complaint.
   * @param {{ mails?: number, path?: string }} [options] `mails` are there: "Mail 1" and so on.
   */
  return (name, run, { mails = 0, path = "" } = {}) => {
    test(name, async () => {
      await server.sendMany(mails);
      const page = await openPage(browser, server.url + path);
      if (mails > 0) {
        await rowOf(page, `Mail ${mails}`).waitFor();
      }
      await run(page);
      assert.deepEqual(problemsOf(page), []);
      await page.context().close();
    });
  };
}

/** What a browser says of content that its policy kept away, which is what is wanted here. */
const BLOCKED = /violates the following Content Security Policy directive/;

/**
 * A page with a message, once the tab has its content.
 *
 * @param {Server} server
 * @param {Browser} browser
 * @param {string} id
 * @param {string} tab
 * @param {BrowserContextOptions} [options]
 */
export async function openMail(server, browser, id, tab, options) {
  const page = await openPage(browser, `${server.url}view/${id}#${tab}`, options);
  await page.locator(`#mail-panel[data-tab=${tab}] > *`).waitFor();
  return page;
}

/** @param {Page} page It must have no complaint but of remote content. */
export async function closeMail(page) {
  assert.deepEqual(
    problemsOf(page).filter((problem) => !BLOCKED.test(problem)),
    [],
  );
  await page.context().close();
}
