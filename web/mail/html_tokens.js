/** The source of HTML in pieces that are shown in colours. What is no HTML is text. */

/** @typedef {{ kind: "text" | "tag" | "name" | "value" | "comment" | "entity" | "css", text: string }} Token */

const COMMENT = /<!--[\s\S]*?(?:-->|$)/y;
const DECLARATION = /<[!?][^>]*>?/y;
const TAG = /<\/?[a-zA-Z][^\s/>]*/y;
const TEXT = /[^<&]+|[<&]/y;
const ENTITY = /&(?:#\d+|#x[\da-f]+|[a-z]\w*);/iy;
const INSIDE = /\s+|\/?>|[^\s"'=<>/]+|=\s*(?:"[^"]*"?|'[^']*'?|[^\s>"']+)?|./y;

/**
 * @param {RegExp} pattern Sticky.
 * @param {string} source
 * @param {number} at
 * @returns {string | null}
 */
function take(pattern, source, at) {
  pattern.lastIndex = at;
  return pattern.exec(source)?.[0] ?? null;
}

/**
 * What is between the name of a tag and its end, which is taken, too.
 *
 * @param {string} source
 * @param {number} start
 * @param {(kind: Token["kind"], text: string) => void} add
 * @returns {number} Behind the tag.
 */
function readTag(source, start, add) {
  for (let at = start; at < source.length;) {
    const piece = take(INSIDE, source, at) ?? source[at];
    at += piece.length;
    if (piece.endsWith(">")) {
      add("tag", piece);
      return at;
    }
    add(piece.startsWith("=") ? "value" : /^[\s/]/.test(piece) ? "text" : "name", piece);
  }
  return source.length;
}

/**
 * @param {string} source
 * @returns {Token[]}
 */
export function readHtml(source) {
  /** @type {Token[]} */
  const tokens = [];
  const add = (/** @type {Token["kind"]} */ kind, /** @type {string} */ text) => {
    const last = tokens.at(-1);
    if (last?.kind === kind) {
      last.text += text;
    } else if (text !== "") {
      tokens.push({ kind, text });
    }
  };
  for (let at = 0; at < source.length;) {
    const comment = take(COMMENT, source, at) ?? take(DECLARATION, source, at);
    const tag = comment ? null : take(TAG, source, at);
    if (comment) {
      add("comment", comment);
      at += comment.length;
    } else if (tag) {
      add("tag", tag);
      at = readTag(source, at + tag.length, add);
      if (/^<(style|script)$/i.test(tag)) {
        const end = source.slice(at).search(/<\/(style|script)/i);
        const css = end < 0 ? source.slice(at) : source.slice(at, at + end);
        add("css", css);
        at += css.length;
      }
    } else {
      const entity = take(ENTITY, source, at);
      const text = entity ?? take(TEXT, source, at) ?? source[at];
      add(entity ? "entity" : "text", text);
      at += text.length;
    }
  }
  return tokens;
}
