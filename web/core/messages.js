/** All that the page says, in one table, ready for other languages. */

/**
 * `{name}` is a place for a value. What depends on a number has a text for each plural form of the language.
 *
 * @type {Record<string, string | Partial<Record<Intl.LDMLPluralRule, string>>>}
 */
const ENGLISH = {
  "app.name": "dsmtpd",
  "app.title": "{place} · {inbox}",
  "app.titleUnread": "({unread}) {place} · {inbox}",
  "app.titleInbox": "{inbox} · dsmtpd",
  "app.heading": "Mails caught by dsmtpd",
  "app.skip": "Skip to the mails",

  "bar.menu": "Folders and tags",
  "bar.theme": "Dark or light",
  "bar.keys": "Keys",
  "bar.online": "Connected: new mails appear by themselves",
  "bar.unread": "Unread",
  "bar.offline": "The server cannot be reached",
  "bar.notify": "Notify me of new mails",
  "bar.notifyStop": "No more notifications",

  "banner.offline":
    "The server cannot be reached. What is here may be old; it goes on by itself when the server is back.",
  "banner.updated": "The server has a newer page.",
  "banner.reload": "Load it",

  "side.label": "Folders",
  "side.switch": "Go to another inbox",
  "side.inbox": "Inbox",
  "side.unread": "Unread",
  "side.flagged": "Flagged",
  "side.attachments": "With attachments",
  "side.attempts": "Refused",
  "side.saved": "Searches",
  "side.tags": "Tags",
  "side.recipients": "Recipients",
  "side.forget": "Forget the search {name}",

  "search.label": "Search mails",
  "search.placeholder": "Search mails",
  "search.clear": "Clear the search",
  "search.save": "Save this search",
  "search.saved": "Saved: it is among the searches at the side",
  "search.suggestions": "Suggestions",
  "search.error": "Not understood: {message}",
  "search.wrong": "This search cannot be understood.",
  "search.asText": "Look for the text {text}",

  "term.from": "in From",
  "term.to": "in To",
  "term.cc": "in Cc",
  "term.bcc": "in Bcc, or of the envelope alone",
  "term.reply-to": "in Reply-To",
  "term.addressed": "in any address",
  "term.rcpt": "among the envelope's recipients",
  "term.subject": "in the subject",
  "term.body": "in the text",
  "term.message-id": "in the Message-ID",
  "term.header": "a header, or Name=text in it",
  "term.tag": "with this tag",
  "term.thread": "of the conversation of this mail",
  "term.before": "received before 2026-01-31",
  "term.after": "received since 2026-01-31",
  "term.larger": "larger than 20k, 1.5M",
  "term.smaller": "smaller than 20k, 1.5M",
  "term.is:unread": "not read yet",
  "term.is:read": "read",
  "term.is:flagged": "flagged",
  "term.is:unflagged": "not flagged",
  "term.is:newest": "the newest of its conversation",
  "term.is:tagged": "with any tag",
  "term.is:untagged": "without tags",
  "term.has:attachment": "with attachments",
  "term.has:inline": "with inline parts",

  "list.label": "Mails",
  "list.count": { one: "{count} mail", other: "{count} mails" },
  "list.loading": "Loading…",
  "list.new": { one: "{count} new mail", other: "{count} new mails" },
  "list.noSubject": "(no subject)",
  "list.noSender": "(no sender)",
  "list.noRecipient": "(no recipient)",
  "list.to": "to {name}",
  "list.unread": "unread",
  "list.attachments": { one: "{count} attachment", other: "{count} attachments" },
  "list.select": "Select",
  "list.flag": "Flag",
  "list.thread": { one: "Show the conversation of {count} mail", other: "Show the conversation of {count} mails" },
  "list.threads": "One mail for each conversation",
  "list.age": "Show how long ago, or when",
  "list.nothingFound": "No mail matches this search.",
  "list.nothingUnread": "All mails are read.",
  "list.nothingFlagged": "No mail is flagged.",
  "list.showAll": "Show all mails",
  "list.failed": "The mails could not be listed: {message}",
  "list.retry": "Try again",

  "bulk.label": "With what is selected",
  "bulk.selected": { one: "{count} selected", other: "{count} selected" },
  "bulk.all": "Select all {count}",
  "bulk.loaded": "Select all",
  "bulk.none": "Select none",
  "bulk.read": "Mark as read",
  "bulk.unread": "Mark as unread",
  "bulk.flag": "Flag",
  "bulk.tag": "Tags",
  "bulk.delete": "Delete",

  "tags.label": "Tags of the selected mails",
  "tags.new": "New tag",
  "tags.add": "Add",
  "tags.hint": "Letters, digits, spaces and . _ @ -",

  "done.read": { one: "{count} mail marked as read", other: "{count} mails marked as read" },
  "done.unread": { one: "{count} mail marked as unread", other: "{count} mails marked as unread" },
  "done.flagged": { one: "{count} mail flagged", other: "{count} mails flagged" },
  "done.unflagged": { one: "{count} flag removed", other: "{count} flags removed" },
  "done.tagged": { one: "{count} mail tagged {tag}", other: "{count} mails tagged {tag}" },
  "done.untagged": { one: "{tag} taken off {count} mail", other: "{tag} taken off {count} mails" },
  "done.deleted": { one: "{count} mail deleted", other: "{count} mails deleted" },
  "done.undo": "Undo",
  "done.failed": "That failed: {message}",
  "done.close": "Close",
  "done.sent": "A test mail is on its way",

  "mail.label": "Mail",
  "mail.back": "Back to the list",
  "mail.newer": "Newer mail",
  "mail.older": "Older mail",
  "mail.from": "From",
  "mail.to": "To",
  "mail.cc": "Cc",
  "mail.bcc": "Bcc",

  "keys.title": "Keys",
  "keys.close": "Close",
  "keys.down": "Next mail",
  "keys.up": "Previous mail",
  "keys.open": "Open",
  "keys.back": "Back to the list",
  "keys.select": "Select",
  "keys.selectAll": "Select all",
  "keys.selectNone": "Select none",
  "keys.done": "Mark as read and go on",
  "keys.read": "Mark as read",
  "keys.unread": "Mark as unread",
  "keys.flag": "Flag",
  "keys.delete": "Delete",
  "keys.tag": "Tags",
  "keys.undo": "Undo",
  "keys.search": "Search",
  "keys.goInbox": "Go to the inbox",
  "keys.goOther": "Go to another inbox",
  "keys.goUnread": "Go to the unread mails",
  "keys.goFlagged": "Go to the flagged mails",
  "keys.goAttempts": "Go to what was refused",
  "keys.help": "Show the keys",
  "keys.group.move": "Moving",
  "keys.group.act": "Doing",
  "keys.group.go": "Going",
  "keys.group.mail": "In a mail",

  "copyable.copy": "Copy",
  "copyable.copied": "Copied",

  "first.title": "Waiting for the first mail",
  "first.lead":
    "Point your application at {host}, port {port}. Whatever it sends appears here at once; nothing leaves this machine.",
  "first.tls": "This server asks for STARTTLS where the client can do it.",
  "first.send": "Send a test mail",
  "first.how": "How to send",
  "first.testSubject": "It works",
  "first.testText":
    "This mail was put in by the page, as if it had come by SMTP.\n\nYour application sends to {host}, port {port}.\n",

  "time.now": "now",
  "notify.title": { one: "{count} new mail", other: "{count} new mails" },
};

/**
 * Adds the texts of a part of the page that is loaded later.
 *
 * @param {typeof ENGLISH} texts
 */
export function addTexts(texts) {
  Object.assign(ENGLISH, texts);
}

const plurals = new Intl.PluralRules("en");

/**
 * The text of this name, with the values in its places. `count` chooses the plural form, too, and is written "1,234".
 *
 * @param {string} name
 * @param {Record<string, string | number>} [values]
 * @returns {string}
 */
export function say(name, values = {}) {
  const entry = ENGLISH[name];
  if (entry === undefined) {
    throw new Error(`there is no text ${name}`);
  }
  const text =
    typeof entry === "string" ? entry : (entry[plurals.select(Number(values.count ?? 0))] ?? entry.other ?? "");
  return text.replaceAll(/\{(\w+)\}/g, (whole, key) => {
    const value = values[key];
    return value === undefined ? whole : typeof value === "number" ? value.toLocaleString("en") : value;
  });
}
