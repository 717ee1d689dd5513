/** URLs in text: the page makes links of the same ones as the server lists. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { bring, RICH } from "./mails.js";
import { openPage, problemsOf, startShared, untilEqual } from "./support.js";

const { server, browser } = await startShared();

/** Where each mark ends a URL, or does not. */
const MARKS = [
  ..."，。）」』】》〉；：、！？…“”‘’«»（「【《～—·・｡｣`>\"\\|،؟।→▶🎉€＞　)]}'*_~.,;:!?-–/#=&",
  ..."\u00a0\u2009\u200b\u200d\u00ad\u2060\ufeff\u200e\u2028",
];

const BEFORE = ["", " ", "(", "[", "<", "<URL:", "'", '"', "*", "_", "请", "“", "「", "a", ".", "@", "-", "x:"];
const STARTS = ["https://a.test/x", "http://a.test", "www.b.test", "myapp://verify?t=1", "com.example.app:/o?c=1"];
const ODD_STARTS = [
  "mailto:a@b.test",
  "javascript://x",
  "https://[::1]:80/x",
  "https://例え.test",
  "WWW.b",
  "file:///x",
];
const AFTER = ["", " next", "next", "谢谢", "คลิก", "和 ", "\nline>", "\n\n", "/y_(z)", "?q=日本語2024年", ".test/y"];

/** @param {number} seed */
function randomizer(seed) {
  let state = seed;
  return (/** @type {readonly string[]} */ choices) => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return choices[Math.floor((state / 2 ** 31) * choices.length)];
  };
}

/** Texts with a URL in them, in all sorts of company. */
function* makeTexts() {
  for (const mark of MARKS) {
    yield `打开https://a.test/verify?t=ab12${mark}谢谢 (https://a.test/y${mark}) https://c.test${mark}next`;
  }
  const pick = randomizer(20);
  for (let i = 0; i < 200; i++) {
    const url = pick([...STARTS, ...STARTS, ...ODD_STARTS]);
    yield [pick(BEFORE), url, pick(["", ...MARKS]), pick(AFTER), pick(["", ...MARKS]), pick(AFTER)].join("");
  }
}

/** @param {string} text */
async function linksOf(text) {
  const id = await server.send({ Text: text });
  const { Links } = await server.ask("GET", `api/v1/message/${id}/links`);
  const { Text } = await server.ask("GET", `api/v1/message/${id}`);
  return { Text, urls: Links.map((/** @type {{ URL: string }} */ link) => link.URL) };
}

test("the Text view has the links that the server lists", async () => {
  const id = await server.send();
  const page = await openPage(browser, `${server.url}view/${id}#text`);
  await page.locator(".mail-text").waitFor();
  for (const text of makeTexts()) {
    const { Text, urls } = await linksOf(text);
    const shown = await page.evaluate(async (written) => {
      const [script] = performance
        .getEntriesByType("resource")
        .filter(({ name }) => name.endsWith("mail/linkify.js"))
        .map(({ name }) => name);
      const { linkify } = await import(script);
      const pieces = /** @type {(HTMLElement | string)[]} */ (linkify(written));
      return {
        text: pieces.map((piece) => (typeof piece === "string" ? piece : piece.textContent)).join(""),
        // A bare mail address is a link in the page only.
        urls: pieces
          .flatMap((piece) => (typeof piece === "string" ? [] : [piece]))
          .filter((link) => link.getAttribute("href") !== `mailto:${link.textContent}`)
          .map((link) => link.getAttribute("href") ?? ""),
      };
    }, Text);
    assert.deepEqual([...new Set(shown.urls)], urls, JSON.stringify(text));
    assert.equal(decodeURIComponent(shown.text).replaceAll(/[\u200e]/g, ""), Text.replaceAll(/[\u200e]/g, ""));
  }
  assert.deepEqual(problemsOf(page), []);
  await page.context().close();
});

test("a link into an app can be clicked, and one that runs a script is text", async () => {
  const text = "Open myapp://verify?token=ab12 or javascript://x/%0aalert(1), 打开https://a.test/x，谢谢。";
  const id = await server.send({ Text: text });
  const page = await openPage(browser, `${server.url}view/${id}#text`);
  const links = page.locator(".mail-text a");
  await links.first().waitFor();
  assert.deepEqual(
    await links.evaluateAll((all) => all.map((link) => [link.getAttribute("href"), link.getAttribute("target")])),
    [
      ["myapp://verify?token=ab12", null],
      ["https://a.test/x", "_blank"],
    ],
  );
  const head = page.locator(".mail-head").getByRole("link", { name: "myapp://verify?token=ab12" });
  assert.equal(await head.getAttribute("href"), "myapp://verify?token=ab12");
  await page.context().close();
});

test("identifiers of messages are not email addresses: they lead to those messages", async () => {
  await bring(server, RICH);
  const reply = await bring(
    server,
    "From: a@b.example\r\nSubject: Answer\r\nMessage-ID: <2@b.example>\r\n" +
      "In-Reply-To: <4711@shop.example>\r\nReferences: <0@gone.example> <4711@shop.example>\r\n\r\nhi\r\n",
  );
  const page = await openPage(browser, `${server.url}view/${reply}#headers`);
  await page.getByRole("rowheader", { name: "References" }).waitFor();
  assert.equal(await page.locator('.headers-tab a[href^="mailto:"]').count(), 1);
  const link = page
    .getByRole("row")
    .filter({ has: page.getByRole("rowheader", { name: "In-Reply-To" }) })
    .getByRole("link");
  assert.equal(await link.textContent(), "<4711@shop.example>");
  await link.click();
  await page.waitForURL((url) => url.searchParams.get("query") === "message-id:4711@shop.example");
  await untilEqual(() => page.getByRole("row").count(), 1);
  await page.getByRole("row").getByText("Grüße from the shop").waitFor();
  await page.context().close();
});
