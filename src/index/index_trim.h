#pragma once
/* Taking out the oldest messages where there are more than limits allow. Flagged messages stay.
 *
 * Owns: nothing; limits are copied.
 * Thread: asked for on the loop thread, done on the updater's, answered on the loop thread.
 * Errors: STORE_ERROR, told when it is done: a file that cannot be removed, a database that cannot be written. What
 *         could be done before is done.
 * Units and limits: INDEX_TRIM_STEP_MAX messages for each limit, or as many as INDEX_TRIM_STEP_US allows, so that
 * others have their turn. Nothing is done while the index is not known to hold the whole Maildir: a message that is
 * gone would count.
 * Source: docs/storage.md, "Retention". */
#include "index/updater.h"

enum { INDEX_TRIM_STEP_MAX = 500, INDEX_TRIM_STEP_US = 20 * 1000 };

typedef enum { INDEX_LIMIT_AGE, INDEX_LIMIT_MESSAGES, INDEX_LIMIT_BYTES, INDEX_LIMITS_N } IndexLimit;

/* 0: no limit. */
typedef struct IndexLimits {
  guint64 max_age_us; /* since a message came */
  guint64 max_messages;
  guint64 max_bytes; /* of all messages together, as they are listed */
} IndexLimits;

typedef struct IndexTrimmed {
  struct {
    guint64 n_messages;
    guint64 n_bytes;
  } removed[INDEX_LIMITS_N];
  gboolean is_partial; /* ask again: there is more to remove, or not all messages are known yet */
  gboolean is_held_up; /* limits on messages or bytes leave nothing but flagged messages */
  gint64 oldest_us;    /* when the first of those came that may go; 0: there are none */
} IndexTrimmed;

/* `trimmed` and `error` are lent. */
typedef void (*IndexTrimDone)(const IndexTrimmed *trimmed, const GError *error, gpointer user_data);

void index_trim_push(const IndexLimits *limits, Updater *updater, LoopQueue *queue, guint64 ticket, IndexTrimDone done,
                     gpointer user_data);
