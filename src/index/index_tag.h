#pragma once
/* Tags of messages in the index.
 *
 * Owns: nothing; the connection is lent.
 * Thread: the updater's. Transactions are the caller's.
 * Errors: INBOX_ERROR; NOT_FOUND and EXISTS for names of tags.
 * Units and limits: those of inbox/change.h. */
#include "inbox/change.h"
#include <sqlite3.h>

/* Puts tags, cleaned, in place of those a message has. Tags no message has any more go. */
gboolean index_tag_set(sqlite3 *db, gint64 seq, const GPtrArray *tags, GError **error);

/* Adds tags, cleaned, to those a message has, as long as it has fewer than INBOX_TAGS_MAX. */
gboolean index_tag_add(sqlite3 *db, gint64 seq, const GPtrArray *tags, GError **error);

/* Takes tags off it first. Tags no message has any more go. */
gboolean index_tag_change(sqlite3 *db, gint64 seq, const GPtrArray *added, const GPtrArray *taken_off, GError **error);

gboolean index_tag_remove_unused(sqlite3 *db, GError **error);
gboolean index_tag_rename(sqlite3 *db, const char *old_name, const char *new_name, GError **error);
gboolean index_tag_remove(sqlite3 *db, const char *name, GError **error);

/* The messages with a tag, gint64 seq. */
GArray *index_tag_messages(sqlite3 *db, const char *name, GError **error);
