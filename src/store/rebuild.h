#pragma once
/* The index made again on purpose: the old one is put aside, whoever opens the Maildir next makes another, and what
 * only the old one has, the tags, is read out of it before it goes.
 *
 * Owns: the file dsmtpd.index-old, from one of these calls to another and through a crash.
 * Thread: any, while the Maildir is not open in this process.
 * Errors: INBOX_ERROR: INVALID for what is not a Maildir, FAILED where it cannot be written or another process has it
 *         open.
 * Source: docs/storage.md, "The index". */
#include <glib.h>

/* What was put aside before, and not dropped, counts: it has the tags. */
gboolean store_put_index_aside(const char *place, GError **error);

/* ids -> GPtrArray of char *: the tags of messages in the index put aside, and messages without any there to which the
 * index that was made since gave some. Empty when there is none aside. */
GHashTable *store_read_tags_aside(const char *place, GError **error);

gboolean store_drop_index_aside(const char *place, GError **error);
