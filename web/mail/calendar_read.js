/** iCalendar (RFC 5545) read: its lines, events, times, durations and repetitions. Whatever cannot be read stays text. */

/**
 * @typedef {object} Line
 * @property {string} name In capitals.
 * @property {Map<string, string>} params Names in capitals.
 * @property {string} value
 *
 * @typedef {object} Event
 * @property {string} method Of the calendar it is in, in capitals: "REQUEST"; "": none.
 * @property {Line[]} lines
 * @property {Zones} zones Those that the file defines.
 *
 * @typedef {Map<string, Line[][]>} Zones By TZID: the lines of each STANDARD and DAYLIGHT.
 *
 * @typedef {object} Time
 * @property {Date} date Its UTC fields are what is written.
 * @property {boolean} isDay
 * @property {boolean} isUtc
 * @property {string} zone TZID; "": it has none.
 */

/** A file may have more; nobody reads them. */
export const EVENTS_MAX = 100;
const LINES_MAX = 20_000;
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/**
 * The first of these characters that stands in no quotes; -1: there is none.
 *
 * @param {string} text
 * @param {string} mark
 * @param {number} [from]
 */
function indexOutside(text, mark, from = 0) {
  let isQuoted = false;
  for (let i = from; i < text.length; i++) {
    if (text[i] === '"') {
      isQuoted = !isQuoted;
    } else if (text[i] === mark && !isQuoted) {
      return i;
    }
  }
  return -1;
}

/**
 * @param {string} text "NAME;PARAM=x;OTHER=\"y\""
 * @returns {string[]}
 */
function splitParams(text) {
  const pieces = [];
  let from = 0;
  for (let end = indexOutside(text, ";"); end >= 0; end = indexOutside(text, ";", from)) {
    pieces.push(text.slice(from, end));
    from = end + 1;
  }
  return [...pieces, text.slice(from)];
}

/**
 * @param {string} line
 * @returns {Line | null}
 */
function readLine(line) {
  const colon = indexOutside(line, ":");
  if (colon < 0) {
    return null;
  }
  const [name, ...params] = splitParams(line.slice(0, colon));
  if (!/^[\w-]+$/.test(name)) {
    return null;
  }
  const pairs = params.map((param) => {
    const [, key, value] = /^([^=]*)=?(.*)$/s.exec(param) ?? ["", "", ""];
    return /** @type {[string, string]} */ ([key.toUpperCase(), value.replaceAll('"', "")]);
  });
  return { name: name.toUpperCase(), params: new Map(pairs), value: line.slice(colon + 1) };
}

/** Reads a calendar line by line. What is in alarms and other components of an event is not the event's. */
class Reader {
  /** @type {Event[]} */
  events = [];
  #method = "";
  /** @type {Zones} */
  #zones = new Map();
  /** @type {Line[][]} Of the zone that is open. */
  #clocks = [];
  /** @type {string[]} Components that are open. */
  #open = [];
  /** @type {Event | null} */
  #event = null;

  /** @param {string} component */
  #begin(component) {
    if (component === "VCALENDAR") {
      this.#method = "";
    }
    this.#open.push(component);
    if (component === "VEVENT") {
      this.#event ??= { method: this.#method, lines: [], zones: this.#zones };
    } else if (component === "VTIMEZONE") {
      this.#clocks = [];
    } else if (component === "STANDARD" || component === "DAYLIGHT") {
      this.#clocks.push([]);
    }
  }

  /** @param {string} component */
  #end(component) {
    this.#open = this.#open.slice(0, Math.max(0, this.#open.lastIndexOf(component)));
    if (this.#event && !this.#open.includes("VEVENT")) {
      this.events.push(this.#event);
      this.#event = null;
    }
  }

  /** @param {Line} line */
  read(line) {
    const value = line.value.trim().toUpperCase();
    if (line.name === "BEGIN") {
      this.#begin(value);
    } else if (line.name === "END") {
      this.#end(value);
    } else if (this.#open.at(-1) === "VEVENT") {
      this.#event?.lines.push(line);
    } else if (this.#open.at(-1) === "VTIMEZONE" && line.name === "TZID") {
      this.#zones.set(line.value.trim(), this.#clocks);
    } else if (this.#open.at(-2) === "VTIMEZONE") {
      this.#clocks.at(-1)?.push(line);
    } else if (line.name === "METHOD") {
      this.#method = value;
    }
  }
}

/**
 * @param {string} text
 * @returns {Event[]} At most EVENTS_MAX.
 */
export function readEvents(text) {
  const reader = new Reader();
  for (const written of text.replaceAll(/\r?\n[ \t]/g, "").split(/\r\n|\n|\r/, LINES_MAX)) {
    const line = readLine(written);
    if (line) {
      reader.read(line);
    }
    if (reader.events.length === EVENTS_MAX) {
      break;
    }
  }
  return reader.events;
}

/**
 * @param {string} value
 * @returns {string}
 */
export function unescapeText(value) {
  return value.replaceAll(/\\([nN,;:\\"])/g, (_, char) => (char.toLowerCase() === "n" ? "\n" : char));
}

/** "20260131T134500Z", "20260131"; seconds may be missing. */
const TIME = /^(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(?:\d\d)?(Z)?)?$/i;

/**
 * @param {Line | undefined} line
 * @param {string} [value] One of several in the line.
 * @returns {Time | null} null: there is none, or it is not a time.
 */
export function readTime(line, value = line?.value.trim() ?? "") {
  const match = TIME.exec(value);
  if (!line || !match) {
    return null;
  }
  const [year, month, day, hour, minute] = match.slice(1, 6).map((digits) => Number(digits ?? 0));
  const date = new Date(Date.UTC(2000, month - 1, day, hour, minute));
  date.setUTCFullYear(year, month - 1, day);
  const isThere = date.getUTCMonth() === month - 1 && date.getUTCDate() === day && hour < 24 && minute < 60;
  return isThere
    ? { date, isDay: match[4] === undefined, isUtc: match[6] !== undefined, zone: line.params.get("TZID") ?? "" }
    : null;
}

/**
 * "PT1H30M", "P1W", "-P2DT3H"
 *
 * @param {string} value
 * @returns {number | null} In milliseconds; null: it is not a duration.
 */
export function readDuration(value) {
  const match = /^([+-]?)P(?:(\d+)W|(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?)$/i.exec(value.trim());
  if (!match || !/\d/.test(value)) {
    return null;
  }
  const [weeks, days, hours, minutes, seconds] = match.slice(2).map((digits) => Number(digits ?? 0));
  const ms = (weeks * 7 + days) * DAY_MS + (hours * 60 + minutes) * MINUTE_MS + seconds * 1000;
  return match[1] === "-" ? -ms : ms;
}

/**
 * When an event ends. Of days it is the last one, where DTEND names the day after it.
 *
 * @param {Time} start
 * @param {Line | undefined} dtEnd
 * @param {Line | undefined} duration
 * @returns {Time | null} null: nothing says so, or nothing that can be read.
 */
export function readEnd(start, dtEnd, duration) {
  const written = readTime(dtEnd);
  const length = duration ? readDuration(duration.value) : null;
  const end = written ?? (length !== null && { ...start, date: new Date(start.date.getTime() + length) });
  if (!end || Number.isNaN(end.date.getTime())) {
    return null;
  }
  if (!start.isDay || !end.isDay) {
    return end;
  }
  return { ...end, date: new Date(Math.max(start.date.getTime(), end.date.getTime() - DAY_MS)) };
}

/**
 * @param {string} value "FREQ=WEEKLY;COUNT=5"
 * @returns {Map<string, string>}
 */
export function readRule(value) {
  const pairs = value.split(";").map((part) => {
    const [name = "", ...rest] = part.split("=");
    return /** @type {[string, string]} */ ([name.trim().toUpperCase(), rest.join("=").trim().toUpperCase()]);
  });
  return new Map(pairs.filter(([name]) => name !== ""));
}
