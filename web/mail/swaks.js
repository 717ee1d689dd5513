/** A command that makes a rejected attempt again. */

/** @import { Attempt } from "./types.js" */

/** Recipients of a command line; a client may have named thousands. */
const RECIPIENTS_MAX = 20;

/**
 * What a client sent is a word of the shell and no more, whatever is in it. It follows its option after an equals sign:
 * swaks takes "--pipe=COMMAND" in a word of its own for an option, and runs the command.
 *
 * @param {string} text
 */
function quote(text) {
  // eslint-disable-next-line no-control-regex -- they are what must not reach a terminal
  const visible = text.replaceAll(/[\u0000-\u001F\u007F]/g, "");
  return /^[\w@%+:,./-]+$/.test(visible) ? visible : `'${visible.replaceAll("'", String.raw`'\''`)}'`;
}

/**
 * The address in "MAIL FROM:<a@b.example> SIZE=1", also if it has no brackets.
 *
 * @param {string} command
 * @param {RegExp} verb
 * @returns {string | undefined}
 */
function addressIn(command, verb) {
  const rest = verb.test(command) ? command.replace(verb, "") : undefined;
  return rest?.startsWith("<") ? (/^<(.*?)>/.exec(rest)?.[1] ?? rest.slice(1)) : rest?.split(" ")[0];
}

/** What swaks needs for the command that was rejected. @type {Record<string, string[][]>} */
const WORDS = {
  MAIL: [["--quit-after", "MAIL"]],
  RCPT: [["--quit-after", "RCPT"]],
  DATA: [],
  BDAT: [],
  AUTH: [["--auth"], ["--auth-user", "USER"], ["--auth-password", "PASSWORD"], ["--quit-after", "AUTH"]],
};

/**
 * @param {Attempt} attempt
 * @returns {string[][]}
 */
function envelopeOf({ Command, From, To }) {
  const from = addressIn(Command, /^MAIL FROM: ?/i) ?? From ?? "";
  const recipient = addressIn(Command, /^RCPT TO: ?/i);
  const to = [...To.slice(0, RECIPIENTS_MAX - 1), ...(recipient === undefined ? [] : [recipient])];
  return [
    ["--from", from === "" ? "<>" : from],
    ["--to", to.length > 0 ? to.join(",") : "you@example.com"],
  ];
}

/**
 * @param {Attempt} attempt
 * @param {{ host: string, port: number }} server
 * @returns {string | null} Nothing where swaks does not send such a command.
 */
export function swaksCommand(attempt, { host, port }) {
  const verb = WORDS[/^[a-z]+/i.exec(attempt.Command)?.[0].toUpperCase() ?? ""];
  if (!verb) {
    return null;
  }
  const isEncrypted = attempt.Session.some(({ Side, Text }) => Side === "client" && /^STARTTLS$/i.test(Text));
  const words = [
    ["--server", `${host.includes(":") ? `[${host}]` : host}:${port}`],
    ...(attempt.Helo === "" ? [] : [["--helo", attempt.Helo]]),
    ...envelopeOf(attempt),
    ...(isEncrypted ? [["--tls"]] : []),
    ...verb,
  ];
  return `swaks ${words.map(([option, ...values]) => [option, ...values.map((value) => quote(value))].join("=")).join(" ")}`;
}
