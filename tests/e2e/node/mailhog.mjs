// Calls MailHog's client: node mailhog.mjs PORT BASE_PATH, with [[method, ...arguments], ...] as JSON on standard input.
// Prints the results as a JSON array; those of mails have the client's own readings too.
import { text } from "node:stream/consumers";
import mailhog from "mailhog";

const [port, basePath] = process.argv.slice(2);
const client = mailhog({ host: "127.0.0.1", port: Number(port), basePath });
const readings = ["text", "html", "subject", "from", "to", "cc", "bcc", "replyTo", "date", "deliveryDate", "attachments"];

/** The client's readings are not enumerable, so JSON would leave them out. */
function read(mail) {
  const read = readings.map((name) => [name, mail[name]]);
  return { ...mail, read: Object.fromEntries(read) };
}

const results = [];
for (const [method, ...args] of JSON.parse(await text(process.stdin))) {
  const result = await client[method](...args);
  if (result?.items) results.push({ ...result, items: result.items.map(read) });
  else if (result?.ID) results.push(read(result));
  else results.push(result?.statusCode ?? result);
}
console.log(JSON.stringify(results));
