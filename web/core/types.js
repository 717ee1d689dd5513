/**
 * What the API sends, as docs/api.md and openapi.json have it.
 *
 * @typedef {{ Name: string, Address: string }} Address
 *
 * @typedef {object} Summary A mail in a list.
 * @property {string} ID
 * @property {string} MessageID
 * @property {Address} From
 * @property {Address[]} To
 * @property {Address[]} Cc
 * @property {Address[]} Bcc
 * @property {Address[]} ReplyTo
 * @property {string} Subject
 * @property {string[]} Tags
 * @property {string} Username Who was logged in.
 * @property {number} Size In octets.
 * @property {boolean} Read
 * @property {boolean} Flagged
 * @property {string} Created When it was received: "2026-01-31T13:45:00.123Z".
 * @property {number} Attachments How many.
 * @property {string} Snippet
 * @property {number} [ThreadCount] Mails of its conversation, where one of each is listed.
 *
 * @typedef {object} MailPage A page of a list.
 * @property {number} total Of all mails.
 * @property {number} unread Of all mails.
 * @property {number} messages_count Of those that match.
 * @property {number} messages_unread Of those that match.
 * @property {number} start
 * @property {string[]} tags All there are.
 * @property {Summary[]} messages
 *
 * @typedef {{ ID: string, Read: boolean, Flagged: boolean, Tags: string[] }} Change
 *
 * @typedef {{ Total: number, Unread: number, Flagged: number }} Totals Of the whole inbox.
 *
 * @typedef {{ Read?: boolean, Flagged?: boolean }} Marks
 *
 * @typedef {object} Attachment
 * @property {string} PartID
 * @property {string} FileName
 * @property {string} ContentType
 * @property {string} ContentID
 * @property {number} Size In octets.
 * @property {{ MD5: string, SHA1: string, SHA256: string }} Checksums
 *
 * @typedef {object} Message A whole mail.
 * @property {string} ID
 * @property {string} MessageID
 * @property {Address} From
 * @property {Address[]} To
 * @property {Address[]} Cc
 * @property {Address[]} Bcc
 * @property {Address[]} ReplyTo
 * @property {string} ReturnPath
 * @property {string} Subject
 * @property {{ Header: string, Links: string[], Errors: string, HeaderPost: string }} ListUnsubscribe
 * @property {string} Date
 * @property {string[]} Tags
 * @property {string} Username
 * @property {string} Text
 * @property {string} HTML
 * @property {number} Size In octets.
 * @property {boolean} Read
 * @property {boolean} Flagged
 * @property {Attachment[]} Inline
 * @property {Attachment[]} Attachments
 *
 * @typedef {{ Address: string, Messages: number, Unread: number }} Recipient
 *
 * @typedef {{ Host: string, Port: number, Security: "none" | "starttls" | "tls" }} SmtpServer
 *
 * @typedef {object} Info
 * @property {string} Version
 * @property {string} Database Where the mails are.
 * @property {number} DatabaseSize In octets.
 * @property {number} Messages
 * @property {number} Unread
 * @property {number} Flagged
 * @property {Record<string, number>} Tags
 * @property {{ Uptime: number, Memory: number, SMTPAccepted: number, SMTPRejected: number }} RuntimeStats Uptime in seconds.
 * @property {SmtpServer[]} SMTPServers
 *
 * @typedef {object} Inbox One that a server of this user has open.
 * @property {string} Name
 * @property {string | null} Path Of its Maildir.
 * @property {string | null} URL Of its page.
 * @property {boolean} Current It is this one.
 *
 * @typedef {object} InboxList
 * @property {Inbox[]} Inboxes
 * @property {boolean} Complete Not so: the others are told on their machine only.
 */

export {};
