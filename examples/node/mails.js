/** Asks dsmtpd for mails. */

const API = new URL("api/v1/", `${process.env.DSMTPD_URL?.replace(/\/?$/, "/")}`);

/** @param {string} path @param {Record<string, string>} [query] */
async function ask(path, query = {}) {
  const answer = await fetch(new URL(`${path}?${new URLSearchParams(query)}`, API));
  if (!answer.ok) {
    throw new Error(`${answer.url}: ${answer.status} ${await answer.text()}`);
  }
  return answer.json();
}

/** @returns {Promise<string>} The place that is now: mails that come from now on are behind it. */
export async function cursor() {
  return String((await ask("messages", { limit: "1" })).cursor);
}

/**
 * Waits for a mail behind a place.
 *
 * @param {string} query
 * @param {string} after
 * @returns {Promise<string>} The link in it that is to be followed.
 */
export async function waitForLink(query, after) {
  const [mail] = (await ask("wait", { query, after, timeout: "10" })).messages;
  const { Codes: codes } = await ask(`message/${mail.ID}/codes`);
  return codes.find((code) => code.Kind === "link").Value;
}
