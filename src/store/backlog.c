#include "store/backlog.h"

typedef struct Waiting {
  guint64 ticket;
  guint64 n_octets;
} Waiting;

void backlog_clear(Backlog *backlog) {
  g_queue_clear_full(&backlog->waiting, g_free);
  *backlog = (Backlog){0};
}

void backlog_add(Backlog *backlog, guint64 ticket, guint64 n_octets, gint64 now_us) {
  Waiting *waiting = g_new(Waiting, 1);
  *waiting = (Waiting){ticket, n_octets};
  if (g_queue_is_empty(&backlog->waiting))
    backlog->advanced_us = now_us;
  g_queue_push_tail(&backlog->waiting, waiting);
  backlog->n_octets += n_octets;
}

void backlog_advance(Backlog *backlog, guint64 ticket, gint64 now_us) {
  Waiting *first;
  while ((first = g_queue_peek_head(&backlog->waiting)) && first->ticket <= ticket) {
    backlog->n_octets -= first->n_octets;
    backlog->n_taken_octets += first->n_octets;
    backlog->n_taken++;
    backlog->advanced_us = now_us;
    g_free(g_queue_pop_head(&backlog->waiting));
  }
}

void backlog_read(Backlog *backlog, gint64 now_us) {
  backlog->read_until_us = now_us + BACKLOG_READ_US;
}

/* All that is on the disk, as far as it counts. */
static guint64 count_mails(const Backlog *backlog) {
  return backlog->totals.n_mails + backlog->n_taken + backlog->waiting.length;
}

static guint64 count_octets(const Backlog *backlog) {
  return backlog->totals.n_octets + backlog->n_taken_octets + backlog->n_octets;
}

static gboolean passes(guint64 n, guint64 limit, guint64 margin) {
  return limit > 0 && n > limit && n - limit >= margin;
}

/* What is not in the index yet cannot be removed. */
static void note_if_within_limits(Backlog *backlog, gint64 now_us) {
  if (!passes(backlog->totals.n_mails, backlog->limits.max_mails, 1) &&
      !passes(backlog->totals.n_octets, backlog->limits.max_octets, 1))
    backlog->trimmed_us = now_us;
}

void backlog_note_totals(Backlog *backlog, const IndexTotals *totals, gint64 now_us) {
  backlog->totals = *totals;
  backlog->n_taken = backlog->n_taken_octets = 0;
  note_if_within_limits(backlog, now_us);
}

void backlog_set_limits(Backlog *backlog, const IndexLimits *limits, gint64 now_us) {
  backlog->limits = *limits;
  note_if_within_limits(backlog, now_us);
}

void backlog_trimmed(Backlog *backlog, gint64 now_us) {
  backlog->trimmed_us = now_us;
}

static gboolean is_read(const Backlog *backlog, gint64 now_us) {
  return now_us < backlog->read_until_us;
}

guint64 backlog_mails_max(const Backlog *backlog, gint64 now_us) {
  return is_read(backlog, now_us) ? BACKLOG_READ_MAILS_MAX : BACKLOG_MAILS_MAX;
}

guint64 backlog_octets_max(const Backlog *backlog, gint64 now_us) {
  return is_read(backlog, now_us) ? BACKLOG_READ_OCTETS_MAX : BACKLOG_OCTETS_MAX;
}

static gboolean is_full(const Backlog *backlog, gint64 now_us) {
  return backlog->waiting.length >= backlog_mails_max(backlog, now_us) ||
         backlog->n_octets >= backlog_octets_max(backlog, now_us);
}

static gboolean is_over_limits(const Backlog *backlog) {
  const IndexLimits *limits = &backlog->limits;
  return passes(count_mails(backlog), limits->max_mails,
                MAX(limits->max_mails / BACKLOG_LIMIT_SHARE, BACKLOG_READ_MAILS_MAX)) ||
         passes(count_octets(backlog), limits->max_octets,
                MAX(limits->max_octets / BACKLOG_LIMIT_SHARE, BACKLOG_READ_OCTETS_MAX));
}

BacklogReason backlog_reason(const Backlog *backlog, gint64 now_us) {
  gboolean advances = backlog->waiting.length == 0 || now_us - backlog->advanced_us < BACKLOG_STALL_US;
  gboolean is_trimmed = now_us - backlog->trimmed_us < BACKLOG_STALL_US;
  if (is_full(backlog, now_us) && advances)
    return is_read(backlog, now_us) ? BACKLOG_READING : BACKLOG_FULL;
  return is_over_limits(backlog) && advances && is_trimmed ? BACKLOG_LIMITS : BACKLOG_FLOWS;
}
