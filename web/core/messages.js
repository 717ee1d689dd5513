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
  "app.heading": "Messages caught by dsmtpd",
  "app.skip": "Skip to the messages",

  "bar.menu": "Views and tags",
  "bar.online": "Connected: new messages appear at once",
  "bar.offline": "Not connected to the server",

  "bar.live": "Live",
  "bar.gone": "Offline",
  "bar.help": "Help",
  "bar.unread": "Unread",

  "banner.offline": "The server is not reachable. What is shown may be out of date; the page reconnects by itself.",
  "banner.updated": "A new version is available.",
  "banner.reload": "Reload",

  "side.label": "Views",
  "side.switch": "Go to another inbox",
  "side.inbox": "Inbox",
  "side.unread": "Unread",
  "side.flagged": "Flagged",
  "side.attachments": "With attachments",
  "side.attempts": "Rejected",
  "side.saved": "Searches",
  "side.tags": "Tags",
  "side.editTag": "Rename or delete the tag {tag}",
  "side.recipients": "Recipients",
  "side.filter": "Filter recipients",
  "side.all": "Show all {count}",
  "side.some": "The first {count} are shown.",
  "side.nobody": "No recipients match.",
  "side.forget": "Remove the search {name}",

  "search.label": "Search messages",
  "search.placeholder": "Search messages",
  "search.clear": "Clear the search",
  "search.save": "Save this search",
  "search.saved": "Saved under Searches",
  "search.suggestions": "Suggestions",
  "search.error": "Invalid search: {message}",
  "search.asText": "Search for the text {text}",

  "list.label": "Messages",
  "list.count": { one: "{count} message", other: "{count} messages" },
  "list.threadCount": { one: "{count} conversation", other: "{count} conversations" },
  "list.loading": "Loading…",
  "list.new": { one: "{count} new message", other: "{count} new messages" },
  "list.noSubject": "(no subject)",
  "list.noSender": "(no sender)",
  "list.noRecipient": "(no recipient)",
  "list.to": "to {name}",
  "list.unread": "unread",
  "list.attachments": { one: "{count} attachment", other: "{count} attachments" },
  "list.select": "Select",
  "list.flag": "Flag",
  "list.thread": {
    one: "Show the conversation of {count} message",
    other: "Show the conversation of {count} messages",
  },
  "list.threads": "Group by conversation",
  "list.nothingFound": "No messages match this search.",
  "list.nothingUnread": "All messages are read.",
  "list.nothingFlagged": "No messages are flagged.",
  "list.showAll": "Show all messages",
  "list.failed": "Could not list the messages: {message}",
  "list.hide": "Hide the list",
  "list.retry": "Try again",

  "bulk.label": "Selection actions",
  "bulk.selected": { one: "{count} selected", other: "{count} selected" },
  "bulk.all": "Select all {count}",
  "bulk.loaded": "Select all",
  "bulk.none": "Select none",
  "bulk.read": "Mark as read",
  "bulk.unread": "Mark as unread",
  "bulk.flag": "Flag",
  "bulk.tag": "Tags",
  "bulk.delete": "Delete",
  "bulk.clear": "Clear inbox",
  "bulk.clearFound": "Delete all {count}",
  "bulk.allRead": "Mark all read",

  "done.read": { one: "{count} message marked as read", other: "{count} messages marked as read" },
  "done.unread": { one: "{count} message marked as unread", other: "{count} messages marked as unread" },
  "done.flagged": { one: "{count} message flagged", other: "{count} messages flagged" },
  "done.unflagged": { one: "{count} flag removed", other: "{count} flags removed" },
  "done.tagged": { one: "{count} message tagged {tag}", other: "{count} messages tagged {tag}" },
  "done.untagged": { one: "{tag} removed from {count} message", other: "{tag} removed from {count} messages" },
  "done.deleted": { one: "{count} message deleted", other: "{count} messages deleted" },
  "done.undo": "Undo",
  "done.failed": "Failed: {message}",
  "done.close": "Close",
  "done.sent": "Sending a test message",

  "mail.label": "Message",
  "mail.back": "Back to the list",
  "mail.showList": "Show the list",
  "mail.newer": "Newer message",
  "mail.older": "Older message",
  "mail.from": "From",
  "mail.to": "To",
  "mail.cc": "Cc",
  "mail.bcc": "Bcc",

  "copyable.copy": "Copy",
  "copyable.copied": "Copied",

  "time.now": "now",
  "time.minutes": "{count}m",
  "notify.title": { one: "{count} new message", other: "{count} new messages" },
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
