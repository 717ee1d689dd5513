/** The page of the API at /api/v1/: what it shows of openapi.json, and that its requests and its code work. */

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { violationsOf } from "./accessibility.js";
import { openPage, problemsOf, Server, startShared, until, untilEqual } from "./support.js";

/** @import { Locator, Page } from "playwright-core" */

const { server, browser } = await startShared();
const run = promisify(execFile);

/** As much of Python's requests as the code needs; it need not be installed. */
const REQUESTS = `
import json as j, urllib.request
class Response:
    def __init__(self, answer): self.text = answer.read().decode()
    def raise_for_status(self): pass
    def json(self): return j.loads(self.text)
def post(url, json): return Response(urllib.request.urlopen(url, j.dumps(json).encode()))
`;

/** @param {Parameters<typeof openPage>[2]} [options] */
function openApi(options) {
  return openPage(browser, `${server.url}api/v1/`, options);
}

/**
 * @param {Page} page
 * @param {string} id
 * @returns {Promise<Locator>} The operation, open.
 */
async function openOperation(page, id) {
  const operation = page.locator(`details#${id}`);
  await operation.locator("> summary").click();
  await operation.locator(".inside").waitFor();
  return operation;
}

/** @param {Locator} operation */
function statusOf(operation) {
  return operation.getByRole("status");
}

/**
 * @param {Locator} operation
 * @param {string} language
 * @returns {Promise<string>}
 */
async function codeOf(operation, language) {
  await operation.getByRole("tab", { name: language, exact: true }).click();
  return (await operation.locator(".code code").textContent()) ?? "";
}

test("every operation of the document is there, in its group", async () => {
  const page = await openApi();
  const document = await server.ask("GET", "api/v1/openapi.json");
  const operations = Object.values(document.paths).flatMap((methods) => Object.values(methods));
  await page.locator("details.operation").first().waitFor();
  for (const { operationId, tags, summary } of operations) {
    const { "x-displayName": name } = document.tags.find((/** @type {any} */ tag) => tag.name === tags[0]);
    const group = page.getByRole("region", { name, exact: true });
    const operation = group.locator(`details#${operationId}`);
    assert.equal(await operation.locator(".about").textContent(), summary);
  }
  assert.equal(await page.locator("details.operation").count(), operations.length);
  assert.equal(
    await page.locator("details.named-schema").count(),
    Object.keys(document.components.schemas).length,
    "every schema is there",
  );
  await page.context().close();
});

test("the filter shows what matches, and says how many", async () => {
  const page = await openApi();
  const filter = page.getByRole("searchbox", { name: "Filter operations" });
  const shown = () =>
    page.locator("details.operation:visible").evaluateAll((all) => all.map((operation) => operation.id));
  await filter.fill("rename");
  await untilEqual(shown, ["renameTag"]);
  await page.getByText("1 of ").waitFor();
  assert.equal(await page.getByRole("region", { name: "Server", exact: true }).count(), 0);
  await filter.fill("DELETE tags");
  await untilEqual(shown, ["deleteTag"]);
  await filter.fill("zebra");
  await page.getByText("No operation matches.").waitFor();
  await filter.fill("");
  await until(async () => (await shown()).length > 60);
  await page.context().close();
});

test("an address with an operation's name opens it, also one that the filter hides", async () => {
  const page = await openPage(browser, `${server.url}api/v1/#waitForMessages`);
  const operation = page.locator("details#waitForMessages");
  await operation.getByText("Without after, only messages").waitFor();
  await until(async () => operation.evaluate((element) => element.getBoundingClientRect().top < innerHeight / 2));
  await page.getByRole("searchbox").fill("rename");
  await operation.waitFor({ state: "hidden" });
  await page.evaluate(() => (location.hash = "#getCodes"));
  await page.locator("details#getCodes .inside").waitFor();
  assert.equal(await page.getByRole("searchbox").inputValue(), "");
  await page.locator("details#getInfo > summary").click();
  await untilEqual(() => page.evaluate(() => location.hash), "#getInfo");
  await page.context().close();
});

test("a request is made of the fields, and its response shown", async () => {
  await server.clear();
  await server.send({ Subject: "To be read" });
  const page = await openApi();
  const operation = await openOperation(page, "searchMessages");
  await operation.getByLabel("query in query").fill("subject:read");
  await operation.getByLabel("limit in query").fill("5");
  await operation.getByRole("button", { name: "Send request" }).click();
  await statusOf(operation)
    .getByText(/^200 OK, [\d,]+ bytes, [\d,]+ ms$/)
    .waitFor();
  const found = JSON.parse((await operation.getByLabel("Response").textContent()) ?? "");
  assert.equal(found.messages[0].Subject, "To be read");
  await operation.getByText("Header fields").click();
  await operation.getByText("content-type: application/json").waitFor();

  const message = await openOperation(page, "getMessage");
  await message.getByLabel("id in path").fill("no such?id");
  await message.getByRole("button", { name: "Send request" }).click();
  await statusOf(message)
    .getByText(/^404 Not Found/)
    .waitFor();
  assert.deepEqual(problemsOf(page), []);
  await page.context().close();
});

test("a request without a required value is not sent", async () => {
  const page = await openApi();
  const operation = await openOperation(page, "getMessage");
  await operation.getByLabel("id in path").fill("");
  await operation.getByRole("button", { name: "Send request" }).click();
  await untilEqual(
    () => operation.getByLabel("id in path").evaluate((field) => field === field.ownerDocument.activeElement),
    true,
  );
  assert.equal(await statusOf(operation).textContent(), "");
  await page.context().close();
});

test("what changes or deletes is sent only when that is confirmed", async () => {
  await server.clear();
  await server.send();
  const page = await openApi();
  const operation = await openOperation(page, "deleteMessages");
  await operation.getByLabel("application/json").fill("");
  const total = async () => (await server.ask("GET", "api/v1/messages")).total;

  await operation.getByRole("button", { name: "Send request" }).click();
  const dialog = page.getByRole("dialog", { name: "Send this request?" });
  await dialog.getByText("which cannot be restored").waitFor();
  await dialog.getByText(`DELETE ${server.url}api/v1/messages`).waitFor();
  assert.deepEqual(await violationsOf(page), []);
  await page.keyboard.press("Enter"); // which is Cancel
  await dialog.waitFor({ state: "detached" });
  await operation.getByRole("button", { name: "Send request" }).click();
  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "detached" });
  assert.equal(await total(), 1);

  await operation.getByRole("button", { name: "Send request" }).click();
  await dialog.getByRole("button", { name: "Send", exact: true }).click();
  await statusOf(operation)
    .getByText(/^200 OK/)
    .waitFor();
  assert.equal(await total(), 0);
  assert.deepEqual(problemsOf(page), []);
  await page.context().close();
});

test("images are shown and can be saved, events appear until they are stopped", async () => {
  await server.clear();
  const page = await openApi();
  const events = await openOperation(page, "streamEvents");
  await events.getByRole("button", { name: "Send request" }).click();
  await events.getByLabel("Response").getByText("event: ready").waitFor();
  await server.send({ Attachments: [{ Content: "eA==", Filename: "a.png" }] });
  await events.getByLabel("Response").getByText("event: new").waitFor();
  await events.getByRole("button", { name: "Stop" }).click();
  await statusOf(events).getByText("Stopped.").waitFor();

  const socket = await openOperation(page, "events");
  await socket.getByRole("button", { name: "Send request" }).click();
  await socket.getByLabel("Response").getByText('"Type":"stats"').waitFor();
  await socket.getByRole("button", { name: "Stop" }).click();
  await statusOf(socket).getByText("closed").waitFor();

  const thumbnail = await openOperation(page, "getThumbnail");
  await thumbnail.getByRole("button", { name: "Send request" }).click();
  const image = thumbnail.getByRole("img", { name: "of image/jpeg" });
  await until(() => image.evaluate((element) => /** @type {HTMLImageElement} */ (element).naturalWidth === 180));
  const saving = page.waitForEvent("download");
  await thumbnail.getByRole("link", { name: "Save the response" }).click();
  assert.match((await saving).suggestedFilename(), /^response/);
  assert.deepEqual(problemsOf(page), []);
  await page.context().close();
});

test("the code makes the request that was entered, whatever is in it", async () => {
  await server.clear();
  const page = await openApi();
  const operation = await openOperation(page, "sendMessage");
  const subject = `it's "quoted" $HOME \`id\` \\ ünï 🙂`;
  const mail = { From: { Email: "a@example.com" }, To: [{ Email: "b@example.com" }], Subject: subject, Text: "a\nb" };
  await operation.getByLabel("application/json").fill(JSON.stringify(mail));
  await run("sh", ["-c", await codeOf(operation, "curl")]);
  await run("node", ["--input-type=module", "--eval", await codeOf(operation, "JavaScript")]);
  const modules = await mkdtemp(join(tmpdir(), "dsmtpd-requests-"));
  await writeFile(join(modules, "requests.py"), REQUESTS);
  const environment = { ...process.env, PYTHONPATH: modules };
  const { stdout: printed } = await run("python3", ["-c", await codeOf(operation, "Python")], { env: environment });
  assert.match(printed, /^\{'ID': /);
  await rm(modules, { recursive: true });
  const { messages } = await server.ask("GET", "api/v1/messages");
  assert.deepEqual(
    messages.map((/** @type {{ Subject: string }} */ one) => one.Subject),
    [subject, subject, subject],
  );

  const search = await openOperation(page, "searchMessages");
  await search.getByLabel("query in query").fill('subject:"it\'s"');
  const { stdout } = await run("sh", ["-c", `${await codeOf(search, "curl")} --silent`]);
  assert.equal(JSON.parse(stdout).messages_count, 3);
  assert.equal(
    await codeOf(search, "Python"),
    `import requests

response = requests.get(
    "${server.url}api/v1/search",
    params={"query": "subject:\\"it's\\""},
)
response.raise_for_status()
print(response.json())`,
  );

  // The language that was chosen stays chosen.
  const info = await openOperation(page, "getInfo");
  assert.equal(await info.getByRole("tab", { selected: true }).textContent(), "Python");
  await page.context().close();
});

test("members of a schema are opened one in another", async () => {
  const page = await openApi();
  const operation = await openOperation(page, "getMessage");
  await operation.getByText("200 The message.").click();
  const attachments = operation.getByText("Attachments array of Attachment");
  await attachments.click();
  await operation.getByText("Checksums object").click();
  await operation.getByText("SHA256", { exact: true }).waitFor();
  assert.equal(await operation.getByText("required", { exact: true }).count(), 0, "of a response all is required");
  const send = await openOperation(page, "sendMessage");
  await send.getByText("From SendAddress required").waitFor();
  // A part contains parts, as deep as anybody opens them.
  const structure = await openOperation(page, "getStructure");
  await structure.getByText("200 Envelope and tree.").click();
  await structure.getByText("Structure Part").click();
  await structure.getByText("Parts array of Part").click();
  await structure.getByText("Parts array of Part").nth(1).click();
  await structure.getByText("Parts array of Part").nth(2).waitFor();
  await page.context().close();
});

test("it works below a path and with a login, which the code names", async () => {
  const folder = await mkdtemp(join(tmpdir(), "dsmtpd-login-"));
  await writeFile(join(folder, "users"), "me:{PLAIN}secret\n", { mode: 0o600 });
  const other = await Server.start("--webroot=/tools/mail", `--http-auth-file=${join(folder, "users")}`);
  try {
    const page = await openPage(browser, `${other.url}api/v1`, {
      httpCredentials: { username: "me", password: "secret" },
    });
    await untilEqual(() => page.evaluate(() => location.pathname), "/tools/mail/api/v1/");
    const operation = await openOperation(page, "getInfo");
    await operation.getByRole("button", { name: "Send request" }).click();
    await statusOf(operation)
      .getByText(/^200 OK/)
      .waitFor();
    assert.equal(await codeOf(operation, "curl"), `curl \\\n  -u NAME:PASSWORD \\\n  '${other.url}api/v1/info'`);
    await page.getByRole("link", { name: "Inbox" }).click();
    await page.waitForURL(other.url);
    await page.context().close();
  } finally {
    await other.end();
    await rm(folder, { recursive: true });
  }
});

/** @type {Record<string, { options: import("playwright-core").BrowserContextOptions, rules: object }>} */
const LOOKS = {
  light: { options: { colorScheme: "light" }, rules: {} },
  dark: { options: { colorScheme: "dark" }, rules: { runOnly: ["color-contrast"] } },
  narrow: { options: { viewport: { width: 320, height: 640 }, reducedMotion: "reduce" }, rules: {} },
};

for (const [look, { options, rules }] of Object.entries(LOOKS)) {
  test(`${look}: it is accessible, fits and keeps its policy`, async () => {
    const page = await openApi(options);
    await page.locator("details.operation").first().waitFor();
    for (const id of ["listMessages", "putMessage", "setTags", "getThumbnail"]) {
      const operation = await openOperation(page, id);
      for (const response of await operation.locator(".inside > details > summary").all()) {
        await response.click();
      }
    }
    const tried = page.locator("details#listMessages");
    await tried.getByRole("button", { name: "Send request" }).click();
    await statusOf(tried).getByText(/^200/).waitFor();
    await page.locator("details.named-schema > summary").first().click();
    assert.deepEqual(await violationsOf(page, rules), [], look);
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert.ok(overflow <= 0, `${look}: it is ${overflow} pixels too wide`);
    assert.deepEqual(problemsOf(page), [], look);
    await page.context().close();
  });
}

test("all of it can be reached and used by the keyboard", async () => {
  const page = await openApi();
  await page.getByRole("searchbox").focus();
  await page.keyboard.type("getInfo");
  const summary = page.locator("details#getInfo > summary");
  for (let i = 0; i < 30 && !(await summary.evaluate((one) => one === document.activeElement)); i++) {
    await page.keyboard.press("Tab");
  }
  await page.keyboard.press("Enter");
  const send = page.locator("details#getInfo").getByRole("button", { name: "Send request" });
  await send.waitFor();
  for (let i = 0; i < 30 && !(await send.evaluate((one) => one === document.activeElement)); i++) {
    await page.keyboard.press("Tab");
  }
  await page.keyboard.press("Enter");
  await statusOf(page.locator("details#getInfo"))
    .getByText(/^200 OK/)
    .waitFor();
  await page.context().close();
});

test("an address with a broken escape opens the page, and no operation", async () => {
  const page = await openPage(browser, `${server.url}api/v1/#%`);
  await page.locator("details#getInfo").waitFor();
  assert.equal(await page.locator("details[open]").count(), 0);
  await page.context().close();
});
