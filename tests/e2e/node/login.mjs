// Logs in and sends a mail: node login.mjs PORT METHOD, and {auth} for createTransport() as JSON on standard input.
import { text } from "node:stream/consumers";
import nodemailer from "nodemailer";

const [port, authMethod] = process.argv.slice(2);
const auth = JSON.parse(await text(process.stdin));
const transport = nodemailer.createTransport({ host: "127.0.0.1", port: Number(port), ignoreTLS: true, authMethod, auth });
const sent = await transport.sendMail({ from: "a@example.com", to: "b@example.com", subject: "login", text: "hello" });
console.log(sent.response);
transport.close();
