#include "store/backlog.h"

typedef struct Waiting {
  guint64 ticket;
  guint64 n_bytes;
} Waiting;

void backlog_clear(Backlog *backlog) {
  g_queue_clear_full(&backlog->waiting, g_free);
  *backlog = (Backlog){0};
}

void backlog_add(Backlog *backlog, guint64 ticket, guint64 n_bytes, gint64 now_us) {
  Waiting *waiting = g_new(Waiting, 1);

  *waiting = (Waiting){ticket, n_bytes};
  if (g_queue_is_empty(&backlog->waiting))
    backlog->advanced_us = now_us;
  g_queue_push_tail(&backlog->waiting, waiting);
  backlog->n_bytes += n_bytes;
}

void backlog_advance(Backlog *backlog, guint64 ticket, gint64 now_us) {
  Waiting *first;

  while ((first = g_queue_peek_head(&backlog->waiting)) && first->ticket <= ticket) {
    backlog->n_bytes -= first->n_bytes;
    backlog->n_taken_bytes += first->n_bytes;
    backlog->n_taken++;
    backlog->advanced_us = now_us;
    g_free(g_queue_pop_head(&backlog->waiting));
  }
}

void backlog_read(Backlog *backlog, gint64 now_us) {
  backlog->read_until_us = now_us + BACKLOG_READ_US;
}

/* All that is on the disk, as far as it counts. */
static guint64 count_messages(const Backlog *backlog) {
  return backlog->totals.n_messages + backlog->n_taken + backlog->waiting.length;
}

static guint64 count_bytes(const Backlog *backlog) {
  return backlog->totals.n_bytes + backlog->n_taken_bytes + backlog->n_bytes;
}

static gboolean passes(guint64 n, guint64 limit, guint64 margin) {
  return limit > 0 && n > limit && n - limit >= margin;
}

/* What is not in the index yet cannot be removed. */
static void note_if_within_limits(Backlog *backlog, gint64 now_us) {
  if (!passes(backlog->totals.n_messages, backlog->limits.max_messages, 1) &&
      !passes(backlog->totals.n_bytes, backlog->limits.max_bytes, 1))
    backlog->trimmed_us = now_us;
}

void backlog_note_totals(Backlog *backlog, const InboxTotals *totals, gint64 now_us) {
  backlog->totals = *totals;
  backlog->n_taken = backlog->n_taken_bytes = 0;
  note_if_within_limits(backlog, now_us);
}

void backlog_set_limits(Backlog *backlog, const InboxLimits *limits, gint64 now_us) {
  backlog->limits = *limits;
  note_if_within_limits(backlog, now_us);
}

void backlog_trimmed(Backlog *backlog, gint64 now_us) {
  backlog->trimmed_us = now_us;
}

static gboolean is_read(const Backlog *backlog, gint64 now_us) {
  return now_us < backlog->read_until_us;
}

guint64 backlog_messages_max(const Backlog *backlog, gint64 now_us) {
  return is_read(backlog, now_us) ? BACKLOG_READ_MESSAGES_MAX : BACKLOG_MESSAGES_MAX;
}

guint64 backlog_bytes_max(const Backlog *backlog, gint64 now_us) {
  return is_read(backlog, now_us) ? BACKLOG_READ_BYTES_MAX : BACKLOG_BYTES_MAX;
}

/* With limits what waits counts as kept, though nobody can remove it yet. */
gboolean backlog_lets_rest(const Backlog *backlog, gint64 now_us) {
  gboolean has_limits = backlog->limits.max_messages > 0 || backlog->limits.max_bytes > 0;

  return !is_read(backlog, now_us) && !has_limits && backlog->waiting.length < BACKLOG_REST_MESSAGES_MAX &&
         backlog->n_bytes < BACKLOG_REST_BYTES_MAX;
}

static gboolean is_full(const Backlog *backlog, gint64 now_us) {
  return backlog->waiting.length >= backlog_messages_max(backlog, now_us) ||
         backlog->n_bytes >= backlog_bytes_max(backlog, now_us);
}

static gboolean is_over_limits(const Backlog *backlog) {
  const InboxLimits *limits = &backlog->limits;

  return passes(count_messages(backlog), limits->max_messages,
                MAX(limits->max_messages / BACKLOG_LIMIT_SHARE, BACKLOG_READ_MESSAGES_MAX)) ||
         passes(count_bytes(backlog), limits->max_bytes,
                MAX(limits->max_bytes / BACKLOG_LIMIT_SHARE, BACKLOG_READ_BYTES_MAX));
}

InboxSlowReason backlog_reason(const Backlog *backlog, gint64 now_us) {
  gboolean advances = backlog->waiting.length == 0 || now_us - backlog->advanced_us < BACKLOG_STALL_US;
  gboolean is_trimmed = now_us - backlog->trimmed_us < BACKLOG_STALL_US;

  if (is_full(backlog, now_us) && advances)
    return is_read(backlog, now_us) ? INBOX_SLOW_READING : INBOX_SLOW_FULL;
  return is_over_limits(backlog) && advances && is_trimmed ? INBOX_SLOW_LIMITS : INBOX_NOT_SLOW;
}
