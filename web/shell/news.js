/** What a page says while nobody looks at it: its title, its icon, notifications. */

import { router } from "../core/router.js";
import { formatAddress, formatNumber } from "../core/format.js";
import { live } from "../core/live.js";
import { say } from "../core/messages.js";
import { readSetting, writeSetting } from "../core/settings.js";
import { mails } from "../list/mail_source.js";
import { inboxes } from "./inboxes.js";
import { placeHere } from "./places.js";

/** @import { InboxEvent } from "../core/live.js" */

const ICON_SIZE = 64;
let shownUnread = -1;

/** @param {CanvasRenderingContext2D} context */
function drawEnvelope(context) {
  context.fillStyle = "#4a5bd4";
  context.beginPath();
  context.roundRect(4, 12, 56, 42, 8);
  context.fill();
  context.strokeStyle = "#fff";
  context.lineWidth = 5;
  context.lineJoin = "round";
  context.beginPath();
  context.moveTo(12, 22);
  context.lineTo(32, 37);
  context.lineTo(52, 22);
  context.stroke();
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {number} unread
 */
function drawCount(context, unread) {
  const text = unread > 99 ? "99+" : String(unread);
  context.fillStyle = "#d7263d";
  context.beginPath();
  context.roundRect(ICON_SIZE - 14 - 14 * text.length, 0, 14 + 14 * text.length, 34, 17);
  context.fill();
  context.fillStyle = "#fff";
  context.font = "bold 26px system-ui, sans-serif";
  context.textAlign = "center";
  context.fillText(text, ICON_SIZE - 7 - 7 * text.length, 26);
}

/** @param {number} unread */
function showIcon(unread) {
  const canvas = document.createElement("canvas");
  const link = /** @type {HTMLLinkElement | null} */ (document.querySelector("link[rel=icon]"));
  canvas.width = canvas.height = ICON_SIZE;
  const context = canvas.getContext("2d");
  if (context && link) {
    drawEnvelope(context);
    if (unread > 0) {
      drawCount(context, unread);
    }
    link.type = "image/png";
    link.href = canvas.toDataURL();
  }
}

function showCounts() {
  const { unread } = mails.inbox;
  const inbox = inboxes.all.length > 1 ? say("app.titleInbox", { inbox: inboxes.name }) : say("app.name");
  const values = { unread: formatNumber(unread), place: placeHere(), inbox };
  document.title = say(unread > 0 ? "app.titleUnread" : "app.title", values);
  if (Math.min(unread, 100) !== shownUnread) {
    shownUnread = Math.min(unread, 100);
    showIcon(unread);
    // Of an installed page, on its own icon. Where that is not allowed, nothing is.
    void navigator.setAppBadge?.(unread).catch(() => {});
  }
}

/** @returns {boolean} Whether this browser has notifications. */
export function canNotify() {
  return "Notification" in window;
}

/** @returns {boolean} Whether they were asked for here, and the browser allows them. */
export function notifies() {
  return readSetting("notifies", false) && canNotify() && Notification.permission === "granted";
}

/** Asks the browser for leave, or stops. */
export async function switchNotifications() {
  const on = !notifies() && canNotify() && (await Notification.requestPermission()) === "granted";
  writeSetting("notifies", on);
}

/** @param {InboxEvent[]} events */
function notify(events) {
  const arrived = events.flatMap((event) => (event.kind === "new" ? [event.mail] : []));
  if (arrived.length === 0 || !document.hidden || !notifies()) {
    return;
  }
  const [mail] = arrived;
  const notification =
    arrived.length === 1
      ? new Notification(mail.Subject || say("list.noSubject"), { body: formatAddress(mail.From), tag: "dsmtpd" })
      : new Notification(say("notify.title", { count: arrived.length }), { tag: "dsmtpd" });
  notification.addEventListener("click", () => {
    window.focus();
    router.go({ id: arrived.length === 1 ? mail.ID : null, query: "" });
    notification.close();
  });
}

export function startNews() {
  mails.addEventListener("change", showCounts);
  router.addEventListener("change", showCounts);
  inboxes.addEventListener("change", showCounts);
  live.addEventListener("inbox", (event) => notify(/** @type {CustomEvent<InboxEvent[]>} */ (event).detail));
  showCounts();
}
