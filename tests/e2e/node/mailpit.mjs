// Calls methods of mailpit-api's client: node mailpit.mjs URL, and [[method, ...arguments], ...] as JSON on standard
// input. Prints the results as JSON, one a call: {value}, or {error} when it threw.
import { text } from "node:stream/consumers";
import { MailpitClient } from "mailpit-api";

const client = new MailpitClient(process.argv[2]);

/** What a call gave, as JSON can say it. */
async function call([method, ...parameters]) {
  try {
    const value = await client[method](...parameters);
    return { value: value instanceof Blob ? { type: value.type, size: value.size } : value };
  } catch (error) {
    return { error: String(error) };
  }
}

const results = [];
for (const wanted of JSON.parse(await text(process.stdin))) {
  results.push(await call(wanted));
}
console.log(JSON.stringify(results));
