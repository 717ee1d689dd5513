/** What header fields mean, and which document says so. Names in lower case. */

/** @type {Record<string, [text: string, source: string]>} */
const HELP = {
  "arc-authentication-results": [
    "What a forwarder found by SPF, DKIM and DMARC before it changed the message",
    "RFC 8617 4.1.1",
  ],
  "arc-message-signature": ["A forwarder's signature of the message as it was passed on", "RFC 8617 4.1.2"],
  "arc-seal": ["A forwarder's signature of the ARC fields so far", "RFC 8617 4.1.3"],
  "authentication-results": ["Results of SPF, DKIM and DMARC at the receiving server", "RFC 8601 2"],
  "auto-submitted": ["Written by a program; keeps auto-responders from answering", "RFC 3834 5"],
  bcc: ["Hidden recipients; must not be in a message that is sent", "RFC 5322 3.6.3"],
  cc: ["Recipients of a copy", "RFC 5322 3.6.3"],
  comments: ["Remarks about the message", "RFC 5322 3.6.5"],
  "content-description": ["Description of the part", "RFC 2045 8"],
  "content-disposition": ["Whether the part is shown or is a file, and the file's name", "RFC 2183 2"],
  "content-id": ["Identifier by which other parts refer to this one (cid:)", "RFC 2392 2"],
  "content-language": ["Language of the text", "RFC 3282 2"],
  "content-location": ["URL of the part's origin", "RFC 2557 4"],
  "content-transfer-encoding": ["Encoding used for transfer", "RFC 2045 6"],
  "content-type": ["Type of the content, and the character set of text", "RFC 2045 5"],
  date: ["When the author finished the message", "RFC 5322 3.6.1"],
  "delivered-to": ["Address it was delivered to; used to detect loops", "RFC 9228 2"],
  "disposition-notification-to": ["Who asks for a read receipt", "RFC 8098 2.1"],
  "dkim-signature": ["A domain's signature of the body and of the fields it names", "RFC 6376 3.5"],
  encrypted: ["How the message is encrypted; obsolete", "RFC 822 4.7.3"],
  "errors-to": ["Where to send bounces; not a standard, the envelope decides", "RFC 2076 3.5"],
  "feedback-id": ["Label by which a sender groups spam complaints", "Gmail, Feedback Loop"],
  from: ["The author; readers see this address, and DMARC authenticates its domain", "RFC 5322 3.6.2"],
  importance: ["Importance to the author: high, normal or low", "RFC 2156 5.3.4"],
  "in-reply-to": ["The message this one answers", "RFC 5322 3.6.4"],
  keywords: ["Keywords", "RFC 5322 3.6.5"],
  "list-archive": ["Archive of the mailing list", "RFC 2369 3.6"],
  "list-help": ["Help for the mailing list", "RFC 2369 3.1"],
  "list-id": ["Identifier of the mailing list", "RFC 2919 2"],
  "list-owner": ["Owner of the mailing list", "RFC 2369 3.5"],
  "list-post": ["Where to post to the mailing list", "RFC 2369 3.4"],
  "list-subscribe": ["How to subscribe to the mailing list", "RFC 2369 3.3"],
  "list-unsubscribe": ["How to unsubscribe; mail programs turn it into a button", "RFC 2369 3.2"],
  "list-unsubscribe-post": ["One click is enough to unsubscribe", "RFC 8058 3.1"],
  "message-id": ["Globally unique identifier of this message", "RFC 5322 3.6.4"],
  "mime-version": ["The message uses MIME: parts, types and character sets", "RFC 2045 4"],
  organization: ["The author's organization", "RFC 5536 3.2.8"],
  precedence: ["bulk or list: not to be answered automatically; not a standard", "RFC 2076 3.9"],
  priority: ["Urgency: normal, urgent or non-urgent", "RFC 2156 5.3.6"],
  received: ["One per server: from where, how and when it received the message; the latest is first", "RFC 5321 4.4"],
  "received-spf": ["SPF result for the sending server", "RFC 7208 9.1"],
  references: ["The conversation so far, oldest message first", "RFC 5322 3.6.4"],
  "reply-to": ["Where replies go, instead of From", "RFC 5322 3.6.2"],
  "resent-date": ["When the message was resent unchanged", "RFC 5322 3.6.6"],
  "resent-from": ["Who resent the message unchanged", "RFC 5322 3.6.6"],
  "resent-to": ["To whom the message was resent", "RFC 5322 3.6.6"],
  "return-path": ["The envelope's sender, which receives bounces; added by the last server", "RFC 5321 4.4"],
  sender: ["Who sent the message on behalf of the author", "RFC 5322 3.6.2"],
  sensitivity: ["Confidentiality", "RFC 2156 5.3.7"],
  subject: ["Topic of the message", "RFC 5322 3.6.5"],
  "thread-index": ["Outlook's identifier of the conversation", "MS-OXOMSG 2.2.1.3"],
  "thread-topic": ["Outlook's subject of the conversation", "MS-OXOMSG 2.2.1.5"],
  to: ["Primary recipients", "RFC 5322 3.6.3"],
  "tls-required": ["No: deliver without TLS rather than not at all", "RFC 8689 5"],
  "user-agent": ["The program that wrote the message", "RFC 5536 3.2.13"],
  "x-mailer": ["The program that wrote the message; not a standard", "RFC 2076 3.4"],
  "x-ms-exchange-organization-scl": ["Exchange's spam confidence level, -1 to 9", "Microsoft"],
  "x-originating-ip": ["IP address of the author's machine; not a standard", "usual"],
  "x-priority": ["1 is high, 3 normal, 5 low; not a standard", "RFC 2156 5.3.6"],
  "x-spam-flag": ["YES: SpamAssassin classified the message as spam", "SpamAssassin"],
  "x-spam-status": ["SpamAssassin's result", "SpamAssassin"],
  "x-tags": ["Tags that dsmtpd adds to the message", "dsmtpd"],
};

/**
 * @param {string} name
 * @returns {[text: string, source: string] | null}
 */
export function helpOf(name) {
  const lower = name.toLowerCase();
  return Object.hasOwn(HELP, lower) ? HELP[lower] : null;
}
