/**
 * HTML with a line for each element that begins one, indented by how deep it is. Only white space that browsers do not
 * show is added or left out: between blocks, and around them. Texts and what is within `pre` stay as they are.
 */

/** Elements that begin and end a line where they are shown. */
const BLOCKS = new Set(
  `address article aside blockquote body center dd div dl dt fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6 head
  header hr html li link main meta nav ol p section style table tbody td tfoot th thead title tr ul`.split(/\s+/),
);

/** They have no end tag. */
const VOID = new Set("area base br col embed hr img input link meta source track wbr".split(" "));

/** What is in them is text, with its white space. */
const VERBATIM = /^(pre|style|script|textarea|title|xmp)$/;

const PIECE = /<!--[\s\S]*?(?:-->|$)|<[!?][^>]*>?|<\/?[a-zA-Z](?:"[^"]*"|'[^']*'|[^"'>])*>?|[^<]+|</g;

/** What ends where such an element begins, as its end tag may be left out. */
const ENDED_BY = /** @type {Record<string, string[]>} */ ({
  dd: ["dd", "dt"],
  dt: ["dd", "dt"],
  li: ["li"],
  p: ["p"],
  td: ["td", "th"],
  th: ["td", "th"],
  tr: ["td", "th", "tr"],
});

/** An end tag ends one of the innermost elements; so many are looked at. */
const OPEN_MAX = 100;

/** More levels are not indented further: deep nesting would fill lines with blanks. */
const DEEPEST = 40;

class Printer {
  /** @type {string[]} */
  #lines = [];
  #line = "";
  /** @type {string[]} Elements that are open. */
  #open = [];

  /** @param {string} name */
  begin(name) {
    this.#open.push(name);
  }

  /** @param {string} name Of an element that begins. */
  endBefore(name) {
    while (ENDED_BY[name]?.includes(this.#open.at(-1) ?? "")) {
      this.#open.pop();
    }
  }

  /** @param {string} name */
  end(name) {
    const depth = this.#open.slice(-OPEN_MAX).lastIndexOf(name);
    if (depth >= 0) {
      this.#open.length = Math.max(0, this.#open.length - OPEN_MAX) + depth;
    }
  }

  /** Ends the line, if there is something on it. */
  break() {
    if (this.#line.trim() !== "") {
      this.#lines.push(this.#line.trimEnd());
    }
    this.#line = "";
  }

  /** @param {string} text */
  add(text) {
    if (this.#line === "") {
      const start = text.trimStart();
      this.#line = start === "" ? "" : "  ".repeat(Math.min(this.#open.length, DEEPEST)) + start;
    } else {
      this.#line += text;
    }
  }

  get text() {
    this.break();
    return this.#lines.map((line) => `${line}\n`).join("");
  }
}

/**
 * An element whose content stays as it is, up to its end tag.
 *
 * @param {Printer} printer
 * @param {string} source
 * @param {string} tag
 * @param {string} name
 * @param {number} at After the tag.
 * @returns {number} After the element.
 */
function addVerbatim(printer, source, tag, name, at) {
  const close = source.slice(at).search(new RegExp(`</${name}[\\s/>]`, "i"));
  const end = close < 0 ? source.length : at + close;
  const closing = /^<\/[^>]*>?/.exec(source.slice(end))?.[0] ?? "";
  printer.break();
  printer.add(tag + source.slice(at, end) + closing);
  printer.break();
  return end + closing.length;
}

/**
 * @param {Printer} printer
 * @param {string} tag Of a block.
 * @param {string} name
 */
function addBlock(printer, tag, name) {
  const isEnd = tag.startsWith("</");
  printer.break();
  if (isEnd) {
    printer.end(name);
  } else {
    printer.endBefore(name);
  }
  printer.add(tag);
  printer.break();
  if (!isEnd && !VOID.has(name) && !tag.endsWith("/>")) {
    printer.begin(name);
  }
}

/**
 * @param {string} source
 * @returns {string}
 */
export function formatHtml(source) {
  const printer = new Printer();
  PIECE.lastIndex = 0;
  for (let match = PIECE.exec(source); match; match = PIECE.exec(source)) {
    const [piece] = match;
    const name = /^<\/?([a-zA-Z][^\s/>]*)/.exec(piece)?.[1].toLowerCase();
    if (name === undefined) {
      printer.add(piece.startsWith("<!") ? piece : piece.replaceAll(/\s+/g, " "));
      if (/^<!doctype/i.test(piece)) {
        printer.break();
      }
    } else if (!piece.startsWith("</") && VERBATIM.test(name)) {
      PIECE.lastIndex = addVerbatim(printer, source, piece, name, PIECE.lastIndex);
    } else if (BLOCKS.has(name)) {
      addBlock(printer, piece, name);
    } else {
      printer.add(piece);
    }
  }
  return printer.text;
}
