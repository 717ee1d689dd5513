#pragma once
/* Taking out the oldest messages where there are more than limits allow. Flagged messages stay.
 *
 * Owns: nothing; limits are copied.
 * Thread: asked for on the loop thread, done on the updater's, answered on the loop thread.
 * Errors: INBOX_ERROR, told when it is done: a file that cannot be removed, a database that cannot be written. What
 *         could be done before is done.
 * Units and limits: INDEX_RETENTION_STEP_MAX messages for each limit, or as many as INDEX_RETENTION_STEP_US allows, so
 *         that others have their turn. Nothing is done while the index is not known to hold the whole Maildir: a
 *         message that is gone would count.
 * Source: docs/storage.md, "Retention". */
#include "inbox/retention.h"
#include "index/updater.h"

enum { INDEX_RETENTION_STEP_MAX = 500, INDEX_RETENTION_STEP_US = 20 * 1000 };

void index_retention_push(const InboxLimits *limits, Updater *updater, LoopQueue *queue, guint64 ticket,
                          InboxRetentionDone done, gpointer user_data);
