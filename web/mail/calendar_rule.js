/** How often an event comes again, in words (RFC 5545 3.3.10). */

import { say } from "../core/messages.js";
import { readRule, readTime } from "./calendar_read.js";

/** @import { Line } from "./calendar_read.js" */

const UNITS = new Set(["SECONDLY", "MINUTELY", "HOURLY", "DAILY", "WEEKLY", "MONTHLY", "YEARLY"]);

/** Parts that are said in words; a rule with others is shown as it is, too. */
const KNOWN = new Set(["FREQ", "INTERVAL", "COUNT", "UNTIL", "BYDAY", "BYMONTHDAY", "BYMONTH", "WKST"]);

/** 4 January 1970 was a Sunday. */
const DAYS = new Map(
  ["SU", "MO", "TU", "WE", "TH", "FR", "SA"].map((day, i) => [day, new Date(Date.UTC(1970, 0, 4 + i))]),
);

const LIST = new Intl.ListFormat("en-GB");
const ORDINALS = new Intl.PluralRules("en-GB", { type: "ordinal" });
const SUFFIXES = /** @type {Record<string, string>} */ ({ one: "st", two: "nd", few: "rd", other: "th" });

/** @param {number} number */
const ordinal = (number) => `${number}${SUFFIXES[ORDINALS.select(number)]}`;

/** @param {number} number From the end where it is negative. */
function position(number) {
  if (number === -1) {
    return say("rule.last");
  }
  return number < 0 ? say("rule.fromEnd", { nth: ordinal(-number) }) : ordinal(number);
}

/**
 * @param {Date} date
 * @param {Intl.DateTimeFormatOptions} options
 */
const format = (date, options) => new Intl.DateTimeFormat("en-GB", { timeZone: "UTC", ...options }).format(date);

/** @param {string} value "MO,-1FR" */
function printDays(value) {
  const days = value.split(",").map((day) => {
    const [, number = "", name = ""] = /^([+-]?\d{1,2})?([A-Z]{2})$/.exec(day) ?? [];
    const date = DAYS.get(name);
    const text = date ? format(date, { weekday: "long" }) : day;
    return number === "" ? text : say("rule.theDay", { nth: position(Number(number)), day: text });
  });
  return say("rule.on", { days: LIST.format(days) });
}

/** @param {string} value "1,15,-1" */
function printMonthDays(value) {
  const days = value.split(",").map((day) => say("rule.the", { nth: position(Number(day)) }));
  return say("rule.on", { days: LIST.format(days) });
}

/** @param {string} value "1,12" */
function printMonths(value) {
  const months = value
    .split(",")
    .map((month) => format(new Date(Date.UTC(2000, Number(month) - 1, 1)), { month: "long" }));
  return say("rule.in", { months: LIST.format(months) });
}

/**
 * Whether all of it is as it should be.
 *
 * @param {Map<string, string>} rule
 */
function isSound(rule) {
  const numbers = ["INTERVAL", "COUNT"].map((name) => rule.get(name) ?? "1");
  const lists = ["BYMONTHDAY", "BYMONTH"].map((name) => rule.get(name) ?? "1");
  return (
    UNITS.has(rule.get("FREQ") ?? "") &&
    numbers.every((number) => /^[1-9]\d{0,8}$/.test(number)) &&
    lists.every((list) => /^-?[1-9]\d?(,-?[1-9]\d?){0,99}$/.test(list)) &&
    (rule.get("BYDAY") ?? "").length <= 200
  );
}

/**
 * @param {Line} line
 * @returns {string}
 */
export function printRule(line) {
  const rule = readRule(line.value);
  if (!isSound(rule)) {
    return line.value;
  }
  /** @type {(name: string, print: (value: string) => string) => string} */
  const part = (name, print) => (rule.has(name) ? print(rule.get(name) ?? "") : "");
  const until = readTime(line, rule.get("UNTIL") ?? "");
  const often = [
    say(`rule.${rule.get("FREQ")?.toLowerCase()}`, { count: Number(rule.get("INTERVAL") ?? 1) }),
    part("BYDAY", printDays),
    part("BYMONTHDAY", printMonthDays),
    part("BYMONTH", printMonths),
  ];
  const ends = [
    part("COUNT", (count) => say("rule.times", { count: Number(count) })),
    until ? say("rule.until", { day: format(until.date, { dateStyle: "full" }) }) : "",
    [...rule.keys()].every((name) => KNOWN.has(name)) ? "" : line.value,
  ];
  return [often.filter(Boolean).join(" "), ...ends.filter(Boolean)].join(", ");
}
