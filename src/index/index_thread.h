#pragma once
/* Conversations: which messages belong together by their Message-ID, In-Reply-To and References. A conversation is
 * called by the smallest seq of its messages there was when they were joined.
 *
 * Owns: an IndexThreads its statements; the table thread_key, hashes of message ids.
 * Thread: the updater's. Transactions are the caller's.
 * Errors: INBOX_ERROR.
 * Units and limits: INDEX_REFERENCES_MAX references of a message are looked at, the last ones.
 * Source: RFC 5322 3.6.4; a simpler way than RFC 5256 4 "REFERENCES", without subjects. */
#include "message/summary.h"
#include <sqlite3.h>

enum { INDEX_REFERENCES_MAX = 100 };

typedef struct IndexThreads IndexThreads;

IndexThreads *index_threads_new(sqlite3 *db, GError **error);
void index_threads_free(IndexThreads *threads);

/* The conversation of a new message. Joins those that this message shows to be one. */
gboolean index_threads_join(IndexThreads *threads, gint64 seq, const MailSummary *summary, gint64 *out_thread,
                            GError **error);

/* A message was removed from it: forgets the conversation when that was the last. */
gboolean index_threads_leave(IndexThreads *threads, gint64 thread, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(IndexThreads, index_threads_free)
