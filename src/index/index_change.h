#pragma once
/* Changes somebody asks for: marks, tags, deleting, also of rejected attempts.
 *
 * Thread: made on the loop thread, done on the updater's, answered on the loop thread.
 * Errors: INBOX_ERROR, told when it is done: NOT_FOUND and EXISTS of tags, NO_SPACE and FAILED of the disk; what could
 *         be done before is done. IDs that are not there are left out.
 * Units and limits: INDEX_CHANGE_TOLD_MAX changes of one call are told one by one, more as one INBOX_EVENT_MANY.
 * Source: maildir(5) for marks; docs/storage.md, "Deleting". */
#include "inbox/change.h"
#include "index/updater.h"

enum { INDEX_CHANGE_TOLD_MAX = 1000 };

/* Takes the change. */
void index_change_push(InboxChange *change, Updater *updater, LoopQueue *queue, guint64 ticket, InboxChanged changed,
                       gpointer user_data);
