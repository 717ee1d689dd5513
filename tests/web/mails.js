/** Mails for the tests: written out, and brought by SMTP, so that there is a session to look at. */

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
function part(header, text) {
  return `${header}\r\n\r\n${text}\r\n`;
}

/**
 * @param {string} boundary
 * @param {...string} parts
 */
function join(boundary, ...parts) {
  return `${parts.map((one) => `--${boundary}\r\n${one}`).join("")}--${boundary}--\r\n`;
}

/** @param {string} octets */
const base64 = (octets) => Buffer.from(octets, "latin1").toString("base64");

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

/** A mail with everything. */
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
 * A mail of HTML alone.
 *
 * @param {string} html
 */
export function htmlMail(html) {
  return part(`${HEAD}\r\nContent-Type: text/html; charset=utf-8`, html.replaceAll(/\r?\n/g, "\r\n"));
}

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
 * Brings a mail by SMTP.
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
  return answer.split(" ").at(-1) ?? "";
}
