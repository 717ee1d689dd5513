/** Messages as programs send them, for the pictures of the page. All names are made up. */

import { base64, join, part } from "./mails.js";

/**
 * @typedef {object} Story A mail that comes, and what is done with it.
 * @property {string} at When it comes: "2026-11-24 09:12:00", in UTC.
 * @property {string} from
 * @property {string} to
 * @property {string} subject
 * @property {string[]} [headers]
 * @property {string} [text]
 * @property {string} [html]
 * @property {File[]} [inline] What the HTML shows; its `cid:` is the name.
 * @property {File[]} [files]
 * @property {string[]} [tags]
 * @property {boolean} [isRead]
 * @property {boolean} [isFlagged]
 */

/** @typedef {{ lamp: Buffer, invoice: Buffer }} Drawn A picture and a PDF, which are made when they are needed. */

/** @typedef {{ name: string, type: string, content: (drawn: Drawn) => Buffer }} File */

/** @param {string} word Coded if it is not ASCII (RFC 2047). */
function encodeWord(word) {
  return /^[\x20-\x7e]*$/.test(word) ? word : `=?utf-8?B?${Buffer.from(word).toString("base64")}?=`;
}

/** @param {string} address "Name <address>". */
function encodeAddress(address) {
  const [, name, mailbox] = /^(.*) (<.*>)$/.exec(address) ?? [];
  return name ? `${encodeWord(name)} ${mailbox}` : address;
}

/**
 * @param {File} file
 * @param {string} headers
 * @param {Drawn} drawn
 */
function filePart({ name, type, content }, headers, drawn) {
  const lines = base64(content(drawn).toString("latin1")).replaceAll(/.{76}/g, "$&\r\n");
  return part(`Content-Type: ${type}; name=${name}\r\nContent-Transfer-Encoding: base64\r\n${headers}`, lines);
}

/**
 * Parts as one, if there are several.
 *
 * @param {string} kind
 * @param {string[]} parts
 */
function bundle(kind, parts) {
  const boundary = `=_${kind}_4711`;
  return parts.length === 1
    ? parts[0]
    : part(`Content-Type: multipart/${kind}; boundary="${boundary}"`, join(boundary, ...parts));
}

/**
 * @param {Story} story
 * @param {Drawn} drawn
 * @returns {string}
 */
export function writeMail(story, drawn) {
  const { at, from, to, subject, headers = [], text = "", html = "", inline = [], files = [] } = story;
  const textPart = (/** @type {string} */ kind, /** @type {string} */ content) =>
    part(
      `Content-Type: text/${kind}; charset=utf-8\r\nContent-Transfer-Encoding: 8bit`,
      content.trim().replaceAll(/\r?\n/g, "\r\n"),
    );
  const pictures = inline.map((file) =>
    filePart(file, `Content-ID: <${file.name}>\r\nContent-Disposition: inline`, drawn),
  );
  const attached = files.map((file) => filePart(file, `Content-Disposition: attachment; filename=${file.name}`, drawn));
  const bodies = [
    text !== "" && textPart("plain", text),
    html !== "" && bundle("related", [textPart("html", html), ...pictures]),
  ].filter((body) => body !== false);
  const domain = /@([^>]+)/.exec(from)?.[1];
  return [
    `From: ${encodeAddress(from)}`,
    `To: ${encodeAddress(to)}`,
    `Subject: ${encodeWord(subject)}`,
    `Date: ${new Date(`${at}Z`).toUTCString().replace("GMT", "+0000")}`,
    ...(headers.some((line) => line.startsWith("Message-ID:"))
      ? []
      : [`Message-ID: <${at.replaceAll(/\D/g, "")}@${domain}>`]),
    "MIME-Version: 1.0",
    ...headers,
    bundle("mixed", [bundle("alternative", bodies), ...attached]),
  ].join("\r\n");
}

/** As shops write them: a column on a ground, with a style for the dark. */
const SHOP = `<!doctype html>
<html lang="en">
<head>
<meta name="color-scheme" content="light dark">
<style>
  body { background: #eef2ee; color: #22302a; font: 16px/1.5 sans-serif; margin: 0; padding: 24px 12px; }
  .sheet { background: #fff; border-radius: 10px; margin: auto; max-width: 560px; overflow: hidden; }
  .head { background: #17543a; color: #fff; font-size: 20px; font-weight: bold; padding: 16px 24px; }
  .text { padding: 8px 24px 24px; }
  img { border-radius: 6px; display: block; width: 100%; }
  table { border-collapse: collapse; width: 100%; }
  td { border-top: 1px solid #d5ddd8; padding: 8px 0; }
  .end { text-align: right; }
  .button { background: #17543a; border-radius: 6px; color: #fff; display: inline-block; padding: 10px 18px; text-decoration: none; }
  @media (prefers-color-scheme: dark) {
    body { background: #0f1613; color: #dbe6e0; }
    .sheet { background: #1a2420; }
    td { border-color: #33423b; }
  }
</style>
</head>
<body>
<div class="sheet">
  <div class="head">Larch &amp; Oak</div>
  <div class="text">
    <h2>Your order is on its way</h2>
    <p>Hello Robin, order 20418 left our workshop this morning. It will be with you on Thursday.</p>
    <p><img src="cid:lamp.png" alt="A table lamp" width="512" height="200"></p>
    <table>
      <tr><td>Table lamp “Fjord”, oak</td><td class="end">89.00 €</td></tr>
      <tr><td>Bulb E27, warm white, 2 pieces</td><td class="end">11.80 €</td></tr>
      <tr><td>Delivery</td><td class="end">0.00 €</td></tr>
      <tr><td><b>Total</b></td><td class="end"><b>100.80 €</b></td></tr>
    </table>
    <p><a class="button" href="https://larch-oak.example/orders/20418">Follow the parcel</a></p>
  </div>
</div>
<img src="https://track.larch-oak.example/open/20418.gif" alt="" width="1" height="1">
</body>
</html>`;

const SHOP_TEXT = `Hello Robin,

order 20418 left our workshop this morning. It will be with you on Thursday.

Table lamp "Fjord", oak            89.00 EUR
Bulb E27, warm white, 2 pieces     11.80 EUR
Total                             100.80 EUR

Follow the parcel: https://larch-oak.example/orders/20418`;

const NEWSLETTER = `<!doctype html><html lang="en"><head><style>
.hero { background: url(https://cdn.larch-oak.example/winter.jpg) #17543a; } </style></head>
<body style="font-family: sans-serif"><div class="hero" style="color: #fff; padding: 40px"><h1>Winter sale</h1></div>
<img src="https://cdn.larch-oak.example/chair.jpg" width="300" height="200"><img src="https://cdn.larch-oak.example/desk.jpg" alt="A desk">
<p>Up to 40 % off, until Sunday. <a href="http://larch-oak.example/sale?id={{customer}}">Look at everything</a></p></body></html>`;

const ARABIC = `مرحبًا ليلى،

شكرًا لطلبك من متجرنا. تم شحن الطلب رقم 20418 هذا الصباح، وسيصل يوم الخميس.

يمكنك متابعة الشحنة هنا:
https://larch-oak.example/ar/orders/20418

> هل يمكن تغيير عنوان التوصيل؟

نعم، حتى مساء الأربعاء. اكتبي إلى help@larch-oak.example

Kind regards,
Larch & Oak`;

const INVITATION = [
  "BEGIN:VCALENDAR",
  "VERSION:2.0",
  "METHOD:REQUEST",
  "BEGIN:VEVENT",
  "UID:planning@team.example",
  "DTSTART:20261126T090000Z",
  "DTEND:20261126T100000Z",
  "SUMMARY:Planning of release 2.0",
  "LOCATION:Room 4",
  'ORGANIZER;CN="Grace Hopper":mailto:grace@team.example',
  "END:VEVENT",
  "END:VCALENDAR",
].join("\r\n");

/** Of the message that most pictures show. */
export const ORDER = "Your order 20418 is on its way";

/** Of one with much that is wrong. */
export const SALE = "Winter sale: up to 40 % off";

/** Of the one that is read from right to left. */
export const RIGHT_TO_LEFT = "تم شحن طلبك رقم 20418";

const ROBIN = "Robin Doe <robin@example.com>";
const GRACE = "Grace Hopper <grace@team.example>";
const ADA = "Ada Lovelace <ada@team.example>";

/** @type {File} */
const LAMP = { name: "lamp.png", type: "image/png", content: ({ lamp }) => lamp };

/**
 * @param {string} name
 * @returns {File}
 */
const invoiceCalled = (name) => ({ name, type: "application/pdf", content: ({ invoice }) => invoice });

/** @type {readonly Story[]} In the order they come. */
export const STORIES = [
  {
    at: "2026-11-19 16:40:11",
    from: "Hosting <billing@hosting.example>",
    to: "accounts@example.com",
    subject: "Invoice 2026-1187",
    text: "Please find attached the invoice for November. It is paid by card.",
    files: [invoiceCalled("invoice-2026-1187.pdf")],
    tags: ["billing"],
    isRead: true,
  },
  {
    at: "2026-11-20 08:02:45",
    from: "Larch & Oak <news@larch-oak.example>",
    to: ROBIN,
    subject: SALE,
    headers: ["List-Unsubscribe: <https://larch-oak.example/leave>", "Precedence: bulk"],
    html: NEWSLETTER,
    tags: ["newsletter"],
    isRead: true,
  },
  {
    at: "2026-11-23 10:15:09",
    from: ADA,
    to: GRACE,
    subject: "Notes on the import",
    headers: ["Message-ID: <import-1@team.example>"],
    text: "The import takes four minutes for 100,000 rows. Most of it waits for the index.",
    isRead: true,
  },
  {
    at: "2026-11-23 10:42:30",
    from: GRACE,
    to: ADA,
    subject: "Re: Notes on the import",
    headers: ["In-Reply-To: <import-1@team.example>", "Message-ID: <import-2@team.example>"],
    text: "Build the index afterwards? Then it is sorted once.\n\n> Most of it waits for the index.",
    isRead: true,
    isFlagged: true,
  },
  {
    at: "2026-11-24 08:31:02",
    from: "CI <ci@build.example>",
    to: "dev@example.com",
    subject: "[api] Build 4711 failed on main",
    text: "3 of 1,204 tests failed:\n\n  orders: a refund is booked once",
    tags: ["ci"],
    isRead: true,
  },
  {
    at: "2026-11-24 09:05:37",
    from: ADA,
    to: GRACE,
    subject: "Re: Notes on the import",
    headers: ["In-Reply-To: <import-2@team.example>", "References: <import-1@team.example> <import-2@team.example>"],
    text: "Forty seconds now.",
  },
  {
    at: "2026-11-24 10:20:00",
    from: "متجر البلوط <orders@larch-oak.example>",
    to: "ليلى <layla@example.com>",
    subject: RIGHT_TO_LEFT,
    text: ARABIC,
    tags: ["shop"],
    isRead: true,
  },
  {
    at: "2026-11-24 11:30:12",
    from: GRACE,
    to: ROBIN,
    subject: "Invitation: Planning of release 2.0, Thursday 10:00",
    text: "We go through what is left. It takes an hour at most.",
    files: [{ name: "invite.ics", type: "text/calendar", content: () => Buffer.from(INVITATION) }],
    isFlagged: true,
  },
  {
    at: "2026-11-24 12:48:55",
    from: "Acme <noreply@acme.example>",
    to: "new.user@example.com",
    subject: "482 913 is your code",
    text: "Welcome to Acme! Your verification code is 482 913. It is good for ten minutes.\n\nOr follow https://acme.example/confirm?token=4711",
    tags: ["sign-up", "staging"],
  },
  {
    at: "2026-11-24 13:02:20",
    from: "Larch & Oak <orders@larch-oak.example>",
    to: ROBIN,
    subject: ORDER,
    headers: [
      "List-Unsubscribe: <https://larch-oak.example/leave?u=17>, <mailto:leave@larch-oak.example>",
      "List-Unsubscribe-Post: List-Unsubscribe=One-Click",
    ],
    text: SHOP_TEXT,
    html: SHOP,
    inline: [LAMP],
    files: [invoiceCalled("invoice-20418.pdf"), LAMP],
    tags: ["shop"],
  },
];
