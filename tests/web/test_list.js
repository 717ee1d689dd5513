/** The list: what it shows, and what is done in it. */

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { listTester, rowOf, subjectsOf } from "./pages.js";
import { openPage, problemsOf, Server, startShared, until, untilEqual } from "./support.js";

/** @import { Page } from "playwright-core" */

const { server, browser } = await startShared();

beforeEach(() => server.clear());

const pageTest = listTester(server, browser);

pageTest("a mail that comes is there by itself, and a click opens it", async (page) => {
  await page.getByText("Waiting for the first message").waitFor();
  const id = await server.send({ Subject: "Grüße", Text: "the text of it" });
  await rowOf(page, "Grüße").click();
  await page.locator("mail-view").getByText("the text of it").waitFor();
  await page.waitForURL(`${server.url}view/${id}`);
  await page.goBack();
  await page.waitForURL(server.url);
  await page.locator("mail-view").waitFor({ state: "hidden" });
  await page.goForward();
  await page.locator("mail-view").getByText("the text of it").waitFor();
});

test("a message that comes between the list and the first event is not missed", async () => {
  const page = await openPage(browser, "about:blank");
  /** @type {() => void} */
  let connect = () => {};
  const sent = new Promise((resolve) => (connect = () => resolve(undefined)));
  await page.route("**/api/v1/events*", async (route) => {
    await sent;
    await route.continue();
  });
  await page.goto(server.url);
  await page.getByText("Waiting for the first message").waitFor();
  await server.send({ Subject: "between" });
  connect();
  await rowOf(page, "between").waitFor();
  await page.context().close();
});

pageTest(
  "a mail told of while the list is on its way is not missed",
  async (page) => {
    // Asked behind the list itself: what is counted has been taken.
    const told = await page.evaluateHandle(async () => {
      const resources = performance.getEntriesByType("resource").map((entry) => entry.name);
      const { live } = await import(resources.find((name) => name.endsWith("core/live.js")) ?? "");
      const count = { events: 0 };
      live.addEventListener("inbox", (/** @type {CustomEvent} */ event) => (count.events += event.detail.length));
      return count;
    });
    await page.route("**/api/v1/messages?*", async (route) => {
      const response = await route.fetch();
      const { messages_count: count } = await response.json();
      if (count === 2) {
        await server.send({ Subject: "meanwhile" });
        await until(() => told.evaluate(({ events }) => events === 2));
      }
      await route.fulfill({ response });
    });
    // The event does not tell how the tags are now, so the list is asked for.
    await server.send({ Subject: "first", Tags: ["unknown"] });
    await rowOf(page, "meanwhile").waitFor();
  },
  { mails: 1 },
);

test("a list that cannot be read is said to be so, and asked for again", async () => {
  await server.send({ Subject: "listed" });
  const page = await openPage(browser, "about:blank");
  // The first event would have it asked for again.
  await page.route("**/api/v1/events*", () => {});
  await page.route("**/api/v1/messages?*", (route) => route.fulfill({ body: '{"total": 1, "messa' }));
  await page.goto(server.url);
  await page.getByText("Could not list the messages").waitFor();
  await page.unroute("**/api/v1/messages?*");
  await page.getByRole("button", { name: "Try again" }).click();
  await rowOf(page, "listed").waitFor();
  assert.deepEqual(problemsOf(page), []);
  await page.context().close();
});

pageTest(
  "rows stay as they are while others come",
  async (page) => {
    const row = await rowOf(page, "Mail 1").getByText("Mail 1").elementHandle();
    await server.send({ Subject: "another" });
    await rowOf(page, "another").waitFor();
    await server.send({ Subject: "one more", Tags: ["new"] });
    await page.getByRole("navigation").getByRole("link", { name: "new" }).waitFor();
    assert.equal(await row?.evaluate((element) => element.isConnected), true);
  },
  { mails: 1 },
);

pageTest("without mails it says where to send, and sends one", async (page) => {
  await page.getByText(`Point your application at localhost, port ${server.smtpPort}`).waitFor();
  for (const name of ["swaks", "curl", "Django", "Rails", "Laravel", "Node", "Spring", "PHP"]) {
    await page.getByRole("tab", { name }).click();
    assert.match(await page.getByRole("tabpanel").innerText(), new RegExp(String(server.smtpPort)));
  }
  await page.getByRole("tab", { name: "PHP" }).press("ArrowRight");
  await untilEqual(() => page.getByRole("tab", { selected: true }).innerText(), "Python");
  // The notice ends with what it says, not by its time, which never comes here.
  await page.evaluate(() => {
    const wait = window.setTimeout.bind(window);
    Object.assign(window, { setTimeout: (/** @type {() => void} */ f, ms = 0) => (ms > 3000 ? 0 : wait(f, ms)) });
  });
  await page.getByRole("button", { name: "Send a test message" }).click();
  await rowOf(page, "It works").waitFor();
  await untilEqual(() => page.locator(".toast").count(), 0);
});

pageTest("what is written from right to left begins next to its subject", async (page) => {
  await server.send({ Subject: "تم شحن طلبك", Text: "مرحبًا ليلى" });
  await rowOf(page, "تم شحن طلبك").waitFor();
  /** @param {string} name Where its text is, not its box. */
  const textOf = (name) =>
    page.locator(`.list-area .${name}`).evaluate((element) => {
      const range = document.createRange();
      range.selectNodeContents(element);
      const { left, right } = range.getBoundingClientRect();
      return { left, right };
    });
  const [subject, snippet] = await Promise.all([textOf("row-subject"), textOf("row-snippet")]);
  assert.ok(snippet.left - subject.right < 30, `${snippet.left - subject.right} pixels between them`);
});

pageTest(
  "the keys move, open, mark, flag and delete",
  async (page) => {
    await page.keyboard.press("j");
    await page.keyboard.press("j");
    await page.keyboard.press("Enter");
    await page.locator("mail-view").getByRole("heading", { name: "Mail 3" }).waitFor();
    await until(async () => !(await rowOf(page, "Mail 3").getAttribute("class"))?.includes("unread"));
    await page.keyboard.press("j");
    await page.locator("mail-view").getByRole("heading", { name: "Mail 2" }).waitFor();
    await page.keyboard.press("k");
    await page.keyboard.press("u");
    await page.waitForURL(server.url);
    await page.keyboard.press("s");
    await page.keyboard.type("gs");
    await untilEqual(() => subjectsOf(page), ["Mail 3"]);
    await page.keyboard.type("gi");
    await rowOf(page, "Mail 4").waitFor();
    await page.keyboard.press("j");
    await page.keyboard.press("e");
    await until(async () => (await server.ask("GET", "api/v1/search?query=is:read")).messages_count === 3);
    await page.keyboard.press("?");
    await page.getByRole("dialog", { name: "Keyboard shortcuts" }).getByText("Previous message").waitFor();
    await page.keyboard.press("Escape");
    await page.keyboard.press("#");
    await rowOf(page, "Mail 3").waitFor({ state: "detached" });
  },
  { mails: 4 },
);

pageTest(
  "Shift and Ctrl select; all that match leaves out what comes later",
  async (page) => {
    await rowOf(page, "Mail 5").getByRole("checkbox").click();
    await rowOf(page, "Mail 3").click({ modifiers: ["Shift"] });
    await page.getByRole("heading", { name: "3 selected" }).waitFor();
    await rowOf(page, "Mail 4").click({ modifiers: ["Control"] });
    await page.getByRole("heading", { name: "2 selected" }).waitFor();
    await page.getByRole("button", { name: "Select all 6" }).click();
    await server.send({ Subject: "late" });
    await rowOf(page, "late").waitFor();
    await untilEqual(() => rowOf(page, "Mail 1").getAttribute("aria-selected"), "true");
    assert.equal(await rowOf(page, "late").getAttribute("aria-selected"), "false");
    await page.getByRole("toolbar").getByRole("button", { name: "Delete" }).click();
    await untilEqual(() => subjectsOf(page), ["late"]);
    await untilEqual(async () => (await server.ask("GET", "api/v1/messages")).total, 1);
  },
  { mails: 6 },
);

pageTest(
  "tags are put on and taken off, and lead to what has them",
  async (page) => {
    await page.keyboard.press("j");
    await putTag(page, "release 2");
    await rowOf(page, "Mail 2").getByText("release 2").click();
    await page.waitForURL(`${server.url}?query=tag%3A%22release+2%22`);
    await untilEqual(() => subjectsOf(page), ["Mail 2"]);
    await page.getByRole("navigation").getByRole("link", { name: "release 2" }).waitFor();
    await page.keyboard.press("j");
    await page.keyboard.press("t");
    await page.getByRole("checkbox", { name: "release 2" }).click();
    await page.getByText("No messages match this search.").waitFor();
    assert.deepEqual(await server.ask("GET", "api/v1/tags"), []);
    await page.keyboard.press("z");
    await untilEqual(() => subjectsOf(page), ["Mail 2"]);
  },
  { mails: 2 },
);

/**
 * Tags the message that the keyboard is at, or what is selected.
 *
 * @param {Page} page
 * @param {string} tag
 */
async function putTag(page, tag) {
  await page.keyboard.press("t");
  await page.getByRole("textbox", { name: "New tag" }).fill(tag);
  await page.keyboard.press("Enter");
}

pageTest(
  "undoing a tag leaves the others, also those that came meanwhile",
  async (page) => {
    const { messages } = await server.ask("GET", "api/v1/messages");
    await page.keyboard.press("j");
    await putTag(page, "mine");
    await untilEqual(() => server.ask("GET", "api/v1/tags"), ["mine"]);
    await server.ask("PUT", "api/v1/tags", { IDs: [messages[0].ID], Add: ["theirs"] });
    await page.keyboard.press("z");
    await untilEqual(() => server.ask("GET", "api/v1/tags"), ["theirs"]);
    await untilEqual(() => page.locator(".list-area .tag").allTextContents(), ["theirs"]);
  },
  { mails: 1 },
);

pageTest(
  "a tag that the server does not take goes again",
  async (page) => {
    await page.route("**/api/v1/tags*", (route) => route.fulfill({ status: 400, body: "not this one" }));
    await page.keyboard.press("j");
    await putTag(page, "refused");
    await page.getByText("Failed: not this one").waitFor();
    await untilEqual(() => page.locator(".list-area .tag").count(), 0);
  },
  { mails: 1 },
);

pageTest(
  "all that match are tagged in one go, also when the page goes before its time",
  async (page) => {
    await page.keyboard.press("j");
    await page.keyboard.press("x");
    await page.getByRole("button", { name: "Select all 120" }).click();
    await putTag(page, "all");
    await page.getByText("120 messages tagged all").waitFor();
    await page.goto("about:blank");
    await untilEqual(async () => (await server.ask("GET", "api/v1/search?query=tag:all")).messages_count, 120);
  },
  { mails: 120 },
);

pageTest(
  "a link to a mail far down shows its row beside it",
  async (page) => {
    const { messages } = await server.ask("GET", "api/v1/messages?limit=1&start=150");
    await page.goto(`${server.url}view/${messages[0].ID}`);
    await page.locator("mail-view").getByRole("heading", { name: "Mail 10", exact: true }).waitFor();
    await page.locator(".row.open").getByText("Mail 10", { exact: true }).waitFor();
    await page.keyboard.press("j");
    await page.locator("mail-view").getByRole("heading", { name: "Mail 9", exact: true }).waitFor();
  },
  { mails: 160 },
);

pageTest("what mails say is text and never markup", async (page) => {
  const script = `<img src=x onerror="document.title='run'"><script>document.title='run'</script>`;
  const raw = [
    `From: "${script.replaceAll('"', "'")}" <x@example.com>`,
    `To: x@example.com`,
    `Subject: ${script}`,
    "",
    script,
  ];
  await fetch(`${server.url}api/v1/messages`, { method: "POST", body: raw.join("\r\n") });
  await rowOf(page, script).click();
  await page.locator("mail-view").getByRole("heading", { name: "<img src=x" }).waitFor();
  await page.goto(`${server.url}?query=${encodeURIComponent(`larger:${script}`)}`);
  await page.getByText("Invalid search").waitFor();
  assert.equal(await page.locator("img, script:not([src])").count(), 0);
  assert.doesNotMatch(await page.title(), /^run/);
});

pageTest(
  "the title and the side count what is unread",
  async (page) => {
    await untilEqual(() => page.title(), "(2) Inbox · dsmtpd");
    await page.keyboard.press("j");
    await page.keyboard.press("e");
    await untilEqual(() => page.title(), "(1) Inbox · dsmtpd");
    assert.match((await page.locator("link[rel=icon]").getAttribute("href")) ?? "", /^data:image\/png/);
  },
  { mails: 2 },
);

test("a server that goes is reported, and when it is back nothing is lost", async () => {
  const lone = await Server.start();
  await lone.send({ Subject: "before" });
  const page = await openPage(browser, lone.url);
  await rowOf(page, "before").waitFor();
  const port = new URL(lone.url).port;
  await lone.stop();
  await page.getByText("The server is not reachable.").waitFor();
  await rowOf(page, "before").waitFor();
  await lone.run(`--http=127.0.0.1:${port}`);
  await lone.send({ Subject: "after" });
  await rowOf(page, "after").waitFor();
  await page.getByText("The server is not reachable.").waitFor({ state: "hidden" });
  await page.context().close();
  await lone.end();
});

test("below a path of its own all is the same", async () => {
  const lone = await Server.start("--webroot=/tools/mail");
  const id = await lone.send({ Subject: "below" });
  const page = await openPage(browser, `${lone.url}view/${id}`);
  await page.locator("mail-view").getByRole("heading", { name: "below" }).waitFor();
  await page.keyboard.press("u");
  await page.waitForURL(lone.url);
  await rowOf(page, "below").waitFor();
  assert.deepEqual(problemsOf(page), []);
  await page.context().close();
  await lone.end();
});

test("any number of tabs stays live, and goes on when the one with the connection is closed", async () => {
  await server.clear();
  const first = await openPage(browser, server.url);
  const tabs = [first];
  for (let i = 0; i < 7; i++) {
    tabs.push(await first.context().newPage());
    await tabs[i + 1].goto(server.url);
  }
  await server.send({ Subject: "for all" });
  await Promise.all(tabs.map((tab) => rowOf(tab, "for all").waitFor()));
  await first.close();
  await server.send({ Subject: "for the others" });
  await Promise.all(tabs.slice(1).map((tab) => rowOf(tab, "for the others").waitFor()));
  await tabs[1].context().close();
});

pageTest("rows say to whom in each layout, how large, and no clipped letters", async (page) => {
  const large = Buffer.alloc(1_200_000, "x").toString("base64");
  const subject = "A subject that is so long that a phone has room for nothing else in its line";
  const To = [{ Email: "bob@example.com", Name: "Bob" }];
  await server.send({ Subject: subject, To, Attachments: [{ Content: large, Filename: "large.bin" }] });
  await rowOf(page, subject).waitFor();
  const seen = (/** @type {string} */ name) => page.locator(`.list-area .${name}`).first();
  for (const width of [1280, 1024, 390, 320]) {
    await page.setViewportSize({ width, height: 800 });
    await seen("row-to").getByText("Bob").waitFor();
    await untilEqual(() => seen("row-size").innerText(), "1.6 MB");
  }
  // A beginning without room for six letters is in the line below, which is not seen.
  const [words, snippet] = await Promise.all([seen("row-words").boundingBox(), seen("row-snippet").boundingBox()]);
  assert.ok(words && snippet && snippet.y >= words.y + words.height - 1);
  await page.setViewportSize({ width: 1280, height: 800 });
  await seen("row-subject").click();
  await page.locator("mail-view").getByRole("heading", { name: subject }).waitFor();
  await seen("row-to").getByText("Bob").waitFor();
  await untilEqual(() => seen("row-time").evaluate((time) => getComputedStyle(time).fontWeight), "400");
});
