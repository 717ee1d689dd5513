#pragma once
/* The index and the file of UIDs and tags, kept in step: what the file says of messages that the index does not know
 * yet waits in a table, and the file can be written again from the index.
 *
 * Owns: the tables uid_known and uid_list; the file is borrowed.
 * Thread: the updater's.
 * Errors: INBOX_ERROR from the database. What cannot be written to the file is told by a notice.
 * Source: docs/storage.md, "UIDs, tags and change numbers". */
#include "maildir/uidlist.h"
#include <sqlite3.h>

extern const char index_uids_schema[];

typedef struct IndexUids IndexUids;

/* In a transaction under way. `old_tags`: ids -> GPtrArray of char *, of an older index; NULL: none. */
IndexUids *index_uids_new(sqlite3 *db, UidList *list, GHashTable *old_tags, GError **error);
void index_uids_free(IndexUids *uids);

/* What a message has that is added now. `*out_tags` NULL: those it asks for itself. The caller unrefs them. */
gboolean index_uids_assign(IndexUids *uids, const char *id, guint32 *out_uid, GPtrArray **out_tags, GError **error);

/* All messages are in the index: what the file says of others is of no use. */
gboolean index_uids_settle(IndexUids *uids, GError **error);

/* A message is gone, or has other tags from now on. */
void index_uids_remove(IndexUids *uids, guint32 uid);
gboolean index_uids_tag(IndexUids *uids, gint64 seq, GError **error);
void index_uids_clear(IndexUids *uids);

/* The number of the change that is made now. */
guint64 index_uids_next_number(IndexUids *uids);

/* That of a message delivered with `cursor`, which is it where no later one was told. */
guint64 index_uids_arrival_number(IndexUids *uids, guint64 cursor);

/* The last number of the transaction under way. */
guint64 index_uids_last_number(const IndexUids *uids);

/* What happened before is no longer known. */
void index_uids_raise_since(IndexUids *uids, guint64 since);

/* TRUE: what was before the index was made is not known. */
gboolean index_uids_is_fresh(const IndexUids *uids);

/* Brings the file to where the transaction is, which is about to be committed. */
gboolean index_uids_commit(IndexUids *uids, guint64 n_messages, GError **error);
void index_uids_rollback(IndexUids *uids);

/* For when there is time. */
void index_uids_tend(IndexUids *uids);

/* For people; NULL: nothing. The caller frees. */
char *index_uids_take_notice(IndexUids *uids);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(IndexUids, index_uids_free)
