#pragma once
/* How much is kept: messages over --max-messages, --max-age and --max-disk are removed, and the log says so.
 *
 * Owns: a timer and a subscription. The inbox does the removing, on one of its threads.
 * Thread: the loop thread.
 * Errors: messages that cannot be removed are tried again each RETENTION_RETRY_MS; the log says so once.
 * Units and limits: RETENTION_DELAY_MS after a message, for messages that come together are dealt with together; age is
 *         looked at each RETENTION_WATCH_MS.
 * Source: docs/storage.md, "Retention". */
#include "base/log.h"
#include "inbox/inbox.h"

enum { RETENTION_DELAY_MS = 100, RETENTION_WATCH_MS = 1000, RETENTION_RETRY_MS = 10 * 1000 };

typedef struct Retention Retention;

/* Inbox and log are lent. NULL: there is no limit, and nothing to do. */
Retention *retention_new(struct event_base *base, Inbox *inbox, Log *log, const InboxLimits *limits);

/* Removes no more. To be called before the inbox is closed; the log must outlive that. NULL is fine. */
void retention_close(Retention *retention);
