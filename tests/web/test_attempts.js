/** What clients were rejected, as the page shows it. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { swaksCommand } from "../../web/mail/swaks.js";
import { violationsOf } from "./accessibility.js";
import { speak } from "./mails.js";
import { openPage, problemsOf, Server, startShared, untilEqual } from "./support.js";

/** @import { Page } from "playwright-core" */

const { server, browser } = await startShared();
await server.send();

/** Between commands: so long that the session says so. */
const PAUSE_MS = 120;

/** @param {Page} page */
async function close(page) {
  assert.deepEqual(problemsOf(page), []);
  await page.context().close();
}

test("what was rejected is shown with what was said", async () => {
  await speak(server, ["EHLO client.example", "MAIL FROM:<a@b.example>", "RCPT TO:<not an address>"], PAUSE_MS);
  const page = await openPage(browser, server.url);
  await page.getByRole("link", { name: "Rejected" }).click();
  await page.waitForURL(`${server.url}attempts`);
  const attempt = page.locator(".attempt").first();
  await attempt.getByText("RCPT TO:<not an address>").click();
  await attempt.locator(".said-client").getByText("MAIL FROM:<a@b.example>").waitFor();
  await attempt.locator(".said.refused").waitFor();
  await attempt.locator(".said-gap").first().waitFor();
  const command = `swaks --server=localhost:${server.smtpPort} --helo=client.example --from=a@b.example --to='not an address' --quit-after=RCPT`;
  await attempt.locator(".copyable").getByText(command, { exact: true }).waitFor();
  assert.deepEqual(await violationsOf(page), []);
  await page.reload();
  await page.getByRole("heading", { name: "Rejected" }).waitFor();
  await page.getByRole("link", { name: "Inbox" }).click();
  await page.getByRole("row").first().waitFor();
  await page.locator("attempts-view").waitFor({ state: "detached" });
  await close(page);
});

test("the command that tries again holds what the client sent as words, and nothing else", () => {
  const attempt = {
    ...{ Number: 1, Time: "", Peer: "", Helo: "", Reply: "550 no", Session: [] },
    From: /** @type {string | null} */ (null),
    To: /** @type {string[]} */ ([]),
    Command: "",
  };
  const place = { host: "::1", port: 25 };
  const vectors = [
    [
      { Command: "MAIL FROM:<a'; rm -rf ~ #@b>" },
      String.raw`--from='a'\''; rm -rf ~ #@b' --to=you@example.com --quit-after=MAIL`,
    ],
    [{ Command: "MAIL FROM:-oops SIZE=1" }, "--from=-oops --to=you@example.com --quit-after=MAIL"],
    [
      { Command: "MAIL FROM:<--pipe=touch x>", Helo: "--no-server" },
      "--helo=--no-server --from='--pipe=touch x' --to=you@example.com --quit-after=MAIL",
    ],
    [{ Command: "MAIL FROM:<+dump>" }, "--from=+dump --to=you@example.com --quit-after=MAIL"],
    [{ Command: "MAIL FROM:<>" }, "--from='<>' --to=you@example.com --quit-after=MAIL"],
    [{ Command: "RCPT TO:<c@d>", From: "a@b", To: ["x@y"] }, "--from=a@b --to=x@y,c@d --quit-after=RCPT"],
    [{ Command: "DATA", From: "a@b", To: ["\u001b[2Jx@y"] }, "--from=a@b --to='[2Jx@y'"],
    [
      { Command: "AUTH PLAIN ***", Session: [{ Milliseconds: 1, Side: "client", Text: "STARTTLS" }] },
      "--from='<>' --to=you@example.com --tls --auth --auth-user=USER --auth-password=PASSWORD --quit-after=AUTH",
    ],
  ];
  for (const [change, words] of vectors) {
    const made = swaksCommand(/** @type {any} */ ({ ...attempt, .../** @type {object} */ (change) }), place);
    assert.equal(made, `swaks --server=[::1]:25 ${words}`.replace("[::1]:25", "'[::1]:25'"));
  }
  assert.equal(swaksCommand({ ...attempt, Command: "NONSENSE" }, place), null);
});

test("what is rejected while somebody looks is shown on top, and what is open stays open", async () => {
  const refuse = (/** @type {string} */ what) => speak(server, ["EHLO client.example", what]);
  await refuse("FIRST");
  const page = await openPage(browser, `${server.url}attempts`);
  const commands = () => page.locator(".attempt-command").allTextContents();
  const top = page.locator(".attempt").first();
  await top.getByText("FIRST").click();
  await top.locator(".said.refused").waitFor();
  const others = await commands();
  await refuse("SECOND");
  await untilEqual(commands, ["SECOND", ...others]);
  await page.locator(".attempt").nth(1).locator(".said.refused").waitFor();
  await page.getByRole("link", { name: "Inbox" }).click();
  await page.getByRole("row").first().waitFor();
  await refuse("THIRD");
  await page.getByRole("link", { name: "Rejected" }).click();
  await untilEqual(commands, ["THIRD", "SECOND", ...others]);
  await close(page);
});

test("attempts are chosen by reply code, and deleted on every page that shows or counts them", async () => {
  const own = await Server.start();
  await speak(own, ["EHLO client.example", "NONSENSE", "DATA", "NOTHING"]);
  const other = await openPage(browser, own.url);
  const badge = other.getByRole("link", { name: "Rejected" }).locator(".side-badge");
  await untilEqual(() => badge.allTextContents(), ["3"]);
  const page = await openPage(browser, `${own.url}attempts`);
  const commands = () => page.locator(".attempt-command").allTextContents();
  const codes = page.getByRole("group", { name: "Reply code" });
  await untilEqual(() => codes.getByRole("button").allTextContents(), ["All 3", "5xx 3", "500 2", "503 1"]);
  await codes.getByRole("button", { name: "503" }).click();
  await untilEqual(commands, ["DATA"]);
  await speak(own, ["EHLO client.example", "DATA", "LATE"]);
  await untilEqual(commands, ["DATA", "DATA"]);
  assert.deepEqual(await violationsOf(page), []);
  await page.getByRole("button", { name: "Delete all" }).click();
  await page.getByText("Nothing was rejected.").waitFor();
  await untilEqual(commands, []);
  await untilEqual(() => badge.allTextContents(), []);
  await speak(own, ["EHLO client.example", "AFTER"]);
  await untilEqual(commands, ["AFTER"]);
  await untilEqual(() => badge.allTextContents(), ["1"]);
  await close(other);
  await close(page);
  await own.end();
});

test("what is rejected before the page gets its first event is shown, too", async () => {
  const page = await openPage(browser, "about:blank");
  /** @type {() => void} */
  let deliver = () => {};
  const wanted = new Promise((resolve) => (deliver = () => resolve(undefined)));
  await page.route("**/api/v1/events*", async (route) => {
    await wanted;
    await route.continue();
  });
  await page.goto(`${server.url}attempts`);
  await page.getByText("Rejected SMTP attempts, newest first").waitFor();
  await speak(server, ["EHLO client.example", "BETWEEN"]);
  deliver();
  await page.locator(".attempt").first().getByText("BETWEEN").waitFor();
  await close(page);
});

test("older ones are shown once, however often they are asked for and whatever comes in the meantime", async () => {
  const busy = await Server.start();
  const refuse = (/** @type {string} */ what) => speak(busy, ["EHLO client.example", what]);
  const names = Array.from({ length: 50 }, (_, i) => `A${i + 1}`);
  for (const name of names) {
    await refuse(name);
  }
  const page = await openPage(browser, `${busy.url}attempts`);
  const commands = () => page.locator(".attempt-command").allTextContents();
  const more = page.getByRole("button", { name: "Show older attempts" });
  const askTwice = () =>
    more.evaluate((/** @type {HTMLButtonElement} */ button) => {
      button.click();
      button.click();
    });
  for (const next of ["NEXT", "LAST"]) {
    await more.waitFor();
    await askTwice();
    await more.waitFor({ state: "hidden" });
    await refuse(next);
    names.push(next);
    await untilEqual(commands, names.toReversed());
    assert.equal(await more.isVisible(), false);
    await page.reload();
  }
  await close(page);
  await busy.end();
});
