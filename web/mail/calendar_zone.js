/** Times by the clocks of other zones, as the reader's clock shows them. */

import { readRule, readTime } from "./calendar_read.js";

/** @import { Line, Time, Zones } from "./calendar_read.js" */

const DAY_MS = 86_400_000;
const DAYS = ["SU", "MO", "TU", "WE", "TH", "FR", "SA"];

/** @type {Map<string, Intl.DateTimeFormat | null>} null: the browser does not know the zone. */
const formats = new Map();

/** @param {string} zone "Europe/Berlin". */
function formatOf(zone) {
  if (!formats.has(zone)) {
    let format = null;
    try {
      format = new Intl.DateTimeFormat("en-US", {
        ...{ timeZone: zone, hourCycle: "h23", era: "short" },
        ...{ year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric" },
      });
    } catch {
      // A name of its own, which the calendar defines.
    }
    formats.set(zone, format);
  }
  return formats.get(zone) ?? null;
}

/**
 * How far the clocks of a zone are ahead of UTC at an instant.
 *
 * @param {Intl.DateTimeFormat} format
 * @param {number} instant
 */
function offsetAt(format, instant) {
  const parts = new Map(format.formatToParts(instant).map(({ type, value }) => [type, Number(value)]));
  const part = (/** @type {Intl.DateTimeFormatPartTypes} */ type) => parts.get(type) ?? 0;
  const shown = Date.UTC(part("year"), part("month") - 1, part("day"), part("hour"), part("minute"));
  return shown - Math.floor(instant / 60_000) * 60_000;
}

/**
 * When a clock of a zone begins to count in a year: "FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU", at the time of its DTSTART.
 *
 * @param {Map<string, string>} rule
 * @param {Date} start
 * @param {number} year
 * @returns {number} NaN: it is another kind of rule.
 */
function onsetIn(rule, start, year) {
  const [, nth = "", name = ""] = /^([+-]?[1-5])([A-Z]{2})$/.exec(rule.get("BYDAY") ?? "") ?? [];
  const month = Number(rule.get("BYMONTH"));
  const day = DAYS.indexOf(name);
  if (rule.get("FREQ") !== "YEARLY" || !(month >= 1 && month <= 12) || day < 0) {
    return Number.NaN;
  }
  const n = Number(nth);
  // The first of the month, or of the next one to count back from.
  const edge = Date.UTC(year, n > 0 ? month - 1 : month, 1);
  const weekday = new Date(edge).getUTCDay();
  const days = n > 0 ? ((day - weekday + 7) % 7) + 7 * (n - 1) : -((weekday - day + 6) % 7) - 1 + 7 * (n + 1);
  return edge + days * DAY_MS + (start.getUTCHours() * 60 + start.getUTCMinutes()) * 60_000;
}

/**
 * When a clock of a zone began to count last; -Infinity: never before.
 *
 * @param {Line[]} clock
 * @param {number} written What the clock shows.
 */
function lastOnset(clock, written) {
  const start = readTime(clock.find(({ name }) => name === "DTSTART"));
  if (!start || start.date.getTime() > written) {
    return Number.NEGATIVE_INFINITY;
  }
  const rule = readRule(clock.find(({ name }) => name === "RRULE")?.value ?? "");
  const year = new Date(written).getUTCFullYear();
  const onsets = [year, year - 1].map((one) => onsetIn(rule, start.date, one)).filter((onset) => onset <= written);
  return Math.max(start.date.getTime(), ...onsets);
}

/**
 * How far the clocks of a zone that the calendar defines are ahead of UTC.
 *
 * @param {Line[][]} clocks
 * @param {number} written What they show.
 * @returns {number | null} null: it does not say.
 */
function definedOffset(clocks, written) {
  const [latest] = clocks
    .map((clock) => ({ clock, onset: lastOnset(clock, written) }))
    .sort((one, other) => other.onset - one.onset);
  const value = latest?.clock.find(({ name }) => name === "TZOFFSETTO")?.value ?? "";
  const match = /^([+-])(\d\d)(\d\d)/.exec(value.trim());
  return match ? (Number(match[2]) * 60 + Number(match[3])) * (match[1] === "-" ? -60_000 : 60_000) : null;
}

/**
 * The instant that a time in a zone is; itself, where it is one already, and where its zone is not known.
 *
 * @param {Time} time
 * @param {Zones} zones Those that the calendar defines, for names that the browser does not know ("W. Europe Standard Time").
 * @returns {Time}
 */
export function toInstant(time, zones) {
  if (time.isDay || time.isUtc || time.zone === "") {
    return time;
  }
  const written = time.date.getTime();
  const format = formatOf(time.zone);
  const offset = format
    ? offsetAt(format, written - offsetAt(format, written))
    : definedOffset(zones.get(time.zone) ?? [], written);
  return offset === null ? time : { ...time, date: new Date(written - offset), isUtc: true };
}
