/** Cards in the head of a message: invitations, reports of deliveries, signatures; and what files are called. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { readEvents, readTime } from "../../web/mail/calendar_read.js";
import { toInstant } from "../../web/mail/calendar_zone.js";
import { decodeWords } from "../../web/mail/file_names.js";
import { readGroups, valueOf } from "../../web/mail/delivery_report.js";
import { violationsOf } from "./accessibility.js";
import { base64, bring, join, part } from "./mails.js";
import { openPage, problemsOf, startShared, untilEqual } from "./support.js";

/** @import { BrowserContextOptions, Page } from "playwright-core" */

const { server, browser } = await startShared();

/**
 * @param {string} kind With its parameters.
 * @param {...string} parts
 */
const message = (kind, ...parts) =>
  `From: a@b.example\r\nSubject: x\r\nMIME-Version: 1.0\r\nContent-Type: multipart/${kind}; boundary=b\r\n\r\n${join("b", ...parts)}`;

/**
 * @param {string} text
 * @param {BrowserContextOptions} [options]
 */
async function open(text, options) {
  const page = await openPage(browser, `${server.url}view/${await bring(server, text)}#headers`, options);
  await page.locator("#mail-panel > *").first().waitFor();
  return page;
}

/** @param {Page} page */
async function close(page) {
  assert.deepEqual(problemsOf(page), []);
  await page.context().close();
}

const INVITATION = [
  "BEGIN:VCALENDAR",
  "METHOD:REQUEST",
  "BEGIN:VEVENT",
  "DTSTART;TZID=America/New_York:20260302T090000",
  "DTEND;TZID=America/New_York:20260302T100000",
  "RRULE:FREQ=WEEKLY;COUNT=3",
  "SUMMARY:Planning",
  "LOCATION:Room 4",
  "DESCRIPTION:A long agenda",
  "ORGANIZER;CN=Grace:mailto:grace@team.example",
  "ATTENDEE;CN=Robin;PARTSTAT=ACCEPTED:mailto:robin@example.com",
  "END:VEVENT",
  "END:VCALENDAR",
].join("\r\n");

for (const [header, name] of [
  ["Content-Type: text/calendar; method=REQUEST", "Calendar"],
  ["Content-Type: application/ics; name=invite.ics", "invite.ics"],
  ["Content-Type: application/octet-stream; name=INVITE.ICS", "INVITE.ICS"],
]) {
  test(`an invitation is a card: ${header}`, async () => {
    const page = await open(message("mixed", part("Content-Type: text/plain", "Come"), part(header, INVITATION)), {
      timezoneId: "Europe/Berlin",
    });
    const card = page.locator(".mail-head .mail-card");
    await card.getByRole("heading", { name: "Planning" }).waitFor();
    await card.getByText("Invitation (METHOD:REQUEST)").waitFor();
    const rows = () =>
      card.locator("dl").evaluate((list) => {
        const texts = [...list.children].map((child) => child.textContent);
        return texts.map((text, i) => (i % 2 === 0 ? `${text}: ${texts[i + 1]}` : "")).filter(Boolean);
      });
    assert.deepEqual(await rows(), [
      "When: Monday, 2 March 2026, 15:00 – 16:00 (CET); 09:00 – 10:00 in America/New_York",
      "Repeats: Every week, 3 times",
      "Where: Room 4",
      "Organizer: Grace <grace@team.example>",
      "Attendees: Robin <robin@example.com>, accepted",
    ]);
    assert.equal(await card.getByText("A long agenda").count(), 0);
    assert.deepEqual(await violationsOf(page), []);
    // Its chip shows the file at once.
    const chip = page.locator(".file-chip").filter({ hasText: name });
    assert.equal(await chip.locator(".icon-calendar").count(), 1);
    await chip.click();
    await page.locator(".preview").getByText("A long agenda").first().waitFor();
    await close(page);
  });
}

const REPORT = `Reporting-MTA: dns; mx.example.net
Arrival-Date: Tue, 24 Nov 2026 14:20:30 +0000

Original-Recipient: rfc822;list@example.net
Final-Recipient: rfc822; nobody@example.net
Action: failed
Status: 5.1.1
Remote-MTA: dns; far.example.net
Diagnostic-Code: smtp; 550 5.1.1 <nobody@example.net>:
  User unknown

Final-Recipient: rfc822; slow@example.net
Action: delayed
Status: 4.4.1
Will-Retry-Until: Thu, 26 Nov 2026 14:20:30 +0000
`;

test("a report of deliveries says who, how and why, and its parts are called by what they are", async () => {
  const page = await open(
    message(
      "report; report-type=delivery-status",
      part("Content-Type: text/plain", "Sorry."),
      part("Content-Type: message/delivery-status", REPORT.replaceAll("\n", "\r\n")),
      part(
        "Content-Type: message/rfc822",
        "From: a@b.example\r\nSubject: =?utf-8?Q?Gr=C3=BC=C3=9Fe?=\r\n from us\r\n\r\nHello",
      ),
    ),
  );
  const cards = page.locator(".mail-card");
  await cards.first().getByRole("heading", { name: "Delivery failed: nobody@example.net" }).waitFor();
  const texts = await cards.evaluateAll((all) =>
    all.map((one) => [...one.querySelectorAll("dt, dd")].map((cell) => cell.textContent)),
  );
  assert.deepEqual(texts, [
    [
      ...["Status", "5.1.1", "Diagnostic", "550 5.1.1 <nobody@example.net>: User unknown"],
      ...["Sent to", "list@example.net", "Remote server", "far.example.net", "Reported by", "mx.example.net"],
    ],
    ["Status", "4.4.1", "Reported by", "mx.example.net", "Retried until", "Thu, 26 Nov 2026 14:20:30 +0000"],
  ]);
  await cards.last().getByRole("heading", { name: "Delivery delayed: slow@example.net" }).waitFor();
  await untilEqual(
    () => page.locator(".file-chip .file-name").allTextContents(),
    ["Delivery report", "Original: Grüße from us"],
  );
  assert.deepEqual(await violationsOf(page), []);
  await page.locator(".file-chip").last().click();
  await page.locator(".preview").getByText("Subject: =?utf-8?Q?Gr=C3=BC=C3=9Fe?=").waitFor();
  await untilEqual(
    () => page.locator(".files .file-name").allTextContents(),
    ["Delivery report", "Original: Grüße from us"],
  );
  await close(page);
});

test("a receipt says who has seen what", async () => {
  const receipt =
    "Final-Recipient: rfc822;bob@example.com\r\nDisposition: manual-action/MDN-sent-manually; displayed\r\n";
  const page = await open(
    message(
      "report; report-type=disposition-notification",
      part("Content-Type: text/plain", "Read."),
      part("Content-Type: message/disposition-notification", receipt),
    ),
  );
  await page.locator(".mail-card").getByRole("heading", { name: "Receipt: displayed by bob@example.com" }).waitFor();
  await close(page);
});

const SIGNATURE = "Content-Transfer-Encoding: base64\r\nContent-Disposition: attachment; filename=smime.p7s";

/** @type {[name: string, text: string, title: string, about: RegExp][]} */
const PROTECTED = [
  [
    "S/MIME, signed",
    message(
      'signed; protocol="application/pkcs7-signature"; micalg=sha-256',
      part("Content-Type: text/plain", "Hello"),
      part(`Content-Type: application/pkcs7-signature; name=smime.p7s\r\n${SIGNATURE}`, base64("signature")),
    ),
    "Signed with S/MIME",
    /attached as smime\.p7s \(9 B\).*not verified/,
  ],
  [
    "OpenPGP, signed",
    message(
      'signed; protocol="application/pgp-signature"',
      part("Content-Type: text/plain", "Hello"),
      part("Content-Type: application/pgp-signature", "-----BEGIN PGP SIGNATURE-----"),
    ),
    "Signed with OpenPGP",
    /attached as application\/pgp-signature/,
  ],
  [
    "OpenPGP, encrypted",
    message(
      'encrypted; protocol="application/pgp-encrypted"',
      part("Content-Type: application/pgp-encrypted", "Version: 1"),
      part("Content-Type: application/octet-stream; name=encrypted.asc", "-----BEGIN PGP MESSAGE-----"),
    ),
    "Encrypted with OpenPGP",
    /cannot be read here/,
  ],
  [
    "S/MIME, encrypted",
    "MIME-Version: 1.0\r\nContent-Type: application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m\r\n\r\nx",
    "Encrypted with S/MIME",
    /cannot be read here/,
  ],
  [
    "S/MIME, with the message inside the signature",
    "MIME-Version: 1.0\r\nContent-Type: application/x-pkcs7-mime; smime-type=signed-data; name=smime.p7m\r\n\r\nx",
    "Signed with S/MIME",
    /inside the signature/,
  ],
  [
    "OpenPGP in the text",
    "Subject: x\r\n\r\n-----BEGIN PGP SIGNED MESSAGE-----\r\nHash: SHA256\r\n\r\nHello",
    "Signed with OpenPGP",
    /in the text/,
  ],
];

test("what is signed or encrypted says so, and by what", async () => {
  const page = await openPage(browser, server.url);
  for (const [name, text, title, about] of PROTECTED) {
    await page.goto(`${server.url}view/${await bring(server, text)}#headers`);
    const card = page.locator(".mail-card");
    await card.getByRole("heading", { name: title }).waitFor();
    assert.match((await card.locator("p").textContent()) ?? "", about, name);
    assert.equal(await card.count(), 1, name);
    assert.deepEqual(await violationsOf(page), [], name);
  }
  await close(page);
});

test("an ordinary message has no card, and the code for cards is not loaded", async () => {
  const page = await openPage(browser, "about:blank");
  /** @type {string[]} */
  const loaded = [];
  page.on("request", (request) => loaded.push(new URL(request.url()).pathname.replace(/.*\//, "")));
  await page.goto(`${server.url}view/${await server.send({ Subject: "plain" })}#text`);
  await page.locator(".mail-text").waitFor();
  assert.equal(await page.locator(".mail-card").count(), 0);
  assert.equal(loaded.includes("cards.js"), false);
  await close(page);
});

test("a damaged image says what is wrong with it", async () => {
  const image = (/** @type {string} */ type, /** @type {string} */ name, /** @type {string} */ octets) =>
    part(`Content-Type: ${type}; name=${name}\r\nContent-Transfer-Encoding: base64`, base64(octets));
  const page = await open(
    message(
      "mixed",
      part("Content-Type: text/plain", "x"),
      image("image/png", "text.png", "no image"),
      image("image/gif", "begun.gif", "GIF89a"),
      image(
        "image/gif",
        "good.gif",
        "GIF89a\x01\0\x01\0\x80\0\0\xff\0\0\0\0\0!\xf9\x04\0\0\0\0\0,\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0;",
      ),
    ),
  );
  const chip = (/** @type {string} */ name) => page.locator(".file-chip").filter({ hasText: name });
  await page.locator(".file-chip[title='The image is damaged: the file does not begin as image/png does.']").waitFor();
  await untilEqual(() => chip("begun.gif").getAttribute("title"), "The image is damaged: it cannot be decoded.");
  assert.equal(await chip("good.gif").locator("img").count(), 1);
  assert.equal(await page.locator(".is-damaged .icon-damaged").count(), 2);
  await close(page);
});

test("names of files are not cut while there is room", async () => {
  const name = "a-file-whose-name-is-rather-long-but-fits-into-the-row-of-files.bin";
  const file = part(`Content-Type: application/octet-stream; name=${name}`, "x");
  const page = await open(message("mixed", part("Content-Type: text/plain", "x"), file), {
    viewport: { width: 1440, height: 900 },
  });
  const isCut = (/** @type {Element} */ element) => element.scrollWidth > element.clientWidth;
  assert.equal(await page.locator(".file-chip .file-name").evaluate(isCut), false);
  await page.setViewportSize({ width: 390, height: 844 });
  await untilEqual(() => page.locator(".file-chip .file-name").evaluate(isCut), true);
  await close(page);
});

/** As Outlook writes it. */
const OUTLOOK = `BEGIN:VCALENDAR
BEGIN:VTIMEZONE
TZID:W. Europe Standard Time
BEGIN:STANDARD
DTSTART:16010101T030000
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=-1SU;BYMONTH=10
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:16010101T020000
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=-1SU;BYMONTH=3
END:DAYLIGHT
END:VTIMEZONE
BEGIN:VTIMEZONE
TZID:Half
BEGIN:STANDARD
DTSTART:20000101T000000
TZOFFSETTO:-0330
END:STANDARD
END:VTIMEZONE
BEGIN:VTIMEZONE
TZID:Second
BEGIN:STANDARD
DTSTART:20071104T020000
TZOFFSETTO:-0500
RRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=1SU
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:20070311T020000
TZOFFSETTO:-0400
RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=2SU
END:DAYLIGHT
END:VTIMEZONE
END:VCALENDAR`;

test("a time in a zone that the calendar defines is an instant, in summer and in winter", () => {
  const [{ zones }] = readEvents(OUTLOOK.replace("END:VCALENDAR", "BEGIN:VEVENT\nEND:VEVENT\nEND:VCALENDAR"));
  /** @type {[zone: string, written: string, utc: string][]} */
  const times = [
    // In 2026 clocks were changed on 29 March and 25 October.
    ["W. Europe Standard Time", "20260329T015900", "2026-03-29T00:59"],
    ["W. Europe Standard Time", "20260329T030000", "2026-03-29T01:00"],
    ["W. Europe Standard Time", "20260701T100000", "2026-07-01T08:00"],
    ["W. Europe Standard Time", "20261025T015900", "2026-10-24T23:59"],
    ["W. Europe Standard Time", "20261025T030000", "2026-10-25T02:00"],
    ["W. Europe Standard Time", "20260101T100000", "2026-01-01T09:00"],
    ["Half", "20260101T100000", "2026-01-01T13:30"],
    // There on 8 March and 1 November.
    ["Second", "20260308T015900", "2026-03-08T06:59"],
    ["Second", "20260308T030000", "2026-03-08T07:00"],
    ["Second", "20261101T020000", "2026-11-01T07:00"],
    ["Europe/Berlin", "20260701T100000", "2026-07-01T08:00"],
    ["Europe/Berlin", "20261231T100000", "2026-12-31T09:00"],
  ];
  for (const [zone, written, utc] of times) {
    const time = readTime({ name: "DTSTART", params: new Map([["TZID", zone]]), value: written });
    assert.ok(time);
    const instant = toInstant(time, zones);
    assert.equal(instant.isUtc, true, zone);
    assert.equal(instant.date.toISOString().slice(0, 16), utc, `${zone} ${written}`);
  }
  const unknown = readTime({ name: "DTSTART", params: new Map([["TZID", "Nowhere"]]), value: "20260701T100000" });
  assert.ok(unknown);
  assert.equal(toInstant(unknown, zones), unknown);
});

test("reports are read as they are written", () => {
  const [first, second] = readGroups(
    "Reporting-MTA: dns;a.example\r\n\r\n \r\nFinal-Recipient:rfc822;b@c.example\r\nX: 1\r\n\t2\r\n",
  );
  assert.equal(valueOf(first, "reporting-mta"), "a.example");
  assert.equal(valueOf(second, "final-recipient"), "b@c.example");
  assert.equal(second.get("x"), "1 2");
  assert.deepEqual(readGroups(""), []);
});

test("encoded words are decoded, and what cannot be stays", () => {
  assert.equal(decodeWords("=?utf-8?B?w6Q=?= =?iso-8859-1*de?q?=FC_x?= y"), "äü x y");
  assert.equal(decodeWords("=?no-such?q?a?= =?utf-8?b?***?="), "=?no-such?q?a?==?utf-8?b?***?=");
});
