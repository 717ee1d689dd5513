/** Numbers, sizes and times as people read them. */

import { say } from "./messages.js";

const numbers = new Intl.NumberFormat("en");
const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
const dayOfYear = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" });
const whole = new Intl.DateTimeFormat("en-GB", { dateStyle: "full", timeStyle: "medium" });
const ago = new Intl.RelativeTimeFormat("en", { numeric: "auto", style: "narrow" });

/**
 * @param {number} number
 * @returns {string} "1,234".
 */
export function formatNumber(number) {
  return numbers.format(number);
}

/**
 * @param {number} octets
 * @returns {string} "312 B", "4.2 kB", "1.3 MB".
 */
export function formatSize(octets) {
  const units = ["B", "kB", "MB", "GB"];
  let value = octets;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit > 0 && value < 10 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`;
}

/**
 * A time in the width of a column: "14:05" of today, "24 Nov" of this year, else "2025-11-24".
 *
 * @param {string} time
 * @param {Date} [now]
 * @returns {string}
 */
export function formatTime(time, now = new Date()) {
  const date = new Date(time);
  if (date.toDateString() === now.toDateString()) {
    return clock.format(date);
  }
  return date.getFullYear() === now.getFullYear() ? dayOfYear.format(date) : isoDay(date);
}

/**
 * How a list tells the time: for an hour how long ago, and then when; always how long ago; always when.
 *
 * @typedef {"auto" | "ago" | "clock"} TimeStyle
 */

/**
 * @param {string} time
 * @param {TimeStyle} style
 * @param {Date} [now]
 * @returns {string} "2m", "14:05", "24 Nov".
 */
export function formatRowTime(time, style, now = new Date()) {
  const minutes = Math.max(0, Math.floor((now.getTime() - new Date(time).getTime()) / 60_000));
  if (style === "ago") {
    return formatAge(time, now);
  }
  if (style === "clock" || minutes >= 60) {
    return formatTime(time, now);
  }
  return minutes === 0 ? say("time.now") : say("time.minutes", { count: minutes });
}

/** @param {Date} date */
function isoDay(date) {
  const two = (/** @type {number} */ number) => String(number).padStart(2, "0");
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

/**
 * @param {number} seconds
 * @returns {string} "2 d 3 h", "5 min", "12 s": its two largest units from minutes on.
 */
export function formatDuration(seconds) {
  const parts = [
    [Math.floor(seconds / 86400), "d"],
    [Math.floor(seconds / 3600) % 24, "h"],
    [Math.floor(seconds / 60) % 60, "min"],
  ].filter(([number]) => number !== 0);
  const shown = parts.slice(0, 2).map(([number, unit]) => `${number} ${unit}`);
  return shown.length > 0 ? shown.join(" ") : `${Math.floor(seconds)} s`;
}

/** @type {[Intl.RelativeTimeFormatUnit, number][]} */
const UNITS = [
  ["year", 365 * 86400],
  ["month", 30 * 86400],
  ["week", 7 * 86400],
  ["day", 86400],
  ["hour", 3600],
  ["minute", 60],
];

/**
 * @param {string} time
 * @param {Date} [now]
 * @returns {string} "now", "5m ago".
 */
export function formatAge(time, now = new Date()) {
  const seconds = (now.getTime() - new Date(time).getTime()) / 1000;
  for (const [unit, length] of UNITS) {
    if (seconds >= length) {
      return ago.format(-Math.floor(seconds / length), unit);
    }
  }
  return say("time.now");
}

/**
 * @param {string} time
 * @returns {string} "Tuesday, 24 November 2026 at 14:05:09".
 */
export function formatWholeTime(time) {
  return whole.format(new Date(time));
}

/**
 * @param {import("./types.js").Address} address
 * @returns {string} The name, or the address of who has none.
 */
export function formatAddress(address) {
  return address.Name || address.Address;
}
