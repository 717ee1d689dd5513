// Sends the mail that arrives as JSON on standard input: node send.mjs PORT, and {mail} for sendMail().
import { text } from "node:stream/consumers";
import nodemailer from "nodemailer";

const transport = nodemailer.createTransport({ host: "127.0.0.1", port: Number(process.argv[2]), secure: false });
const sent = await transport.sendMail(JSON.parse(await text(process.stdin)));
console.log(sent.response);
transport.close();
