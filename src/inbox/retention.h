#pragma once
/* How much is kept, and what was removed because it was more. Flagged messages stay.
 *
 * Thread: any; plain values. */
#include <glib.h>

typedef enum { INBOX_LIMIT_AGE, INBOX_LIMIT_MESSAGES, INBOX_LIMIT_BYTES, INBOX_LIMITS_N } InboxLimit;

/* 0: no limit. */
typedef struct InboxLimits {
  guint64 max_age_us; /* since a message came */
  guint64 max_messages;
  guint64 max_bytes; /* of all messages together, as they are listed */
} InboxLimits;

/* What became of one step of retention. */
typedef struct InboxRemoved {
  struct {
    guint64 n_messages;
    guint64 n_bytes;
  } removed[INBOX_LIMITS_N];
  gboolean is_partial; /* ask again: there is more to remove, or not all messages are known yet */
  gboolean is_held_up; /* limits on messages or bytes leave nothing but flagged messages */
  gint64 oldest_us;    /* when the first of those came that may go; 0: there are none */
} InboxRemoved;

/* On the loop thread, after the events. With `error`, some could not be removed. Both are borrowed. */
typedef void (*InboxRetentionDone)(const InboxRemoved *removed, const GError *error, gpointer user_data);
