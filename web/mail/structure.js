/** Parts of a message, and the parameters of their types. */

/** @import { MailData } from "./mail_data.js" */
/** @import { Part } from "./types.js" */

/** A text that is signed or encrypted as a whole (RFC 9580). */
export const PGP = /^-----BEGIN PGP (?<what>SIGNED )?MESSAGE-----$/m;

/**
 * A part and all below it.
 *
 * @param {Part} part
 * @returns {Part[]}
 */
export function allParts(part) {
  return [part, ...part.Parts.flatMap((child) => allParts(child))];
}

/**
 * A parameter of a part's Content-Type: typeParam(part, "protocol"); "": it has none.
 *
 * @param {Part | undefined} part
 * @param {string} name
 * @returns {string}
 */
export function typeParam(part, name) {
  const field = part?.Fields.find(({ Name }) => Name.toLowerCase() === "content-type");
  return new RegExp(`;\\s*${name}="?([^";\\s]+)`, "i").exec(field?.Text ?? "")?.[1] ?? "";
}

/**
 * What a calendar's Content-Type says that it wants; "": nothing.
 *
 * @param {MailData} data
 * @param {string} id Of its part.
 */
export async function calendarMethod(data, id) {
  const { Structure } = await data.structure();
  return typeParam(
    allParts(Structure).find((part) => part.PartID === id),
    "method",
  );
}
