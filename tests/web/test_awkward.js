/** Messages that are awkward to show: many recipients, invitations, pictures by other names, other forms of the text. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { violationsOf } from "./accessibility.js";
import { base64, join, part, speak } from "./mails.js";
import { openPage, problemsOf, startShared, untilEqual } from "./support.js";

/** @import { Page, BrowserContextOptions } from "playwright-core" */

const { server, browser } = await startShared();

const GIF = "GIF89a\x01\0\x01\0\x80\0\0\xff\0\0\0\0\0!\xf9\x04\0\0\0\0\0,\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0;";

/**
 * Puts a message in as it is.
 *
 * @param {string} text With a header; lines end as they like.
 * @returns {Promise<string>} Its ID.
 */
async function bringRaw(text) {
  const url = `${server.url}api/v1/messages?from=a@example.com&to=b@example.com`;
  const response = await fetch(url, { method: "POST", body: text });
  return (await response.json()).ID;
}

/**
 * @param {string} id
 * @param {string} tab
 * @param {BrowserContextOptions} [options]
 */
async function open(id, tab, options) {
  const page = await openPage(browser, `${server.url}view/${id}#${tab}`, options);
  await page.locator(`#mail-panel[data-tab=${tab}] > *`).waitFor();
  return page;
}

/**
 * @param {string} kind
 * @param {...string} parts
 */
const multipart = (kind, ...parts) =>
  `MIME-Version: 1.0\r\nContent-Type: multipart/${kind}; boundary=b\r\n\r\n${join("b", ...parts)}`;

/** @param {Page} page */
async function close(page) {
  assert.deepEqual(problemsOf(page), []);
  await page.context().close();
}

const people = (/** @type {string} */ name) =>
  Array.from({ length: 250 }, (_, i) => `"${name} Number ${i}" <${name}${i}@department-${i % 7}.example.com>`).join(
    ",\r\n ",
  );

const CROWD_TEXT = [
  "From: a@example.com",
  `To: ${people("to")}`,
  `Cc: ${people("cc")}`,
  "Subject: crowd",
  "",
  "The message itself",
].join("\r\n");

const answer = await speak(server, [
  "EHLO client.example",
  "MAIL FROM:<a@example.com>",
  ...Array.from({ length: 31 }, (_, i) => `RCPT TO:<hidden${i}@example.com>`),
  "DATA",
  `${CROWD_TEXT}\r\n.`,
]);
const CROWD = answer.split(" ").at(-1) ?? "";

for (const [width, height] of [
  [1280, 800],
  [390, 844],
]) {
  test(`with hundreds of recipients the text is in view, ${width} pixels wide`, async () => {
    const page = await open(CROWD, "text", { viewport: { width, height } });
    const bottomOf = async (/** @type {string} */ selector) => {
      const box = await page.locator(selector).boundingBox();
      return box ? box.y + box.height : Infinity;
    };
    const more = page.locator(".mail-head").getByRole("button", { name: /^and \d+ more$/ });
    await untilEqual(() => more.count(), 3);
    const lines = page.locator(".addresses");
    for (const [index, count] of [250, 250, 31].entries()) {
      const shown = await lines.nth(index).locator(".address").count();
      await lines
        .nth(index)
        .getByRole("button", { name: `and ${count - shown} more` })
        .waitFor();
      assert.ok(shown >= 1 && shown <= 10);
      assert.ok(((await lines.nth(index).boundingBox())?.height ?? Infinity) < 50);
    }
    assert.ok((await bottomOf("#mail-panel .mail-text")) < height);
    assert.deepEqual(await violationsOf(page), []);
    await close(page);
  });
}

test("under a subject of many lines the text is in view", async () => {
  const id = await bringRaw(
    `From: a@example.com\r\nSubject: ${"many words ".repeat(500)}\r\n\r\nThe message itself\r\n`,
  );
  const page = await open(id, "text", { viewport: { width: 390, height: 844 } });
  const box = await page.locator("#mail-panel .mail-text").boundingBox();
  assert.ok(box && box.y + box.height < 844);
  assert.deepEqual(await violationsOf(page), []);
  await close(page);
});

test("the other recipients come by a button, by the keyboard, too, and go again", async () => {
  const page = await open(CROWD, "text");
  const to = page.locator(".addresses").first();
  const button = to.getByRole("button");
  const shown = await to.locator(".address").count();
  assert.equal(await button.getAttribute("aria-expanded"), "false");
  await button.focus();
  await page.keyboard.press("Enter");
  await untilEqual(() => to.locator(".address").count(), 250);
  assert.equal(await button.getAttribute("aria-expanded"), "true");
  await to.getByText("to249@department-4.example.com").waitFor();
  assert.ok(((await page.locator("#mail-panel").boundingBox())?.y ?? Infinity) < 800);
  assert.deepEqual(await violationsOf(page), []);
  await page.keyboard.press("Enter");
  await untilEqual(() => to.locator(".address").count(), shown);
  assert.equal(await button.evaluate((element) => element === document.activeElement), true);
  await page.locator("#tab-headers").click();
  const rows = page.getByRole("row").filter({ has: page.getByRole("rowheader", { name: "RCPT TO" }) });
  await untilEqual(() => rows.count(), 10);
  await page.locator(".headers-tab").getByRole("button", { name: "and 21 more" }).click();
  await untilEqual(() => rows.count(), 31);
  await close(page);
});

/** @param {string[]} lines */
const bringCalendar = (lines) =>
  bringRaw(
    multipart(
      "alternative",
      part("Content-Type: text/plain", "You are invited."),
      part(
        "Content-Type: text/calendar; charset=utf-8; method=COUNTER",
        ["BEGIN:VCALENDAR", ...lines, "END:VCALENDAR"].join("\r\n"),
      ),
    ),
  );

/**
 * What an invitation says, each event as "field: value" lines.
 *
 * @param {string[]} lines
 */
async function readCalendar(lines) {
  const page = await open(await bringCalendar(lines), "files", { timezoneId: "UTC" });
  await page.locator(".file-open").last().click();
  await page.locator(".preview pre").waitFor();
  const events = await page.locator(".preview .event").evaluateAll((all) =>
    all.map((event) =>
      [...event.querySelectorAll("h3, .event-state, dt, dd, .event-text")]
        .map((element) => (element.tagName === "DT" ? `${element.textContent}: ` : `${element.textContent}\n`))
        .join("")
        .replace("(no title)\n", "")
        .trim(),
    ),
  );
  assert.deepEqual(await violationsOf(page), []);
  await close(page);
  return events;
}

/** @param {...string} lines */
const event = (...lines) => ["BEGIN:VEVENT", ...lines, "END:VEVENT"];

test("days end the day before DTEND, and what is cancelled says so", async () => {
  assert.deepEqual(
    await readCalendar([
      "METHOD:CANCEL",
      ...event("DTSTART;VALUE=DATE:20260305", "DTEND;VALUE=DATE:20260306", "SUMMARY:One day", "STATUS:CANCELLED"),
      ...event("DTSTART;VALUE=DATE:20260305", "DTEND;VALUE=DATE:20260308", "SUMMARY:Three"),
      ...event("DTSTART;VALUE=DATE:20260305", "DURATION:P1W", "SUMMARY:A week"),
      ...event("DTSTART;VALUE=DATE:20260305", "DTEND;VALUE=DATE:20260305", "SUMMARY:None"),
      ...event("DTSTART:20260305", "SUMMARY:No end"),
    ]),
    [
      "One day\nCancelled (METHOD:CANCEL)\nWhen: Thursday, 5 March 2026, all day",
      "Three\nCancelled (METHOD:CANCEL)\nWhen: Thursday, 5 March 2026 – Saturday, 7 March 2026, all day",
      "A week\nCancelled (METHOD:CANCEL)\nWhen: Thursday, 5 March 2026 – Wednesday, 11 March 2026, all day",
      "None\nCancelled (METHOD:CANCEL)\nWhen: Thursday, 5 March 2026, all day",
      "No end\nCancelled (METHOD:CANCEL)\nWhen: Thursday, 5 March 2026, all day",
    ],
  );
});

test("times are by the reader's clock and by the one they were written for, and end after a duration", async () => {
  const day = "Monday, 2 March 2026";
  assert.deepEqual(
    (
      await readCalendar([
        "METHOD:PUBLISH",
        ...event("DTSTART:20260302T100000Z", "DURATION:PT1H30M"),
        ...event("DTSTART:20260302T100000Z", "DURATION:P1DT2H"),
        ...event("DTSTART;TZID=Europe/Berlin:20260302T100000", "DTEND;TZID=Europe/Berlin:20260302T110000"),
        ...event('DTSTART;TZID="W. Europe Standard Time":20260302T100000'),
        ...event("DTSTART:20260302T100000", "DTEND:20260302T113000"),
        ...event("DTSTART:20260302T100000Z", "DTEND;TZID=Asia/Tokyo:20260302T203000"),
        ...event("DTSTART:20260302T100000Z", "DURATION:P999999999999W"),
        ...event("DTSTART:20260302T100000Z", "DURATION:soon"),
        ...event("DTSTART:20261302T100000Z"),
        ...event("DTSTART:tomorrow"),
      ])
    ).map((text) => text.replace("Published event (METHOD:PUBLISH)\nWhen: ", "")),
    [
      `${day}, 10:00 – 11:30 (UTC)`,
      `${day}, 10:00 (UTC) – Tuesday, 3 March 2026, 12:00 (UTC)`,
      `${day}, 09:00 – 10:00 (UTC); 10:00 – 11:00 in Europe/Berlin`,
      `${day}, 10:00 (W. Europe Standard Time)`,
      `${day}, 10:00 – 11:30 (local time)`,
      `${day}, 10:00 – 11:30 (UTC)`,
      `${day}, 10:00 (UTC)`,
      `${day}, 10:00 (UTC), soon`,
      "20261302T100000Z",
      "tomorrow",
    ],
  );
});

test("how often it comes again is said in words", async () => {
  const rules = {
    "FREQ=WEEKLY;COUNT=5": "Every week, 5 times",
    "FREQ=DAILY;INTERVAL=2;UNTIL=20261231T235959Z": "Every 2 days, until Thursday, 31 December 2026",
    "FREQ=WEEKLY;BYDAY=MO,WE,FR;WKST=MO": "Every week on Monday, Wednesday and Friday",
    "FREQ=MONTHLY;BYDAY=1MO,-1FR": "Every month on the 1st Monday and the last Friday",
    "FREQ=MONTHLY;BYMONTHDAY=15,-2": "Every month on the 15th and the 2nd to last",
    "FREQ=YEARLY;BYMONTH=3,11;COUNT=1": "Every year in March and November, once",
    "FREQ=MONTHLY;BYDAY=MO,TU;BYSETPOS=-1": "Every month on Monday and Tuesday, FREQ=MONTHLY;BYDAY=MO,TU;BYSETPOS=-1",
    "FREQ=SOMETIMES;COUNT=5": "FREQ=SOMETIMES;COUNT=5",
    "FREQ=WEEKLY;COUNT=-1": "FREQ=WEEKLY;COUNT=-1",
    "COUNT=5": "COUNT=5",
  };
  const events = await readCalendar([
    "METHOD:PUBLISH",
    ...Object.keys(rules).flatMap((rule) => event(`RRULE:${rule}`)),
  ]);
  assert.deepEqual(
    events,
    Object.values(rules).map((words) => `Published event (METHOD:PUBLISH)\nRepeats: ${words}`),
  );
});

test("who is invited, what they answered, and which of several times it is about", async () => {
  const lines = [
    "METHOD:REPLY",
    "BEGIN:VTIMEZONE",
    "TZID:Europe/Berlin",
    "BEGIN:STANDARD",
    "DTSTART:19701025T030000",
    "RRULE:FREQ=YEARLY",
    "END:STANDARD",
    "END:VTIMEZONE",
    ...event(
      "SUMMARY;LANGUAGE=en:Lunch\\, then\\; a",
      "  walk",
      "DTSTART:20260302T100000Z",
      "RECURRENCE-ID;RANGE=THISANDFUTURE:20260302T090000Z",
      'ORGANIZER;CN="Example, Alice":mailto:alice@example.com',
      "ATTENDEE;CN=Bob;PARTSTAT=ACCEPTED:mailto:bob@example.com",
      "ATTENDEE;PARTSTAT=NEEDS-ACTION;ROLE=OPT-PARTICIPANT:MAILTO:carol@example.com",
      "LOCATION:https://meet.example.com/x",
      "EXDATE:20260309T100000Z",
      "BEGIN:VALARM",
      "ACTION:DISPLAY",
      "DESCRIPTION:Not this",
      "END:VALARM",
      "DESCRIPTION:First\\nsecond",
    ),
  ];
  assert.deepEqual(await readCalendar(lines), [
    [
      "Lunch, then; a walk",
      "Reply to an invitation (METHOD:REPLY)",
      "When: Monday, 2 March 2026, 10:00 (UTC)",
      "Except: Monday, 9 March 2026, 10:00 (UTC)",
      "Replaces: Monday, 2 March 2026, 09:00 (UTC) and all later dates",
      "Where: https://meet.example.com/x",
      "Organizer: Example, Alice <alice@example.com>",
      "Attendees: Bob <bob@example.com>, acceptedcarol@example.com, no reply yet, optional",
      "First\nsecond",
    ].join("\n"),
  ]);
});

test("without METHOD the Content-Type says what an invitation wants", async () => {
  assert.deepEqual(await readCalendar(event("SUMMARY:Lunch", "STATUS:TENTATIVE")), [
    "Lunch\nProposes a change (METHOD:COUNTER) · Tentative",
  ]);
});

test("a hostile invitation is text, and of a long one there is the beginning", async () => {
  const hostile = [
    "METHOD:<img src=x onerror=alert(1)>",
    ...event(
      "SUMMARY:<script>alert(1)</script>",
      "URL:javascript:alert(1)",
      "LOCATION:javascript://x/%0aalert(1)",
      "DTSTART:99999999T999999Z",
    ),
    ...Array.from({ length: 300 }, () => event("SUMMARY:again")).flat(),
    ...Array.from({ length: 3000 }, () => "BEGIN:VEVENT"),
  ];
  const events = await readCalendar(hostile);
  assert.equal(events.length, 100);
  assert.match(events[0], /^<script>alert\(1\)<\/script>\nMETHOD:<IMG SRC=X/);
  const page = await open(await bringCalendar(hostile), "files");
  await page.locator(".file-open").last().click();
  await page.locator(".preview .event").first().waitFor();
  assert.equal(await page.locator(".event a").count(), 0);
  await close(page);
});

test("pictures are shown by file name, by location and by an id that is nearly theirs", async () => {
  const picture = (/** @type {string[]} */ ...header) =>
    part([...header, "Content-Transfer-Encoding: base64"].join("\r\n"), base64(GIF));
  const sources = ["one.gif", "images/two.gif", "cid:three a.gif", "cid:FOUR@X", "cid:five@x"];
  const html = sources.map((source) => `<img alt="" src="${source}">`).join("");
  const id = await bringRaw(
    multipart(
      "related",
      part("Content-Type: text/html", `${html}<p style="background:url('one.gif')">x`),
      picture("Content-Type: image/gif; name=one.gif", "Content-Disposition: inline"),
      picture("Content-Type: image/gif", "Content-Location: images/two.gif"),
      picture("Content-Type: image/gif", "Content-ID: <three a.gif>"),
      picture("Content-Type: image/gif", "Content-ID: <four@x>"),
      picture("Content-Type: application/octet-stream; name=five.bin", "Content-ID: <five@x>"),
    ),
  );
  const page = await open(id, "html");
  const images = page.frameLocator(".stage iframe").locator("img");
  await untilEqual(
    () => images.evaluateAll((all) => all.map((image) => /** @type {HTMLImageElement} */ (image).naturalWidth)),
    [1, 1, 1, 1, 1],
  );
  await page.locator(".remote").waitFor({ state: "hidden" });
  await close(page);
});

test("links lead where the base element says", async () => {
  const html =
    '<base href="https://app.example.com/mail/"><a href="verify?token=1">Verify</a><a href="app://x">App</a>';
  const page = await open(await bringRaw(`Content-Type: text/html\r\n\r\n${html}`), "html");
  const links = page.frameLocator(".stage iframe").locator("a");
  const hrefs = () => links.evaluateAll((all) => all.map((link) => /** @type {HTMLAnchorElement} */ (link).href));
  await untilEqual(hrefs, ["https://app.example.com/mail/verify?token=1", "app://x"]);
  await page.context().close();
});

test("AMP is one more form of the text", async () => {
  const id = await bringRaw(
    multipart(
      "alternative",
      part("Content-Type: text/plain", "plain"),
      part("Content-Type: text/x-amp-html", "<!doctype html><html amp4email><body>AMP</body></html>"),
      part("Content-Type: text/html", "<p>html</p>"),
    ),
  );
  const page = await open(id, "parts");
  await page
    .locator(".part-row .part")
    .filter({ hasText: "text/x-amp-html" })
    .getByText("another form")
    .last()
    .waitFor();
  assert.equal(await page.locator("#tab-files").count(), 0);
  await close(page);
});
