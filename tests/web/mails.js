/** Messages for the tests: written out, and brought by SMTP, so that there is a session to look at. */

import assert from "node:assert/strict";
import { connect } from "node:net";
import { createInterface } from "node:readline";
import { setTimeout } from "node:timers/promises";

/** @import { Server } from "./support.js" */

/**
 * A part: its header lines, a blank one, its text.
 *
 * @param {string} header
 * @param {string} text
 */
export function part(header, text) {
  return `${header}\r\n\r\n${text}\r\n`;
}

/**
 * @param {string} boundary
 * @param {...string} parts
 */
export function join(boundary, ...parts) {
  return `${parts.map((one) => `--${boundary}\r\n${one}`).join("")}--${boundary}--\r\n`;
}

/** @param {string} octets */
export const base64 = (octets) => Buffer.from(octets, "latin1").toString("base64");

/** One pixel. */
const PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==";

const PDF = base64("%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF");

const INVITATION = [
  "BEGIN:VCALENDAR",
  "BEGIN:VEVENT",
  "DTSTART;TZID=Europe/Berlin:20261201T100000",
  "DTEND;TZID=Europe/Berlin:20261201T110000",
  "SUMMARY:Delivery\\, at last",
  "LOCATION:Your do",
  " or",
  'ORGANIZER;CN="Ada Lovelace":mailto:ada@shop.example',
  "BEGIN:VALARM",
  "SUMMARY:not this",
  "END:VALARM",
  "END:VEVENT",
  "END:VCALENDAR",
].join("\r\n");

const HEAD = [
  "From: Ada Lovelace <ada@shop.example>",
  "To: Bob <bob@example.com>",
  "Subject: =?utf-8?Q?Gr=C3=BC=C3=9Fe?= from the shop",
  "Date: Tue, 24 Nov 2026 14:20:30 +0000",
  "Message-ID: <4711@shop.example>",
  "MIME-Version: 1.0",
  "List-Unsubscribe: <https://shop.example/off>",
].join("\r\n");

const TEXT = `Hello, your verification code is 482 913.\r\nOr follow (https://shop.example/confirm?token=a1).\r\n
> quoted\r\n>> twice\r\n\r\nمرحبا بالعالم\r\n`;

const HTML = `<!doctype html><html lang="en"><body><p>Hello <b>there</b> &amp; you</p><img src="cid:logo" alt="Shop" id="logo">
<img src="http://evil.test/a.png" alt="" width="5"><p style="background:url(//evil.test/b.png)">
<a href="http://evil.test/link">a link</a></p></body></html>`;

/** A message with everything. */
export const RICH = [
  HEAD,
  'Content-Type: multipart/mixed; boundary="m"\r\n',
  join(
    "m",
    part(
      'Content-Type: multipart/alternative; boundary="a"',
      join(
        "a",
        part("Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit", TEXT),
        part(
          'Content-Type: multipart/related; boundary="r"',
          join(
            "r",
            part("Content-Type: text/html; charset=utf-8", HTML),
            part(
              "Content-Type: image/png\r\nContent-ID: <logo>\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: inline; filename=logo.png",
              PNG,
            ),
          ),
        ),
      ),
    ),
    part("Content-Type: image/png; name=photo.png\r\nContent-Transfer-Encoding: base64", PNG),
    part("Content-Type: application/pdf; name=invoice.pdf\r\nContent-Transfer-Encoding: base64", PDF),
    part("Content-Type: text/calendar; name=invite.ics", INVITATION),
    part(
      "Content-Type: text/plain; charset=iso-8859-1; name=latin.txt\r\nContent-Transfer-Encoding: base64",
      base64("gr\xf6\xdfer"),
    ),
    part("Content-Type: text/html; name=page.html", "<script>ran('attached HTML')</script><h1>heading</h1>"),
    part(
      "Content-Type: image/svg+xml; name=chart.svg",
      '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><script>ran("attached SVG")</script></svg>',
    ),
    part("Content-Type: application/octet-stream; name=blob.bin", "x"),
  ),
].join("\r\n");

/**
 * A message of HTML alone.
 *
 * @param {string} html
 */
export function htmlMail(html) {
  return part(`${HEAD}\r\nContent-Type: text/html; charset=utf-8`, html.replaceAll(/\r?\n/g, "\r\n"));
}

/** The example of RFC 8463 A.3: a message with two signatures. */
export const SIGNED = [
  "DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed;",
  " d=football.example.com; i=@football.example.com;",
  " q=dns/txt; s=brisbane; t=1528637909; h=from : to :",
  " subject : date : message-id : from : subject : date;",
  " bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;",
  " b=/gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSwhEIug4D11Bus",
  " Fa3bT3FY5OsU7ZbnKELq+eXdp1Q1Dw==",
  "DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed;",
  " d=football.example.com; i=@football.example.com;",
  " q=dns/txt; s=test; t=1528637909; h=from : to : subject :",
  " date : message-id : from : subject : date;",
  " bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;",
  " b=F45dVWDfMbQDGHJFlXUNB2HKfbCeLRyhDXgFpEL8GwpsRe0IeIixNTe3",
  " DhCVlUrSjV4BwcVcOF6+FF3Zo9Rpo1tFOeS9mPYQTnGdaSGsgeefOsk2Jz",
  " dA+L10TeYt9BgDfQNZtKdN1WO//KgIqXP7OdEFE4LjFYNcUxZQ4FADY+8=",
  "From: Joe SixPack <joe@football.example.com>",
  "To: Suzie Q <suzie@shopping.example.net>",
  "Subject: Is dinner ready?",
  "Date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)",
  "Message-ID: <20030712040037.46341.5F8J@football.example.com>",
  "",
  "Hi.",
  "",
  "We lost the game.  Are you hungry yet?",
  "",
  "Joe.",
  "",
].join("\r\n");

/** Where the key of its first signature is in the DNS, in a line of a zone file. */
export const SIGNED_ZONE =
  'brisbane._domainkey.football.example.com TXT "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="\n';

/**
 * Says lines to the SMTP server, each when the one before was answered.
 *
 * @param {Server} server
 * @param {string[]} lines
 * @param {number} [pauseMs] Before each.
 * @returns {Promise<string>} The last line of the last answer.
 */
export async function speak(server, lines, pauseMs = 0) {
  const socket = connect(server.smtpPort, "127.0.0.1");
  const unsaid = [...lines];
  for await (const answer of createInterface({ input: socket })) {
    if (!/^\d{3} /.test(answer)) {
      continue;
    }
    const line = unsaid.shift();
    if (line === undefined) {
      socket.destroy();
      return answer;
    }
    await setTimeout(pauseMs);
    socket.write(`${line}\r\n`);
  }
  throw new Error(`the SMTP server hung up, with ${unsaid.length} lines still to be said`);
}

/**
 * Brings a message by SMTP.
 *
 * @param {Server} server
 * @param {string} mail
 * @returns {Promise<string>} Its ID.
 */
export async function bring(server, mail) {
  const data = mail.replaceAll(/^\./gm, "..");
  const commands = [
    "EHLO client.example",
    "MAIL FROM:<bounce@mailer.example> BODY=8BITMIME",
    "RCPT TO:<bob@example.com>",
  ];
  const answer = await speak(server, [...commands, "DATA", `${data}\r\n.`]);
  assert.match(answer, /^250 /);
  return answer.split(" ").at(-1) ?? "";
}
