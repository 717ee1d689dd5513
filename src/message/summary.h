#pragma once
/* What lists and searches keep of one message.
 *
 * Owns: a MailSummary owns its strings and lists.
 * Thread: any; a summary belongs to one thread at a time, or does not change any more.
 * Errors: none: of a broken mail there is as much as can be read.
 * Units and limits: SUMMARY_TEXT_BYTES_MAX bytes of text and of headers, SUMMARY_LIST_MAX entries in each list.
 * Source: RFC 5322 3.6, RFC 2047; docs/storage.md for the block in front of a message. */
#include "message/address.h"

enum { SUMMARY_TEXT_BYTES_MAX = 1024 * 1024, SUMMARY_LIST_MAX = 1000 };
enum { SUMMARY_ADDRESS_BYTES_MAX = 320 }; /* RFC 5321 4.5.3.1 */

typedef struct MailHeader {
  char *name;
  char *value; /* unfolded and decoded */
} MailHeader;

typedef enum {
  SUMMARY_FROM,
  SUMMARY_TO,
  SUMMARY_CC,
  SUMMARY_BCC,
  SUMMARY_REPLY_TO,
  SUMMARY_ADDRESSES_N
} SummaryAddresses;

/* All text is valid UTF-8; no list and, but where it says so, no string is NULL. */
typedef struct MailSummary {
  char *subject;
  char *message_id;                          /* without angle brackets; made from the content when there is none */
  gboolean has_message_id;                   /* FALSE: it was made */
  GPtrArray *references;                     /* char *, ids of the messages it answers, In-Reply-To last */
  GPtrArray *addresses[SUMMARY_ADDRESSES_N]; /* MailAddress *; BCC: envelope recipients no header names */
  GPtrArray *recipients;                     /* char *, of the envelope */
  char *return_path;                         /* of the envelope; NULL: unknown, the message has no block */
  char *username;                            /* who was logged in; "": nobody */
  gint64 date_us;                            /* of the Date header; 0: none */
  gint64 received_us;                        /* of the block, whole seconds; 0: unknown */
  guint64 size_bytes;                        /* of the message as received, without the block */
  guint n_attachments;
  guint n_inline;
  char *snippet;
  GPtrArray *tags;             /* char *, asked for by the message itself */
  GPtrArray *diagnostics;      /* char *, what a real server would object to */
  GPtrArray *attachment_names; /* char *; what follows is for the search alone, and NULL in what a list gives */
  GPtrArray *headers;          /* MailHeader * */
  char *text;
} MailSummary;

/* Empty lists and texts. */
MailSummary *mail_summary_new(void);
void mail_summary_free(MailSummary *summary);

/* Without what only the search needs. */
MailSummary *mail_summary_copy(const MailSummary *summary);

/* Who the message is for: the recipients of the envelope, or else those that To, Cc and Bcc name. A set of char *, in
 * lower case; addresses of more than SUMMARY_ADDRESS_BYTES_MAX bytes are left out. */
GHashTable *mail_summary_addressees(const MailSummary *summary);

/* What a message asks for tags with, and an inbox may ignore. */
typedef enum {
  SUMMARY_IGNORE_PLUS = 1 << 0,   /* "bob+tag@example.com" in To, Cc, Bcc or the envelope */
  SUMMARY_IGNORE_X_TAGS = 1 << 1, /* "X-Tags: a, b" */
} SummaryIgnored;

/* Reads a message as stored: with its block, if it has one. */
MailSummary *mail_summary_read(GBytes *bytes, SummaryIgnored ignored);

/* Reads a message piece by piece, in no more memory than message/condense.h says. Of a message longer than
 * CONDENSE_HEAD_BYTES, less of its text is kept. */
typedef struct SummaryReader SummaryReader;

SummaryReader *summary_reader_new(SummaryIgnored ignored);
void summary_reader_free(SummaryReader *reader);
void summary_reader_feed(SummaryReader *reader, const char *bytes, gsize n_bytes);

/* Once, when the message has ended. The caller frees. */
MailSummary *summary_reader_end(SummaryReader *reader);

/* Frees what only the search needs. */
void mail_summary_drop_text(MailSummary *summary);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(MailSummary, mail_summary_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SummaryReader, summary_reader_free)
