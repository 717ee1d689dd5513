/* Closes connections to the database that nobody uses, with their caches and statements. */
#include "index/updater_private.h"

void updater_use(Updater *updater) {
  pthread_mutex_lock(&updater->lock);
  gboolean was_in_use = updater->is_in_use;
  updater->is_in_use = TRUE;
  updater->used_us = g_get_monotonic_time();
  pthread_mutex_unlock(&updater->lock);
  if (!was_in_use)
    updater_wake(updater);
}

void updater_set_awaited(Updater *updater, gboolean is_awaited) {
  g_atomic_int_set(&updater->is_awaited, is_awaited);
  if (is_awaited && g_atomic_int_get(&updater->is_closed))
    updater_use(updater);
}

gint64 updater_idle_due_us(Updater *updater) {
  pthread_mutex_lock(&updater->lock);
  gint64 due_us = updater->is_in_use ? updater->used_us + UPDATER_IDLE_US : UPDATER_NEVER;
  pthread_mutex_unlock(&updater->lock);
  return due_us;
}

/* TRUE: there is something to do, or will be at any moment. */
static gboolean is_busy(const Updater *updater) {
  return updater->taken || updater->held || !updater_is_whole(updater) || updater->commit_due_us != UPDATER_NEVER ||
         updater->tend_due_us != UPDATER_NEVER || !g_queue_is_empty((GQueue *)&updater->vanished) ||
         g_atomic_int_get(&updater->is_awaited);
}

static gboolean becomes_idle(Updater *updater, gint64 now_us) {
  gboolean is_busy_now = is_busy(updater);

  pthread_mutex_lock(&updater->lock);
  gboolean is_due = updater->is_in_use && now_us >= updater->used_us + UPDATER_IDLE_US;
  if (is_due && is_busy_now)
    updater->used_us = now_us;
  else if (is_due)
    updater->is_in_use = FALSE;
  pthread_mutex_unlock(&updater->lock);
  return is_due && !is_busy_now;
}

/* An index in memory would be gone; and a visitor, who soon ends, has one. */
static void close_writer(Updater *updater) {
  if (updater_is_visiting(updater) || index_file_is_in_memory(updater->file) || !updater->work.writer ||
      index_write_is_open(updater->work.writer))
    return;
  g_clear_pointer(&updater->work.writer, index_write_close);
  g_atomic_int_set(&updater->is_closed, TRUE);
}

void updater_idle_due(Updater *updater, gint64 now_us) {
  if (!becomes_idle(updater, now_us))
    return;
  updater->options.idle(updater->options.idle_data); /* readers first: who writes tidies up as the last */
  close_writer(updater);
  crew_trim_memory(loop_queue_crew(updater->parts->queue));
}

static gboolean is_same(const InboxTotals *a, const InboxTotals *b) {
  return a->last_seq == b->last_seq && a->n_messages == b->n_messages && a->n_unread == b->n_unread &&
         a->n_flagged == b->n_flagged && a->n_bytes == b->n_bytes;
}

void updater_open_again(Updater *updater) {
  if (!g_atomic_int_get(&updater->is_closed))
    return;
  updater_reopen(updater);
  if (updater->work.writer && is_same(index_write_totals(updater->work.writer), &updater->totals))
    return;
  updater_start_over(updater); /* somebody removed the file in the meantime, or it cannot be opened */
}
