#pragma once
/* How many messages wait to be taken into the index, and whether one more may join them.
 *
 * The index is slower than SMTP. Without a bound a list asked for after a long burst would have to wait for all of it,
 * and limits on how much is kept would be passed by as much. So the backlog has a bound, a small one while somebody
 * reads, and when it is reached the next 250 is sent later. The index is never a reason to stop: if it does not
 * advance, all flows.
 *
 * Owns: a Backlog its list of what waits.
 * Thread: the loop thread.
 * Units and limits: the enumeration below; a message that fits in part is admitted, so one message more may wait. Over
 *         the limits of retention there may be a BACKLOG_LIMIT_SHARE of each limit, but no less than so many as may
 *         wait while somebody reads. Times are monotonic microseconds, given by the caller.
 * Source: docs/storage.md, "The backlog". */
#include "inbox/report.h"
#include "inbox/retention.h"

enum {
  BACKLOG_MESSAGES_MAX = 10 * 1000,
  BACKLOG_BYTES_MAX = 64 * 1024 * 1024,
  BACKLOG_REST_MESSAGES_MAX = 5 * 1000, /* above it nobody rests */
  BACKLOG_REST_BYTES_MAX = 32 * 1024 * 1024,
  BACKLOG_READ_MESSAGES_MAX = 64, /* while somebody reads */
  BACKLOG_READ_BYTES_MAX = 2 * 1024 * 1024,
  BACKLOG_READ_US = 10 * 1000 * 1000, /* after a read; people and programs ask again */
  BACKLOG_STALL_US = 5 * 1000 * 1000, /* without progress, until the index is not waited for */
  BACKLOG_LIMIT_SHARE = 10
};

/* All zero is empty. */
typedef struct Backlog {
  GQueue waiting; /* what was admitted and not taken in yet */
  guint64 n_bytes;
  guint64 n_taken; /* messages taken in since the last report of the index, and their bytes */
  guint64 n_taken_bytes;
  gint64 advanced_us; /* when the index took something in, or had nothing to do */
  gint64 read_until_us;
  InboxTotals totals; /* of the last report */
  InboxLimits limits; /* 0: none */
  gint64 trimmed_us;  /* when something over them was removed, or nothing was over them */
} Backlog;

void backlog_clear(Backlog *backlog);

/* A message goes to the index as this task; tickets grow. */
void backlog_add(Backlog *backlog, guint64 ticket, guint64 n_bytes, gint64 now_us);

/* All tasks up to this one are done. */
void backlog_advance(Backlog *backlog, guint64 ticket, gint64 now_us);

/* Somebody reads, or waits for messages. */
void backlog_read(Backlog *backlog, gint64 now_us);

/* A report of the index, which has all that was taken in before. */
void backlog_note_totals(Backlog *backlog, const InboxTotals *totals, gint64 now_us);

/* How much is to be kept; all zero when there are no limits, or they cannot be kept. */
void backlog_set_limits(Backlog *backlog, const InboxLimits *limits, gint64 now_us);

/* Messages over the limits were removed. */
void backlog_trimmed(Backlog *backlog, gint64 now_us);

InboxSlowReason backlog_reason(const Backlog *backlog, gint64 now_us);

/* TRUE: whoever takes them in may rest between its turns, so that more is left to those who send. */
gboolean backlog_lets_rest(const Backlog *backlog, gint64 now_us);

/* How many may wait now. */
guint64 backlog_messages_max(const Backlog *backlog, gint64 now_us);
guint64 backlog_bytes_max(const Backlog *backlog, gint64 now_us);
