// Sends the mail that arrives as JSON on standard input: node send.mjs PORT [MODE], and {mail} for sendMail().
// MODE is "starttls", which insists on it, "tls" for a port that begins with it, or nothing for plain text.
import { text } from "node:stream/consumers";
import nodemailer from "nodemailer";

const [port, mode] = process.argv.slice(2);
const transport = nodemailer.createTransport({
  host: "127.0.0.1",
  port: Number(port),
  secure: mode === "tls",
  requireTLS: mode === "starttls",
  ignoreTLS: mode === undefined,
});
const sent = await transport.sendMail(JSON.parse(await text(process.stdin)));
console.log(sent.response);
transport.close();
