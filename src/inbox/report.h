#pragma once
/* What a keeper reports to its inbox: how much there is, what happened, and whether all is well.
 *
 * Owns: nothing; reports are borrowed for the call.
 * Thread: the loop thread. */
#include "base/histogram.h"
#include "inbox/event.h"

typedef struct InboxTotals {
  guint64 last_seq; /* the largest cursor there ever was */
  guint64 n_messages;
  guint64 n_unread;
  guint64 n_flagged;
  guint64 n_bytes;
} InboxTotals;

typedef struct InboxReport {
  InboxTotals totals;
  guint64 last_number; /* of changes: nothing after it was reported yet */
  GPtrArray *events;   /* InboxEvent *, by their numbers */
  gboolean is_ready;   /* there are lists to read; for visitors, when they are whole */
  gboolean is_whole;   /* all messages there are have been taken in */
  gboolean is_in_memory;
  char *trouble; /* why lists cannot be kept up to date; NULL: they can */
  char *problem; /* why they are in memory, where somebody has to do something about it; NULL: not known */
} InboxReport;

/* Messages can no longer be stored, or can again, or others took the place of those that were open. */
typedef struct InboxStorageChange {
  const char *trouble;   /* why messages cannot be stored; NULL: they can */
  gboolean is_elsewhere; /* other directories were opened */
  guint n_recovered;     /* messages put back from a journal that was there */
} InboxStorageChange;

/* What a message waits for before its delivery is reported. */
typedef enum {
  INBOX_NOT_SLOW,     /* nothing */
  INBOX_SLOW_FULL,    /* as many wait to be listed as may */
  INBOX_SLOW_READING, /* the same, and somebody reads */
  INBOX_SLOW_LIMITS,  /* messages over the limits are still to be removed */
  INBOX_SLOW_REASONS_N
} InboxSlowReason;

/* The pace at which messages come in. */
typedef struct InboxIntake {
  guint64 n_waiting; /* messages and bytes that wait to be listed, and how many may */
  guint64 n_waiting_bytes;
  guint64 n_waiting_max;
  guint64 n_waiting_bytes_max;
  guint64 n_held; /* messages stored, whose 250 waits */
  gboolean is_slowed;
  InboxSlowReason reason; /* why the last message was held */
  Histogram delays;       /* of the 250 of each message that was held */
} InboxIntake;

typedef void (*InboxReported)(const InboxReport *report, gpointer user_data);
typedef void (*InboxStorageChanged)(const InboxStorageChange *change, gpointer user_data);

/* Messages come faster than lists accept them, and deliveries are reported later; or no longer (is_slowed). */
typedef void (*InboxSlowed)(const InboxIntake *intake, gpointer user_data);

/* Something was not as it should be, and what was done about it: for the log. `text` is borrowed. */
typedef void (*InboxNoticed)(const char *text, gpointer user_data);
