/** Times by the clocks of other zones, as the reader's clock shows them. */

/** @import { Time } from "./calendar_read.js" */

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
 * The instant that a time in a zone is; itself, where it is one already, and where its zone is not known.
 *
 * @param {Time} time
 * @returns {Time}
 */
export function toInstant(time) {
  const format = time.isDay || time.isUtc || time.zone === "" ? null : formatOf(time.zone);
  if (!format) {
    return time;
  }
  const written = time.date.getTime();
  const near = written - offsetAt(format, written);
  return { ...time, date: new Date(written - offsetAt(format, near)), isUtc: true };
}
