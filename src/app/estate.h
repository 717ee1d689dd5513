#pragma once
/* An inbox with all that belongs to it: the way in for messages, what deletes old ones, what watches its disk, and what
 * the log says about its storage.
 *
 * Owns: all of these; what it is given is borrowed.
 * Thread: the loop thread.
 * Errors: INBOX_ERROR.
 * Source: docs/design.md, "Data flow". */
#include "app/options.h"
#include "intake/intake.h"

typedef struct Estate Estate;

/* Nothing is made on disk, and intake rejects messages, before it is opened. */
Estate *estate_new(const InboxSettings *settings, guint64 max_size_bytes, struct event_base *base, Log *log);

gboolean estate_open(Estate *estate, LoopQueue *queue, GError **error);

/* From now on limits are kept, and the log says how many messages there are. Once it is open. */
void estate_watch(Estate *estate);

/* Borrowed. */
Inbox *estate_inbox(const Estate *estate);
Intake *estate_intake(const Estate *estate);

/* Before the queue is freed, which may bring more answers, and after the servers that use it. NULL is fine. */
void estate_close(Estate *estate);

/* After the queue. NULL is fine. */
void estate_free(Estate *estate);
