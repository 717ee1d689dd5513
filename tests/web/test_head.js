/** The head of a message: how little room it takes, where things stand in it, and what is behind its buttons. */

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { violationsOf } from "./accessibility.js";
import { bring, join, part, speak } from "./mails.js";
import { closeMail, openMail } from "./pages.js";
import { SALE, STORIES, writeMail } from "./screenshot_mails.js";
import { openPage, startShared, untilEqual } from "./support.js";

/** @import { BrowserContextOptions, Page } from "playwright-core" */

const { server, browser } = await startShared();

const sale = STORIES.find((story) => story.subject === SALE);
assert.ok(sale);
const SALE_ID = await bring(server, writeMail(sale, { lamp: Buffer.of(), invoice: Buffer.of() }));
await server.ask("PUT", "api/v1/tags", { IDs: [SALE_ID], Tags: sale.tags });

/**
 * @param {string} id
 * @param {string} [tab]
 * @param {BrowserContextOptions} [options]
 */
const open = (id, tab = "text", options) => openMail(server, browser, id, tab, options);

for (const [width, height, most] of [
  [1440, 900, 300],
  [1024, 768, 300],
  [390, 844, 400],
]) {
  test(`the HTML of a newsletter begins at most ${most} pixels from the top, ${width} by ${height}`, async () => {
    const page = await open(SALE_ID, "html", { viewport: { width, height } });
    // With all that comes a moment later.
    await page.locator(".mail-tags").getByText("newsletter", { exact: true }).waitFor();
    await page.getByRole("button", { name: "Unsubscribe: not one-click" }).waitFor();
    await page.locator(".remote-what[title='3 remote images blocked']").waitFor();
    await page.locator("#tab-checks .tab-count").waitFor();
    const top = await page.locator(".stage").evaluate((stage) => stage.getBoundingClientRect().top);
    assert.ok(top <= most, `it begins at ${top}`);
    assert.deepEqual(await violationsOf(page), []);
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert.ok(overflow <= 0, `it is ${overflow} pixels too wide`);
    const bar = await page.locator(".mail-bar").evaluate((element) => element.scrollWidth - element.clientWidth);
    assert.ok(bar <= 0, `the toolbar is ${bar} pixels too wide`);
    await closeMail(page);
  });
}

const INVITATION =
  "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nSUMMARY:Planning\r\nDTSTART:20260302T100000Z\r\nEND:VEVENT\r\nEND:VCALENDAR";
const REPORT =
  "Reporting-MTA: dns; mx.example.net\r\n\r\nFinal-Recipient: rfc822; nobody@example.net\r\nAction: failed\r\n";

/** A message with all that a head can have; and an answer to it. */
const FULL = [
  "From: Ada Lovelace <ada@shop.example>",
  `To: ${Array.from({ length: 30 }, (_, i) => `Recipient ${i} <r${i}@example.com>`).join(",\r\n ")}`,
  "Subject: All that a head can have",
  "Message-ID: <full@shop.example>",
  "List-Unsubscribe: <https://list.test/off>",
  "MIME-Version: 1.0",
  "Content-Type: multipart/mixed; boundary=b",
  "",
  join(
    "b",
    part(
      "Content-Type: text/html",
      '<p>Your code is 482913<img src="http://a.test/1.png"><link rel=stylesheet href="http://a.test/2">',
    ),
    part("Content-Type: text/calendar", INVITATION),
    part("Content-Type: message/delivery-status", REPORT),
  ),
].join("\r\n");

/** @type {Record<string, (page: Page) => Promise<unknown>>} */
const MENUS = {
  "": async () => {},
  "More downloads": (page) => page.getByRole("button", { name: "More downloads" }).click(),
  Unsubscribe: (page) => page.locator(".leaving").getByRole("button").click(),
  "Remote content": (page) => page.locator(".remote-what").click(),
  Width: (page) => page.getByRole("button", { name: "Width: " }).click(),
  Tags: (page) => page.getByRole("button", { name: "Add a tag" }).click(),
};

test("the toolbar fits however wide the message is", async () => {
  const page = await open(SALE_ID, "text", { viewport: { width: 1440, height: 900 } });
  await page.locator(".mail-bar").getByRole("link", { name: "Download" }).waitFor();
  const tooWide = await page.locator(".mail-bar").evaluate(async (bar) => {
    /** @type {Record<number, number>} */
    const found = {};
    for (let width = 320; width <= 1200; width += 8) {
      /** @type {HTMLElement} */ (bar.parentElement).style.flex = `0 0 ${width}px`;
      await new Promise(requestAnimationFrame);
      if (bar.scrollWidth > bar.clientWidth || bar.clientHeight > (width < 440 ? 90 : 50)) {
        found[width] = bar.scrollWidth - bar.clientWidth;
      }
    }
    return found;
  });
  assert.deepEqual(tooWide, {});
  await closeMail(page);
});

for (const [look, options] of /** @type {[string, BrowserContextOptions][]} */ ([
  ["light", { colorScheme: "light" }],
  ["dark", { colorScheme: "dark" }],
  // As narrow as a window of 1280 pixels at 400 %.
  ["at 400 %", { viewport: { width: 320, height: 640 } }],
])) {
  test(`a message, its menus and its conversation can be used by all, ${look}`, async () => {
    const id = await bring(server, FULL);
    const answered = "Subject: Re\r\nFrom: b@example.com\r\nIn-Reply-To: <full@shop.example>\r\n\r\nYes";
    await bring(server, answered);
    const page = await open(id, "html", options);
    await page.locator(".mail-card").nth(1).waitFor();
    await page.locator(".code-chip").first().waitFor();
    await page.getByRole("tab", { name: /^Conversation/ }).waitFor();
    const check = async (/** @type {string} */ what) => {
      assert.deepEqual(await violationsOf(page), [], what);
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(overflow <= 0, `${what} is ${overflow} pixels too wide`);
    };
    for (const [name, openMenu] of Object.entries(MENUS)) {
      await openMenu(page);
      await check(name);
      if (name !== "") {
        const dialog = page.getByRole("dialog", { name, exact: true });
        const box = await dialog.boundingBox();
        assert.ok(box && box.x >= 0 && box.x + box.width <= (page.viewportSize()?.width ?? 0), name);
        await page.keyboard.press("Escape");
        await dialog.waitFor({ state: "hidden" });
      }
    }
    await page.keyboard.press("v");
    await page.locator(".thread-entry").nth(1).waitFor();
    await check("the conversation");
    await closeMail(page);
  });
}

test("all of the head and of the tabs is reached by the keyboard alone", async () => {
  const page = await open(await bring(server, FULL), "html");
  await page.locator(".mail-card").nth(1).waitFor();
  await page.locator(".code-chip").first().waitFor();
  await page.locator(".mail-bar button").first().focus();
  /** @type {Set<string>} */
  const reached = new Set();
  for (let i = 0; i < 40; i++) {
    await page.keyboard.press("Tab");
    reached.add(
      await page.evaluate(
        () => document.activeElement?.getAttribute("aria-label") ?? document.activeElement?.className ?? "",
      ),
    );
  }
  for (const name of [
    ...["Print", "Download as .eml", "More downloads", "Add a tag", "Unsubscribe: not one-click"],
    ...[
      "link more",
      "Copy the code",
      "file-chip",
      "Load remote content",
      "Width: Full width",
      "Colours: Light",
      "Images",
    ],
  ]) {
    assert.ok(reached.has(name), `${name} is not among ${[...reached].join(" | ")}`);
  }
  await page.getByRole("button", { name: "Width: Full width" }).focus();
  await page.keyboard.press("Enter");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Width: Phone, 390 pixels" }).waitFor();
  assert.equal(
    await page.evaluate(() => document.activeElement?.getAttribute("aria-label")),
    "Width: Phone, 390 pixels",
  );
  await closeMail(page);
});

test("the head does not jump: labels and the date stand in the same place in every message", async () => {
  const page = await open(SALE_ID);
  const placesOf = () =>
    page.locator(".mail-fields").evaluate((fields) =>
      ["dt", ".mail-from", ".mail-when"].map((selector) => {
        const { left, right, top } = fields.querySelector(selector)?.getBoundingClientRect() ?? new DOMRect();
        return [selector === ".mail-when" ? right : left, top];
      }),
    );
  const before = await placesOf();
  const ids = [
    await server.send({ Subject: "Short", From: { Email: "a@b.example" } }),
    await server.send({
      Subject: "With all fields",
      From: { Name: "A sender whose name takes more than one line ".repeat(4), Email: "long@b.example" },
      Cc: [{ Email: "c@b.example" }],
      ReplyTo: [{ Email: "d@b.example" }],
    }),
    await bring(server, "Subject: =?utf-8?B?2KrZhSDYtNit2YY=?=\r\nFrom: a@b.example\r\n\r\nx"),
  ];
  for (const id of ids) {
    await page.goto(`${server.url}view/${id}#text`);
    await page.locator(".mail-text").waitFor();
    assert.deepEqual(await placesOf(), before, id);
  }
  // The last of them is read from right to left, and begins at the left all the same.
  const subject = page.locator(".mail-subject");
  assert.equal(await subject.evaluate((element) => getComputedStyle(element).direction), "rtl");
  const from = await page.locator(".mail-fields dt").first().boundingBox();
  assert.equal((await subject.boundingBox())?.x, from?.x);
  const time = await page.locator(".mail-when").getAttribute("title");
  assert.match(time ?? "", /day, \d+ \w+ \d{4} at \d\d:\d\d:\d\d/);
  await closeMail(page);
});

test("the sender of the envelope is shown where it differs, and who was logged in", async () => {
  const mail = "From: Ada <ada@shop.example>\r\nSubject: x\r\n\r\nx";
  const say = async (/** @type {string} */ from) =>
    (await speak(server, ["EHLO a.example", `MAIL FROM:<${from}>`, "RCPT TO:<b@c.example>", "DATA", `${mail}\r\n.`]))
      .split(" ")
      .at(-1) ?? "";
  const page = await open(await say("bounce@mailer.example"));
  await page.locator(".mail-from").getByText("via bounce@mailer.example").waitFor();
  await page.goto(`${server.url}view/${await say("ADA@shop.example")}#text`);
  await page.locator(".mail-from").getByText("ada@shop.example").waitFor();
  assert.equal(await page.locator(".mail-from").textContent(), "Adaada@shop.example");
  await page.route("**/api/v1/message/*", async (route) => {
    const answer = await (await route.fetch()).json();
    await route.fulfill({ json: { ...answer, Username: "app" } });
  });
  await page.reload();
  await page.locator(".mail-from").getByText("user app").waitFor();
  await closeMail(page);
});

test("tags are put on and taken off where they are shown", async () => {
  const id = await server.send({ Subject: "to be tagged" });
  const page = await open(id);
  const tags = page.locator(".mail-tags .tag");
  assert.equal(await tags.count(), 0);
  await page.getByRole("button", { name: "Add a tag" }).click();
  await page.getByLabel("New tag").fill("first");
  await page.keyboard.press("Enter");
  await untilEqual(() => tags.allTextContents(), ["first"]);
  await server.ask("PUT", "api/v1/tags", { IDs: [id], Tags: ["second"] });
  await untilEqual(() => tags.allTextContents(), ["second"]);
  await closeMail(page);
});

test("the message, its HTML and its text are downloaded from one menu", async () => {
  const page = await open(SALE_ID);
  const { HTML, Text } = await server.ask("GET", `api/v1/message/${SALE_ID}`);
  const download = async (/** @type {string} */ name, /** @type {"link" | "button"} */ role) => {
    await page.getByRole("button", { name: "More downloads" }).click();
    const dialog = page.getByRole("dialog", { name: "More downloads" });
    const [file] = await Promise.all([page.waitForEvent("download"), dialog.getByRole(role, { name }).click()]);
    const content = await readFile(await file.path(), "utf-8");
    await dialog.waitFor({ state: "hidden" });
    return { name: file.suggestedFilename(), content };
  };
  const html = await download("HTML", "button");
  assert.equal(html.name, `${SALE_ID}.html`);
  assert.equal(html.content, `\ufeff${HTML}`);
  assert.deepEqual(await download("Text", "button"), { name: `${SALE_ID}.txt`, content: `\ufeff${Text}` });
  const image = "R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7";
  const own = `<meta charset="iso-8859-1"><img src="cid:dot2"><img src="cid:dot"><a href="http://a.example">\u00fc</a>`;
  const id = await server.send({
    HTML: own,
    Attachments: ["dot", "dot2"].map((ContentID) => ({
      Content: image,
      ContentType: "image/gif",
      Filename: "dot.gif",
      ContentID,
    })),
  });
  await page.goto(`${server.url}view/${id}#text`);
  await page.locator(".mail-text").waitFor();
  const withImage = await download("HTML", "button");
  assert.equal(withImage.content.trimEnd(), `\ufeff${own}`.replaceAll(/cid:dot2?/g, `data:image/gif;base64,${image}`));
  await page.goto(`${server.url}view/${SALE_ID}#text`);
  await page.locator(".mail-text").waitFor();
  const raw = await download("as received", "link");
  assert.equal(raw.name, `${SALE_ID}.eml`);
  assert.match(raw.content, /^Subject: Winter sale/m);
  await closeMail(page);
});

test("a message that is not there leads back, and nothing can be done with it", async () => {
  const page = await openPage(browser, `${server.url}view/never?query=tag:nothing`);
  await page.getByText("No such message. It may have been deleted.").waitFor();
  const buttons = page.locator(".mail-bar").getByRole("button");
  assert.deepEqual(
    await buttons.evaluateAll((all) => all.filter((one) => one.checkVisibility()).map((one) => one.ariaLabel)),
    ["Back to the list"],
  );
  assert.deepEqual(await violationsOf(page), []);
  await page.getByRole("button", { name: "Back to inbox" }).click();
  await page.waitForURL(server.url);
  await closeMail(page);
});

test("what a search looks for is marked in the subject, in the addresses and in the text", async () => {
  const id = await server.send({
    Subject: "A zebra in the subject",
    From: { Email: "zebra@zoo.example", Name: "The zoo" },
    Text: "One Zebra, see https://zoo.example/zebra\n\n> a quoted zebra and a lion",
  });
  const page = await openPage(browser, `${server.url}view/${id}?query=zebra#text`);
  await page.locator(".mail-text").waitFor();
  const marked = (/** @type {string} */ place) => page.locator(`${place} mark`).allTextContents();
  assert.deepEqual(await marked(".mail-subject"), ["zebra"]);
  assert.deepEqual(await marked(".mail-from"), ["zebra"]);
  assert.deepEqual(await marked(".mail-text"), ["Zebra", "zebra", "zebra"]);
  assert.equal(
    await page.locator(".mail-text").textContent(),
    "One Zebra, see https://zoo.example/zebra\n\n> a quoted zebra and a lion\n",
  );
  assert.equal(await page.locator(".mail-text a").getAttribute("href"), "https://zoo.example/zebra");
  assert.deepEqual(await violationsOf(page), []);
  await page.goto(`${server.url}view/${id}?query=body:lion#text`);
  await untilEqual(() => marked(".mail-text"), ["lion"]);
  assert.deepEqual(await marked(".mail-head"), []);
  await page.goto(`${server.url}view/${id}#text`);
  await page.locator(".mail-text").waitFor();
  assert.deepEqual(await marked("mail-view"), []);
  await closeMail(page);
});
