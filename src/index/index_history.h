#pragma once
/* What happened to the messages and in which order, by the numbers of changes: messages that are there have the number
 * of their arrival and of their last change; what leaves no message behind is in a table, the last INDEX_HISTORY_MAX.
 *
 * Owns: the table past.
 * Thread: that of the connection.
 * Errors: INBOX_ERROR from the database.
 * Units and limits: INDEX_HISTORY_MAX; a tenth more until old ones are removed.
 * Source: docs/storage.md, "UIDs, tags and change numbers". */
#include "inbox/event.h"
#include "inbox/history.h"
#include <sqlite3.h>

enum { INDEX_HISTORY_MAX = 10 * 1000 };

extern const char index_history_schema[];

/* Keeps what no message shows. `id` may be NULL. */
gboolean index_history_add(sqlite3 *db, const InboxEvent *event, guint32 uid, GError **error);

/* Removes the oldest. `*since` is raised to where what is left begins. */
gboolean index_history_prune(sqlite3 *db, guint64 *since, GError **error);

/* What happened after `after`, at most `limit` events. The caller clears the page. */
gboolean index_history_read(sqlite3 *db, guint64 after, guint limit, InboxHistoryPage *out_page, GError **error);
