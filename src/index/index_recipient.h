#pragma once
/* The recipients of the messages in the index: who they are, and how many messages each has.
 *
 * Owns: an IndexRecipients its statements; the connection is borrowed.
 * Thread: the updater's; index_recipients_list() that of its connection. Transactions are the caller's.
 * Errors: INBOX_ERROR.
 * Units and limits: those of mail_summary_addressees(). A list has at most INBOX_RECIPIENTS_MAX.
 * Source: docs/storage.md, "The index". */
#include "inbox/page.h"
#include <glib.h>
#include <sqlite3.h>

typedef struct IndexRecipients IndexRecipients;

extern const char index_recipient_schema[];

IndexRecipients *index_recipients_new(sqlite3 *db, GError **error);
void index_recipients_free(IndexRecipients *recipients);

/* Counts a message for its recipients, mail_summary_addressees(). */
gboolean index_recipients_add(IndexRecipients *recipients, gint64 seq, const MailSummary *summary, gboolean is_read,
                              GError **error);

/* It is unread no longer, or again. */
gboolean index_recipients_mark(IndexRecipients *recipients, gint64 seq, gboolean is_read, GError **error);

/* A recipient without any message goes, too. */
gboolean index_recipients_remove(IndexRecipients *recipients, gint64 seq, gboolean was_read, GError **error);

/* `text`: what the address contains, in any case; NULL for all. The caller clears the page. */
gboolean index_recipients_list(sqlite3 *db, const char *text, guint64 start, guint64 limit,
                               InboxRecipientPage *out_page, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(IndexRecipients, index_recipients_free)
