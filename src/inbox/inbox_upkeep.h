#pragma once
/* What is done to an inbox that is not open: whether all of it agrees, and its lists made anew.
 *
 * Owns: what is put aside is kept by store/rebuild.h.
 * Thread: any, while the inbox is not open in this process.
 * Errors: INBOX_ERROR: INVALID for what is none, FAILED where a server has it open.
 * Source: docs/storage.md. */
#include "inbox/inbox.h"
#include "store/check.h"

/* MAILDIR: nothing can be done; JOURNAL, INDEX: opening it puts it right; DAMAGE: lists have to be made anew. */
typedef StorePart InboxPart;
typedef StoreFound InboxFound;

/* n_messages; has_journal, has_index. */
typedef StoreChecked InboxChecked;

gboolean inbox_check(const char *place, InboxFound found, gpointer user_data, InboxChecked *out_checked,
                     GError **error);

/* Whoever opens the inbox next makes its lists anew, with the tags alone that messages ask for. Those they had are the
 * caller's to read when that is done, to set and then to drop; until then they are safe. */
gboolean inbox_put_lists_aside(const char *place, GError **error);

/* ids -> GPtrArray of char *, which may be empty; the caller unrefs. */
GHashTable *inbox_read_tags_aside(const char *place, GError **error);
gboolean inbox_drop_lists_aside(const char *place, GError **error);
