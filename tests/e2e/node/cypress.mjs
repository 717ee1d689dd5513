// Calls commands of cypress-mailpit: node cypress.mjs URL, and [[command, ...arguments], ...] as JSON on standard input.
// Prints the results as a JSON array. What the commands use of Cypress is made here of promises: its own chains are
// thenable as well.
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";

/** As Cypress does it: redirects are followed, a status that is no success fails, JSON is read. */
async function request({ method, url, qs, body }) {
  const address = new URL(url);
  for (const [name, value] of Object.entries(qs ?? {})) {
    address.searchParams.set(name, value);
  }
  const headers = body ? { "Content-Type": "application/json" } : {};
  const response = await fetch(address, { method, headers, body: body && JSON.stringify(body) });
  const content = await response.text();
  if (!response.ok) throw new Error(`${response.status}: ${content}`);
  const isJson = response.headers.get("Content-Type")?.startsWith("application/json");
  return { status: response.status, body: isJson ? JSON.parse(content) : content };
}

globalThis.Cypress = { expose: () => process.argv[2], config: () => 4000 };
globalThis.cy = { env: async () => ({}), wrap: async (value) => value, wait: sleep, request };

const { MailpitCommands } = await import("cypress-mailpit/dist/src/MailpitCommands.js");
const commands = new MailpitCommands();
const results = [];
for (const [name, ...args] of JSON.parse(await text(process.stdin))) {
  results.push(await commands[name](...args));
}
console.log(JSON.stringify(results));
