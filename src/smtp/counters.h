#pragma once
/* What an SMTP server tells of its work, for metrics.
 *
 * Thread: the loop thread.
 * Units and limits: counters count since the start.
 * Source: RFC 3463 3 (the subjects of enhanced status codes, X.0 to X.7). */
#include <glib.h>

enum { SMTP_SUBJECTS_N = 8 };

typedef struct SmtpCounters {
  guint64 n_accepted;
  guint64 accepted_bytes;
  guint64 n_rejected[2][SMTP_SUBJECTS_N]; /* replies: [0] for now (4xx), [1] for good (5xx) */
  guint64 n_turned_away;                  /* connections that were told 421 in place of a greeting */
  guint64 n_lost;                         /* messages whose client went away */
} SmtpCounters;
