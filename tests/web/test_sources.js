/** The sources of a message: of its HTML, and as it was received. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { formatHtml } from "../../web/mail/pretty_html.js";
import { violationsOf } from "./accessibility.js";
import { openPage, problemsOf, startShared, untilEqual } from "./support.js";

const { server, browser } = await startShared();

const LONG = `<p title="${"x".repeat(3000)}">long</p>`;
const HTML = `<html lang="en"><body><p>one <b>two</b></p>${LONG}</body></html>`;
const id = await server.send({ HTML, Text: "text", Subject: "Source" });

test("HTML is formatted without a change to what is shown", () => {
  const vectors = [
    ["", ""],
    ["plain  text", "plain text\n"],
    [
      "<!doctype html><html><body><p>a <b>b</b>\n c</p></body></html>",
      "<!doctype html>\n<html>\n  <body>\n    <p>\n      a <b>b</b> c\n    </p>\n  </body>\n</html>\n",
    ],
    ["<p>a<p>b<ul><li>x<li>y</ul>", "<p>\n  a\n<p>\n  b\n  <ul>\n    <li>\n      x\n    <li>\n      y\n  </ul>\n"],
    ["<tr><td>1<td>2</tr>", "<tr>\n  <td>\n    1\n  <td>\n    2\n</tr>\n"],
    ["<div><pre>\n x\n  y</pre></div>", "<div>\n  <pre>\n x\n  y</pre>\n</div>\n"],
    ["<style>\n a { b: c }\n</style>x", "<style>\n a { b: c }\n</style>\nx\n"],
    ["<img src='a>b'><hr>x", "<img src='a>b'>\n<hr>\nx\n"],
    ["</div></div><div>", "</div>\n</div>\n<div>\n"],
    ["a <!-- <p> --> b", "a <!-- <p> --> b\n"],
    ["<p unclosed", "<p unclosed\n"],
    ["a < b <", "a < b <\n"],
  ];
  for (const [source, formatted] of vectors) {
    assert.equal(formatHtml(source), formatted, source);
  }
  // Nothing is lost but white space, and it is done again without a change.
  const bare = (/** @type {string} */ text) => text.replaceAll(/\s/g, "");
  for (const [source] of vectors) {
    assert.equal(bare(formatHtml(source)), bare(source));
    assert.equal(formatHtml(formatHtml(source)), formatHtml(source));
  }
});

test("hostile HTML is formatted in no time", () => {
  for (const piece of ["<div>", "<a '", '<a "', "<!--", "<", "<p>x</div>", "</p>", "<pre>", "<td><tr>"]) {
    assert.ok(formatHtml(piece.repeat(20_000)).length > 0, piece);
  }
});

test("the HTML can be formatted, which is remembered; as it was sent is one press away", async () => {
  const page = await openPage(browser, `${server.url}view/${id}#source`);
  const code = page.locator("pre.code-text");
  await untilEqual(() => code.textContent(), HTML);
  await page.getByRole("button", { name: "Formatted" }).click();
  await untilEqual(() => code.textContent(), formatHtml(HTML));
  assert.deepEqual(await violationsOf(page), []);
  await page.reload();
  await untilEqual(() => code.textContent(), formatHtml(HTML));
  await page.getByRole("button", { name: "As sent" }).click();
  await untilEqual(() => code.textContent(), HTML);
  assert.deepEqual(problemsOf(page), []);
  await page.context().close();
});

test("both sources are copied whole", async () => {
  const page = await openPage(browser, `${server.url}view/${id}#source`, {
    permissions: ["clipboard-read", "clipboard-write"],
  });
  const copied = () => page.evaluate(() => navigator.clipboard.readText());
  await page.getByRole("button", { name: "Copy", exact: true }).click();
  await untilEqual(copied, HTML);
  await page.locator("#tab-raw").click();
  await page.locator(".raw-tab").getByRole("button", { name: "Copy", exact: true }).click();
  const raw = await (await fetch(`${server.url}api/v1/message/${id}/raw`)).text();
  await untilEqual(async () => (await copied()).replaceAll("\r\n", "\n"), raw.replaceAll("\r\n", "\n"));
  assert.deepEqual(problemsOf(page), []);
  await page.context().close();
});

test("lines are wrapped or not, as it was chosen last, and keep their numbers", async () => {
  const page = await openPage(browser, `${server.url}view/${id}#source`);
  const code = page.locator("pre.code-text");
  const isWider = () => code.evaluate((element) => element.scrollWidth > element.clientWidth);
  await code.waitFor();
  await untilEqual(isWider, false);
  await page.getByRole("button", { name: "Wrap lines" }).click();
  await untilEqual(isWider, true);
  await page.locator("#tab-raw").click();
  await page.locator(".raw-tab pre.code-text:not(.is-wrapped)").waitFor();
  await page.reload();
  await page.locator(".raw-tab pre.code-text:not(.is-wrapped)").waitFor();
  await page.getByRole("button", { name: "Wrap lines" }).click();
  await page.locator(".raw-tab pre.is-wrapped").waitFor();
  const raw = await (await fetch(`${server.url}api/v1/message/${id}/raw`)).text();
  const lines = raw.split("\n").length - 1;
  assert.equal(await page.locator(".code-line").count(), lines);
  assert.deepEqual(problemsOf(page), []);
  await page.context().close();
});
