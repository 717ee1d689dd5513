#pragma once
/* What changes the index: statements over its tables that keep them, its totals and the searchable text in step.
 *
 * Owns: a connection, its statements, the transaction under way.
 * Thread: the updater's.
 * Errors: INBOX_ERROR; the transaction is then of no use: index_write_rollback().
 * Units and limits: a transaction is as long as its caller makes it.
 * Source: docs/storage.md, "The index". */
#include "base/found.h"
#include "inbox/event.h"
#include "inbox/report.h"
#include "index/index_file.h"
#include "index/index_uids.h"
#include "maildir/mail_file.h"
#include "syntax/search_query.h"

typedef struct IndexWriter IndexWriter;

/* Where a message of the index lies, and what is to be known to change it. */
typedef struct IndexEntry {
  gint64 seq;
  char *id;
  gboolean is_sound; /* FALSE: the row is not of our making, and `file` has no name: it can only be removed */
  MailFile file;
  gboolean is_read;
  gboolean is_flagged;
  guint64 size_bytes;
  guint32 uid;
} IndexEntry;

void index_entry_clear(IndexEntry *entry);

/* `list` is borrowed. */
IndexWriter *index_write_open(IndexFile *file, UidList *list, GError **error);
void index_write_close(IndexWriter *writer);

/* Begins a transaction where none is under way. */
gboolean index_write_begin(IndexWriter *writer, GError **error);
gboolean index_write_commit(IndexWriter *writer, GError **error);
void index_write_rollback(IndexWriter *writer);
gboolean index_write_is_open(const IndexWriter *writer);

/* Whether there is anything in the transaction. */
gboolean index_write_has_changes(const IndexWriter *writer);

/* With the transaction under way. Lent. */
const InboxTotals *index_write_totals(const IndexWriter *writer);

/* By the API's id. */
Found index_write_find(IndexWriter *writer, const char *id, IndexEntry *out_entry, GError **error);

/* The messages found by a query, NULL for all, that meet a condition of SQL over `mail`, NULL for none: gint64 seq, in
 * their order. */
GArray *index_write_select(IndexWriter *writer, const SearchQuery *query, const char *condition, GError **error);
Found index_write_get(IndexWriter *writer, gint64 seq, IndexEntry *out_entry, GError **error);

/* Adds a message under mail->cursor, or the next that is free, which is then mail->cursor; sets mail->thread, and
 * mail->uid and mail->tags, unless it has a UID. `number` is that of its arrival. */
gboolean index_write_add(IndexWriter *writer, InboxMail *mail, const MailFile *file, guint64 number, GError **error);

/* The message has changed with this number; with `tags`, these. */
gboolean index_write_touch(IndexWriter *writer, gint64 seq, guint64 number, GError **error);
gboolean index_write_tagged(IndexWriter *writer, gint64 seq, GError **error);

/* Keeps an event that leaves no message behind. */
gboolean index_write_past(IndexWriter *writer, const InboxEvent *event, guint32 uid, GError **error);

/* Which numbers and UIDs are given. Lent. */
IndexUids *index_write_uids(IndexWriter *writer);

/* The file has another place or name now, and with it the flags the entry is given. */
gboolean index_write_move(IndexWriter *writer, IndexEntry *entry, const MailFile *file, GError **error);

/* Keeps what was said when a message came, as long as the message; of no account when there is none of this id. */
gboolean index_write_keep_transcript(IndexWriter *writer, const char *id, const char *said, GError **error);

gboolean index_write_remove(IndexWriter *writer, const IndexEntry *entry, GError **error);

/* Removes all messages, and their tags. */
gboolean index_write_clear(IndexWriter *writer, GError **error);

/* What a list would give of it; the caller unrefs. */
Found index_write_view(IndexWriter *writer, gint64 seq, InboxMail **out_mail, GError **error);

/* Counts the messages again, for totals that are not known to be right: within the transaction under way. DAMAGED: what
 * is counted cannot be. */
gboolean index_write_recount(IndexWriter *writer, GError **error);

/* Does some of what can be done later, in the transaction under way. */
gboolean index_write_tend(IndexWriter *writer, gboolean *out_done, GError **error);

sqlite3 *index_write_db(IndexWriter *writer);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(IndexWriter, index_write_close)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(IndexEntry, index_entry_clear)
