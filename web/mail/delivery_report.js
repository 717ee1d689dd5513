/** Reports of deliveries read (RFC 3464, 8098): groups of fields, of which the first is about the whole message. */

/** @typedef {Map<string, string>} Group Values by the names of their fields, in lower case. */

/**
 * @param {string} text
 * @returns {Group[]}
 */
export function readGroups(text) {
  const groups = text.replaceAll(/\r\n?/g, "\n").split(/\n[ \t]*\n/);
  return groups
    .map((group) => {
      const fields = group.replaceAll(/\n[ \t]+/g, " ").matchAll(/^([\w-]+):[ \t]*(.*)$/gm);
      return new Map([...fields].map(([, name, value]) => [name.toLowerCase(), value.trim()]));
    })
    .filter((fields) => fields.size > 0);
}

/**
 * The value of a field without its type: "rfc822; a@b.example" is "a@b.example".
 *
 * @param {Group} group
 * @param {string} name
 * @returns {string} "": it has none.
 */
export function valueOf(group, name) {
  return (group.get(name) ?? "").replace(/^[\w-]+[ \t]*;[ \t]*/, "");
}
