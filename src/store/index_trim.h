#pragma once
/* Taking out the oldest mails where there are more than limits allow. Flagged mails stay.
 *
 * Owns: nothing; limits are copied.
 * Thread: asked for on the loop thread, done on the indexer's, answered on the loop thread.
 * Errors: STORE_ERROR, told when it is done: a file that cannot be removed, a database that cannot be written. What
 *         could be done before is done.
 * Units and limits: INDEX_TRIM_STEP_MAX mails for each limit, or as many as INDEX_TRIM_STEP_US allows, so that others
 *         have their turn. Nothing is done while the index is not known to hold the whole Maildir: a mail that is gone
 *         would count.
 * Source: docs/storage.md, "Retention". */
#include "store/indexer.h"

enum { INDEX_TRIM_STEP_MAX = 500, INDEX_TRIM_STEP_US = 20 * 1000 };

typedef enum { INDEX_LIMIT_AGE, INDEX_LIMIT_MAILS, INDEX_LIMIT_OCTETS, INDEX_LIMITS_N } IndexLimit;

/* 0: no limit. */
typedef struct IndexLimits {
  guint64 max_age_us; /* since a mail came */
  guint64 max_mails;
  guint64 max_octets; /* of all mails together, as they are listed */
} IndexLimits;

typedef struct IndexTrimmed {
  struct {
    guint64 n_mails;
    guint64 n_octets;
  } removed[INDEX_LIMITS_N];
  gboolean is_partial; /* ask again: there is more to remove, or not all mails are known yet */
  gboolean is_held_up; /* limits on mails or octets leave nothing but flagged mails */
  gint64 oldest_us;    /* when the first of those came that may go; 0: there are none */
} IndexTrimmed;

/* `trimmed` and `error` are lent. */
typedef void (*IndexTrimDone)(const IndexTrimmed *trimmed, const GError *error, gpointer user_data);

void index_trim_push(const IndexLimits *limits, Indexer *indexer, LoopQueue *queue, guint64 ticket, IndexTrimDone done,
                     gpointer user_data);
