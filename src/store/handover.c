#include "store/handover.h"

#include "index/index.h"
#include "store/pacing.h"

struct Handover {
  const StoreParts *parts;
  Index *index;
  Pacing *pacing;
  InboxLimits limits;      /* what is to be kept */
  InboxLimits kept_limits; /* what can be: more where flagged messages stay, 0 where messages cannot be removed */
  gboolean is_in_step;     /* of retention: an answer is to come */
  InboxAwaited awaited;
};

/* --- passing on */

static guint64 admit_cb(Delivery *delivery, gpointer user_data) {
  Handover *handover = user_data;

  return index_add(handover->index, delivery->file_name, g_steal_pointer(&delivery->block),
                   g_steal_pointer(&delivery->body), uidlist_next_number(handover->parts->uids));
}

static void set_rest(Handover *handover) {
  gboolean may_rest = handover->awaited == INBOX_NOTHING_AWAITED &&
                      backlog_lets_rest(pacing_backlog(handover->pacing), g_get_monotonic_time());

  index_set_rest(handover->index, may_rest);
}

void handover_take(Delivery *delivery) {
  Handover *handover = delivery->handover;

  if (!handover || delivery->error ||
      index_is_stopped(handover->index)) { /* what is stored is found at the next start */
    delivery_report(delivery);
    return;
  }
  set_rest(handover);
  pacing_offer(handover->pacing, delivery);
}

/* Where the index cannot be written, or a visitor waits for all, nothing is held. */
static void look(Handover *handover) {
  const InboxReport *report = index_report(handover->index);

  if (handover->awaited == INBOX_MESSAGES_AWAITED)
    handover_note_reader(handover);
  pacing_set_bounded(handover->pacing, report->is_ready && !report->trouble && !handover->parts->maildir->is_visited);
  pacing_look(handover->pacing);
}

/* --- what the index says */

static void apply_limits(Handover *handover) {
  static const InboxLimits none = {0};
  gboolean can_be_kept = index_report(handover->index)->is_whole;

  backlog_set_limits(pacing_backlog(handover->pacing), can_be_kept ? &handover->kept_limits : &none,
                     g_get_monotonic_time());
}

void handover_advance(Handover *handover, guint64 ticket) {
  Backlog *backlog = pacing_backlog(handover->pacing);
  gint64 now_us = g_get_monotonic_time();

  backlog_advance(backlog, ticket, now_us);
  if (handover->is_in_step) /* its turn comes */
    backlog_trimmed(backlog, now_us);
  look(handover);
}

void handover_note_report(Handover *handover, const InboxReport *report) {
  backlog_note_totals(pacing_backlog(handover->pacing), &report->totals, g_get_monotonic_time());
  apply_limits(handover);
  look(handover);
}

/* --- readers */

void handover_note_reader(Handover *handover) {
  backlog_read(pacing_backlog(handover->pacing), g_get_monotonic_time());
  set_rest(handover);
}

void handover_set_awaited(Handover *handover, InboxAwaited awaited) {
  gboolean was_for_messages = handover->awaited == INBOX_MESSAGES_AWAITED;
  gboolean is_for_messages = awaited == INBOX_MESSAGES_AWAITED;

  handover->awaited = awaited;
  if (was_for_messages || is_for_messages)
    handover_note_reader(handover);
  else
    set_rest(handover);
  index_set_awaited(handover->index, is_for_messages);
}

/* --- retention */

void handover_set_limits(Handover *handover, const InboxLimits *limits) {
  handover->limits = handover->kept_limits = *limits;
  apply_limits(handover);
}

typedef struct RetentionStep {
  Handover *handover;
  InboxRetentionDone done;
  gpointer user_data;
} RetentionStep;

/* To what is left, which is all flagged. */
static void raise_limits(InboxLimits *limits, const InboxTotals *totals) {
  if (limits->max_messages > 0)
    limits->max_messages = MAX(limits->max_messages, totals->n_messages);
  if (limits->max_bytes > 0)
    limits->max_bytes = MAX(limits->max_bytes, totals->n_bytes);
}

static gboolean has_removed_any(const InboxRemoved *removed) {
  for (InboxLimit limit = 0; limit < INBOX_LIMITS_N; limit++)
    if (removed->removed[limit].n_messages > 0)
      return TRUE;
  return FALSE;
}

static void learn_what_can_be_kept(Handover *handover, const InboxRemoved *removed, gboolean has_failed) {
  gboolean has_removed = has_removed_any(removed);
  gboolean are_kept = !has_failed && (has_removed || !removed->is_partial);

  handover->kept_limits = are_kept ? handover->limits : (InboxLimits){0};
  if (removed->is_held_up)
    raise_limits(&handover->kept_limits, &index_report(handover->index)->totals);
  apply_limits(handover);
  if (has_removed)
    backlog_trimmed(pacing_backlog(handover->pacing), g_get_monotonic_time());
  look(handover);
}

static void retention_done_cb(const InboxRemoved *removed, const GError *error, gpointer user_data) {
  g_autofree RetentionStep *step = user_data;
  Handover *handover = step->handover;

  handover->is_in_step = FALSE;
  if (!index_is_stopped(handover->index))
    learn_what_can_be_kept(handover, removed, error != NULL);
  step->done(removed, error, step->user_data);
}

void handover_retention_step(Handover *handover, InboxRetentionDone done, gpointer user_data) {
  RetentionStep *step = g_new(RetentionStep, 1);

  *step = (RetentionStep){handover, done, user_data};
  handover->is_in_step = TRUE;
  index_retention_step(handover->index, &handover->limits, retention_done_cb, step);
}

InboxIntake handover_stats(const Handover *handover) {
  return pacing_stats(handover->pacing);
}

/* --- opening and closing */

Handover *handover_new(const StoreParts *parts, Index *index, InboxSlowed slowed, gpointer user_data) {
  Handover *handover = g_new0(Handover, 1);

  handover->parts = parts;
  handover->index = index;
  handover->pacing = pacing_new(loop_queue_base(parts->queue), admit_cb, handover);
  pacing_set_slowed(handover->pacing, slowed, user_data);
  return handover;
}

static void report_cb(gpointer data) {
  delivery_report(data);
}

/* What is held is stored, and found at the next start. */
void handover_stop(Handover *handover) {
  Delivery *next = NULL;

  if (!handover)
    return;
  for (Delivery *delivery = pacing_steal(handover->pacing); delivery; delivery = next) {
    next = delivery->next;
    loop_queue_post(handover->parts->queue, report_cb, delivery);
  }
}

void handover_free(Handover *handover) {
  if (!handover)
    return;
  pacing_free(handover->pacing);
  g_free(handover);
}
