/** What is in an invitation (RFC 5545), as far as people want to know. */

import { h } from "../core/dom.js";
import { say } from "../core/messages.js";

/** @typedef {{ name: string, params: string, value: string }} Line */

/** @param {string} text */
function readLines(text) {
  const lines = text.replaceAll(/\r?\n[ \t]/g, "").split(/\r?\n/);
  return lines.flatMap((line) => {
    const [, name, params, value] = /^([\w-]+)((?:;(?:"[^"]*"|[^":])*)?):(.*)$/.exec(line) ?? [];
    return name ? [{ name: name.toUpperCase(), params, value }] : [];
  });
}

/** @param {string} value */
function unescape(value) {
  return value.replaceAll(/\\([nN,;\\])/g, (_, char) => (char.toLowerCase() === "n" ? "\n" : char));
}

/** "20260131T134500Z", "20260131": an instant, a day; without the Z it is a time of day somewhere. */
const TIME = /^(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)\d\d(Z?))?$/;

/**
 * @param {Line | undefined} line
 * @returns {string}
 */
function printTime(line) {
  const match = TIME.exec(line?.value ?? "");
  if (!line || !match) {
    return line?.value ?? "";
  }
  const [year, month, day, hour, minute] = match.slice(1, 6).map((digits) => Number(digits ?? 0));
  const date = new Date(Date.UTC(year, month - 1, day, hour, minute));
  if (match[4] === undefined) {
    const text = new Intl.DateTimeFormat("en-GB", { dateStyle: "full", timeZone: "UTC" }).format(date);
    return `${text}, ${say("event.allDay")}`;
  }
  const timeZone = match[6] === "Z" ? undefined : "UTC";
  const text = new Intl.DateTimeFormat("en-GB", { dateStyle: "full", timeStyle: "short", timeZone }).format(date);
  const [, place] = /TZID=([^;:]+)/i.exec(line.params) ?? [];
  return place ? `${text} (${place})` : text;
}

/** @param {Line | undefined} line */
function printPerson(line) {
  const [, name] = /CN=("[^"]*"|[^;:]+)/i.exec(line?.params ?? "") ?? [];
  const address = line?.value.replace(/^mailto:/i, "") ?? "";
  return name ? `${name.replaceAll('"', "")} <${address}>` : address;
}

/** @param {Line[]} lines */
function printEvent(lines) {
  const first = (/** @type {string} */ name) => lines.find((line) => line.name === name);
  const start = printTime(first("DTSTART"));
  const end = printTime(first("DTEND"));
  const attendees = lines.filter((line) => line.name === "ATTENDEE").map(printPerson);
  const rows = [
    [say("event.when"), end ? `${start} – ${end}` : start],
    [say("event.where"), unescape(first("LOCATION")?.value ?? "")],
    [say("event.organizer"), printPerson(first("ORGANIZER"))],
    [say("event.attendees"), attendees.join(", ")],
    [say("event.status"), first("STATUS")?.value ?? ""],
  ].filter(([, value]) => value !== "");
  return h(
    "section",
    { class: "event" },
    h("h3", { dir: "auto" }, unescape(first("SUMMARY")?.value ?? "")),
    h(
      "dl",
      { class: "mail-fields" },
      ...rows.flatMap(([name, value]) => [h("dt", {}, name), h("dd", { dir: "auto" }, value)]),
    ),
    h("p", { class: "event-text", dir: "auto" }, unescape(first("DESCRIPTION")?.value ?? "")),
  );
}

/**
 * @param {string} text
 * @returns {HTMLElement[]} One for each event.
 */
export function printCalendar(text) {
  /** @type {HTMLElement[]} */
  const events = [];
  /** @type {Line[]} */
  let lines = [];
  let depth = 0;
  for (const line of readLines(text)) {
    if (line.name === "BEGIN") {
      depth = line.value.toUpperCase() === "VEVENT" ? 1 : depth && depth + 1;
      lines = depth === 1 ? [] : lines;
    } else if (line.name === "END") {
      if (depth === 1) {
        events.push(printEvent(lines));
      }
      depth = Math.max(0, depth - 1);
    } else if (depth === 1) {
      lines.push(line);
    }
  }
  return events;
}
