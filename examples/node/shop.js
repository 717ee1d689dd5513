/** A sign-up that sends a link by mail. */

import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import { text } from "node:stream/consumers";
import nodemailer from "nodemailer";

const FORM = '<form method="post"><input name="email" type="email"><button>Sign up</button></form>';

/** @returns {import("node:http").Server} Of /, where people sign up, and /confirm, where the link leads. */
export function createShop() {
  const transport = nodemailer.createTransport({ host: process.env.SMTP_HOST, port: Number(process.env.SMTP_PORT) });
  /** @type {Map<string, string>} The addresses, by token. */
  const addresses = new Map();

  /** @param {string} to @param {string} host */
  async function sendLink(to, host) {
    const token = randomUUID();
    addresses.set(token, to);
    const link = `http://${host}/confirm?token=${token}`;
    const html = `<p>Welcome! Please <a href="${link}">confirm your address</a>.</p>`;
    await transport.sendMail({ from: "shop@example.com", to, subject: "Welcome to the shop", html });
  }

  /** @param {import("node:http").IncomingMessage} request */
  async function answer(request) {
    const url = new URL(request.url ?? "/", `http://${request.headers.host}`);
    if (url.pathname === "/confirm") {
      const address = addresses.get(url.searchParams.get("token") ?? "");
      return address ? `<h1>Welcome, ${address}!</h1>` : "<h1>That is not the link.</h1>";
    }
    if (request.method !== "POST") {
      return FORM;
    }
    const form = new URLSearchParams(await text(request));
    await sendLink(form.get("email") ?? "", url.host);
    return "<h1>We have sent you a link.</h1>";
  }

  return createServer(async (request, response) => {
    response.setHeader("Content-Type", "text/html; charset=utf-8");
    try {
      response.end(await answer(request));
    } catch (error) {
      response.writeHead(500).end(String(error));
    }
  });
}
