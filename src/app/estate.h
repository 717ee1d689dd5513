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
#include "maildir/follow.h"

typedef struct Estate Estate;

/* What all estates of a process share; lent to each. */
typedef struct EstateHost {
  struct event_base *base;
  LoopQueue *queue;
  Followers *followers;
  Log *log;
} EstateHost;

/* Nothing is made on disk, and intake rejects messages, before it is opened. */
Estate *estate_new(const EstateHost *host, const InboxSettings *settings, guint64 max_size_bytes);

/* Opens it, on threads of the crew. `opened` follows on the loop thread, unless the estate was closed before: `error`
 * is NULL when the inbox is there, and borrowed. */
typedef void (*EstateOpened)(const GError *error, gpointer user_data);
void estate_open(Estate *estate, EstateOpened opened, gpointer user_data);

/* From now on limits are kept, and the log says how many messages there are. Once it is open. */
void estate_watch(Estate *estate);

/* Says that it is closed soon; see inbox_leave(). */
void estate_leave(Estate *estate);

/* Borrowed. The inbox is NULL while it is not open. */
Inbox *estate_inbox(const Estate *estate);
Intake *estate_intake(const Estate *estate);

/* Stores what was taken, and frees the estate, without blocking the loop; `closed` is the last that is heard of it. The
 * servers that use it must have ended, or have nothing of it any more. */
void estate_close(Estate *estate, JobFunc closed, gpointer user_data);
