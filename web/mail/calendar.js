/** An invitation as people want to know it (RFC 5545, 5546); nothing of it is more than text and safe links. */

import { h } from "../core/dom.js";
import { say } from "../core/messages.js";
import { readDuration, readEnd, readEvents, readTime, unescapeText } from "./calendar_read.js";
import { printRule } from "./calendar_rule.js";
import { toInstant } from "./calendar_zone.js";
import { fewOf } from "./few.js";
import { linkify } from "./linkify.js";

/** @import { Event, Line, Time, Zones } from "./calendar_read.js" */

const METHODS = new Set(["PUBLISH", "REQUEST", "REPLY", "ADD", "CANCEL", "REFRESH", "COUNTER", "DECLINECOUNTER"]);
const ANSWERS = new Set(["NEEDS-ACTION", "ACCEPTED", "DECLINED", "TENTATIVE", "DELEGATED"]);
const STATES = new Set(["TENTATIVE", "CONFIRMED", "CANCELLED"]);

/** Characters of a text that are shown. */
const TEXT_MAX = 10_000;

/**
 * @param {Time} time
 * @param {Intl.DateTimeFormatOptions} options
 */
function format({ date, isUtc, isDay }, options) {
  // An instant is shown in the reader's zone, all else as it is written.
  const timeZone = isUtc && !isDay ? undefined : "UTC";
  return new Intl.DateTimeFormat("en-GB", { timeZone, ...options }).format(date);
}

/** @param {Time} time */
const dayOf = (time) => format(time, { dateStyle: "full" });

/** @param {Time} time */
const clockOf = (time) => format(time, { hour: "2-digit", minute: "2-digit" });

/**
 * Whose clock it is by.
 *
 * @param {Time} time
 */
function zoneOf({ date, isUtc, zone }) {
  if (isUtc) {
    const parts = new Intl.DateTimeFormat("en-GB", { timeZoneName: "short" }).formatToParts(date);
    return parts.find((part) => part.type === "timeZoneName")?.value ?? "";
  }
  return zone || say("event.floating");
}

/** @param {Time} time */
function printTime(time) {
  return time.isDay
    ? say("event.day", { day: dayOf(time) })
    : say("event.time", { day: dayOf(time), clock: clockOf(time), zone: zoneOf(time) });
}

/**
 * @param {Time} start
 * @param {Time | null} end
 * @returns {string}
 */
function printSpan(start, end) {
  if (!end || (start.isDay && end.isDay && dayOf(start) === dayOf(end))) {
    return printTime(start);
  }
  if (start.isDay && end.isDay) {
    return say("event.day", { day: `${dayOf(start)} – ${dayOf(end)}` });
  }
  if (dayOf(start) === dayOf(end) && zoneOf(start) === zoneOf(end)) {
    return say("event.time", { day: dayOf(start), clock: `${clockOf(start)} – ${clockOf(end)}`, zone: zoneOf(start) });
  }
  return `${printTime(start)} – ${printTime(end)}`;
}

/**
 * By the reader's clock, and by the one it was written for where that shows another time.
 *
 * @param {Time} start
 * @param {Time | null} end
 * @param {Zones} zones
 * @returns {string}
 */
function printLocalSpan(start, end, zones) {
  const [from, to] = [toInstant(start, zones), end && toInstant(end, zones)];
  const local = printSpan(from, to);
  if (from === start || (dayOf(from) === dayOf(start) && clockOf(from) === clockOf(start))) {
    return local;
  }
  const clock = end && dayOf(end) === dayOf(start) ? `${clockOf(start)} – ${clockOf(end)}` : clockOf(start);
  const day = dayOf(from) === dayOf(start) ? "" : `${dayOf(start)}, `;
  return say("event.elsewhere", { local, clock: day + clock, zone: start.zone });
}

/**
 * @param {(name: string) => Line | undefined} first
 * @param {Zones} zones
 */
function printWhen(first, zones) {
  const start = readTime(first("DTSTART"));
  if (!start) {
    return first("DTSTART")?.value ?? "";
  }
  const span = printLocalSpan(start, readEnd(start, first("DTEND"), first("DURATION")), zones);
  const duration = first("DURATION");
  return duration && readDuration(duration.value) === null ? `${span}, ${duration.value}` : span;
}

/** @param {Line | undefined} line */
function printPerson(line) {
  const name = line?.params.get("CN") ?? "";
  const address = line?.value.trim().replace(/^mailto:/i, "") ?? "";
  return name !== "" && name !== address ? `${name} <${address}>` : address;
}

/** @param {Line} line */
function printAttendee(line) {
  const answer = (line.params.get("PARTSTAT") ?? "").toUpperCase();
  const isOptional = (line.params.get("ROLE") ?? "").toUpperCase() === "OPT-PARTICIPANT";
  const facts = [
    ANSWERS.has(answer) ? say(`answer.${answer.toLowerCase()}`) : answer.toLowerCase(),
    isOptional && say("event.optional"),
  ].filter(Boolean);
  return h("div", {}, [printPerson(line), ...facts].join(", "));
}

/**
 * @param {Line[]} lines
 * @param {Zones} zones
 */
function printTimes(lines, zones) {
  const times = lines.flatMap((line) =>
    line.value.split(",", 1000).map((value) => {
      const time = readTime(line, value.trim());
      return time ? printTime(toInstant(time, zones)) : value;
    }),
  );
  return fewOf(times, (time) => h("div", {}, time));
}

/**
 * What the message wants of whom it comes to, and how the event stands.
 *
 * @param {string} method
 * @param {string} status
 */
function printState(method, status) {
  const isCancelled = method === "CANCEL" || status === "CANCELLED";
  const texts = [
    method !== "" && say(METHODS.has(method) ? `method.${method.toLowerCase()}` : "method.other", { method }),
    status !== "" &&
      !(method === "CANCEL" && status === "CANCELLED") &&
      (STATES.has(status) ? say(`status.${status.toLowerCase()}`) : status),
  ].filter(Boolean);
  return (
    texts.length > 0 && h("p", { class: isCancelled ? "event-state is-cancelled" : "event-state" }, texts.join(" · "))
  );
}

/**
 * @param {string} text
 * @returns {(Node | string)[]}
 */
const printText = (text) => linkify(unescapeText(text.slice(0, TEXT_MAX)));

/**
 * Which of several times it is that an event is about.
 *
 * @param {Line | undefined} line
 * @param {Zones} zones
 */
function printChanged(line, zones) {
  const time = readTime(line);
  const printed = time ? printTime(toInstant(time, zones)) : (line?.value ?? "");
  return line?.params.get("RANGE") === "THISANDFUTURE" ? `${printed} ${say("event.andLater")}` : printed;
}

/**
 * @param {Event} event
 * @param {boolean} isBrief In the head of the message: without its description.
 */
function printEvent({ method, lines, zones }, isBrief) {
  const first = (/** @type {string} */ name) => lines.find((line) => line.name === name);
  const all = (/** @type {string} */ name) => lines.filter((line) => line.name === name);
  const status = (first("STATUS")?.value ?? "").trim().toUpperCase();
  const text = (/** @type {string} */ name) => printText(first(name)?.value ?? "");
  /** @type {[string, (Node | string)[]][]} */
  const rows = [
    ["event.when", [printWhen(first, zones)]],
    ["event.repeats", all("RRULE").map((line) => h("div", {}, printRule(line)))],
    ["event.also", printTimes(all("RDATE"), zones)],
    ["event.except", printTimes(all("EXDATE"), zones)],
    ["event.instead", [printChanged(first("RECURRENCE-ID"), zones)]],
    ["event.where", text("LOCATION")],
    ["event.url", text("URL")],
    ["event.organizer", [printPerson(first("ORGANIZER"))]],
    ["event.attendees", fewOf(all("ATTENDEE"), printAttendee)],
    ["event.comment", text("COMMENT")],
  ];
  const said = rows.filter(([, value]) => value.some((piece) => piece !== ""));
  return h(
    "section",
    { class: "event" },
    h(
      isBrief ? "h2" : "h3",
      { dir: "auto" },
      unescapeText(first("SUMMARY")?.value.trim() || say("event.untitled")).slice(0, TEXT_MAX),
    ),
    printState(method, status),
    h(
      "dl",
      { class: "mail-fields" },
      ...said.flatMap(([name, value]) => [h("dt", {}, say(name)), h("dd", { dir: "auto" }, ...value)]),
    ),
    !isBrief && h("p", { class: "event-text", dir: "auto" }, ...text("DESCRIPTION")),
  );
}

/**
 * @param {string} text
 * @param {string} method Of the part's Content-Type (RFC 6047 2.4), for a calendar that names none.
 * @param {boolean} [isBrief] Without descriptions.
 * @returns {HTMLElement[]} One for each event.
 */
export function printCalendar(text, method, isBrief = false) {
  return readEvents(text).map((event) =>
    printEvent({ ...event, method: event.method || method.toUpperCase() }, isBrief),
  );
}
