/** What the tests of the page share: a server, a browser, messages. */

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { after } from "node:test";
import { isDeepStrictEqual } from "node:util";
import { chromium } from "playwright-core";

/** @import { Browser, BrowserContextOptions, Page } from "playwright-core" */

/** A wait that is met ends at once; others are for machines that do much else. */
export const PATIENCE_MS = 30_000;

const POLL_MS = 20;

/** A running dsmtpd on an inbox of its own. */
export class Server {
  /** @type {string} With a slash at its end. */
  url = "";
  /** @type {number} */
  smtpPort = 0;
  /** Where its Maildir is. */
  maildir = "";
  /** @type {Record<string, string>} Variables that it is started with, beside those that are there. */
  environment = {};
  #options;
  /** Of the user whose server it is. */
  #folder = "";
  /** @type {import("node:child_process").ChildProcess | undefined} */
  #process;

  /** @param {string[]} options */
  constructor(options) {
    this.#options = options;
  }

  /**
   * @param {...string} options
   * @returns {Promise<Server>}
   */
  static async start(...options) {
    const server = new Server(options);
    await server.#begin(await mkdtemp(join(tmpdir(), "dsmtpd-web-")), "mail");
    return server;
  }

  /**
   * One of the same user, on another inbox; it is to be stopped, and what is left of it goes with this one.
   *
   * @param {string} place Of its Maildir: "shop/mail".
   * @param {...string} options
   * @returns {Promise<Server>}
   */
  async startBeside(place, ...options) {
    const server = new Server(options);
    await server.#begin(this.#folder, place);
    return server;
  }

  /**
   * @param {string} folder
   * @param {string} place
   */
  async #begin(folder, place) {
    process.once("exit", () => this.#process?.kill());
    this.#folder = folder;
    this.maildir = join(folder, place);
    await mkdir(dirname(this.maildir), { recursive: true });
    await this.run();
  }

  /**
   * Starts it, once more when it was stopped.
   *
   * @param {...string} options Beside those from before.
   */
  async run(...options) {
    const program = process.env.DSMTPD_BINARY ?? "../../build/dsmtpd";
    const place = ["-d", this.maildir, "-p", "0", "--http=127.0.0.1:0"];
    this.#process = spawn(program, [...place, ...this.#options, ...options], {
      // Servers of other tests, and of who runs them, are none of this user's.
      env: { ...process.env, XDG_STATE_HOME: join(this.#folder, "state"), XDG_RUNTIME_DIR: "", ...this.environment },
      stdio: ["ignore", "ignore", "pipe"],
    });
    const lines = createInterface({ input: /** @type {NodeJS.ReadableStream} */ (this.#process.stderr) });
    this.url = "";
    for await (const line of lines) {
      this.smtpPort = Number(/Starting SMTP server at .*:(\d+)/.exec(line)?.[1] ?? this.smtpPort);
      const [, url] = /Serving HTTP at (\S+)/.exec(line) ?? [];
      if (url) {
        this.url = url;
        break;
      }
    }
    if (!this.url) {
      throw new Error(`${program} ended before it served HTTP`);
    }
    // A test that fails before it can end the server ends all the same, and the server with it.
    const output = /** @type {import("node:net").Socket} */ (this.#process.stderr);
    output.resume().unref();
    this.#process.unref();
  }

  get isStopped() {
    return this.#process === undefined || this.#process.exitCode !== null || this.#process.signalCode !== null;
  }

  async stop() {
    this.#process?.ref();
    this.#process?.kill();
    if (this.#process?.exitCode === null) {
      await once(this.#process, "exit");
    }
  }

  async end() {
    await this.stop();
    await rm(this.#folder, { recursive: true });
  }

  /**
   * Puts a message in.
   *
   * @param {object} [mail] In place of what is usual; as docs/api.md has it, "Sending".
   * @returns {Promise<string>} Its ID.
   */
  async send(mail = {}) {
    const usual = {
      From: { Email: "sender@example.com", Name: "Sender" },
      To: [{ Email: "to@example.com" }],
      Text: "Hello",
    };
    const { ID } = await this.ask("POST", "api/v1/send", { ...usual, ...mail });
    return ID;
  }

  /**
   * Puts many messages in: "Mail 1" and so on.
   *
   * @param {number} count
   */
  async sendMany(count) {
    for (let i = 1; i <= count; i++) {
      await this.send({ Subject: `Mail ${i}` });
    }
  }

  /**
   * @param {string} method
   * @param {string} path
   * @param {object} [body]
   * @returns {Promise<any>}
   */
  async ask(method, path, body) {
    const response = await fetch(this.url + path, { method, body: body && JSON.stringify(body) });
    const text = await response.text();
    if (!response.ok) {
      throw new Error(`${method} ${path}: ${response.status} ${text}`);
    }
    return text === "ok" ? text : JSON.parse(text);
  }

  clear() {
    return this.ask("DELETE", "api/v1/messages");
  }
}

/**
 * Lets a server of the tests' own listen.
 *
 * @param {import("node:net").Server} listener
 * @returns {Promise<number>} Its port.
 */
export async function listen(listener) {
  listener.listen(0, "127.0.0.1");
  await once(listener, "listening");
  return /** @type {import("node:net").AddressInfo} */ (listener.address()).port;
}

/**
 * @param {...string} args Of Chromium.
 * @returns {Promise<Browser>}
 */
export function startBrowser(...args) {
  // Root, as in containers, has no sandbox; what is opened here is our own.
  return chromium.launch({
    executablePath: process.env.BROWSER,
    args: [...(process.getuid?.() === 0 ? ["--no-sandbox"] : []), ...args],
  });
}

/**
 * What the tests of a file share; both end with the last of them.
 *
 * @param {...string} options Of the server.
 * @returns {Promise<{ server: Server, browser: Browser }>}
 */
export async function startShared(...options) {
  const [server, browser] = await Promise.all([Server.start(...options), startBrowser()]);
  after(async () => {
    await browser.close();
    await server.end();
  });
  return { server, browser };
}

/** What went wrong in a page, by its own words. */
const problems = new WeakMap();

/**
 * A page; whatever its console, its policy or its scripts complain of is a problem (noProblems()).
 *
 * @param {Browser} browser
 * @param {string} url
 * @param {BrowserContextOptions} [options]
 * @returns {Promise<Page>}
 */
export async function openPage(browser, url, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
  const page = await context.newPage();
  /** @type {string[]} */
  const found = [];
  problems.set(page, found);
  page.setDefaultTimeout(PATIENCE_MS);
  page.on("pageerror", (error) => found.push(error.stack ?? error.message));
  // What the server rejects is for the page to say, and for the tests to look at.
  page.on("console", (message) => {
    if (message.type() === "error" && !message.text().includes("the server responded with a status of 4")) {
      found.push(message.text());
    }
  });
  await page.goto(url);
  return page;
}

/**
 * @param {Page} page
 * @returns {string[]}
 */
export function problemsOf(page) {
  return problems.get(page) ?? [];
}

/**
 * Waits until something is so.
 *
 * @param {() => unknown} test
 */
export async function until(test) {
  const end = Date.now() + PATIENCE_MS;
  while (!(await test())) {
    if (Date.now() > end) {
      throw new Error(`${PATIENCE_MS / 1000} s passed without ${test}`);
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

/**
 * Waits until what is read is what is expected, as the page sets a value a moment after what leads to it.
 *
 * @template Value
 * @param {() => Value | Promise<Value>} read
 * @param {Value} expected
 */
export async function untilEqual(read, expected) {
  let found = await read();
  for (const end = Date.now() + PATIENCE_MS; !isDeepStrictEqual(found, expected) && Date.now() < end;) {
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    found = await read();
  }
  assert.deepEqual(found, expected);
}
