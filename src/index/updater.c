#include "index/updater_private.h"

#include "inbox/error.h"
#include <string.h>

/* --- the strand */

enum {
  TURN_US = 20 * 1000,      /* then others have theirs */
  SAVE_MIN = 32,            /* tasks that wait: fewer are done before they are lost */
  REST_SLICE_US = 50 * 1000 /* after which what came is saved */
};

gint64 updater_earlier(gint64 a_us, gint64 b_us) {
  return a_us == UPDATER_NEVER ? b_us : b_us == UPDATER_NEVER ? a_us : MIN(a_us, b_us);
}

/* While the index cannot be written there is nothing to do but to try again. */
static gint64 next_due_us(Updater *updater) {
  gint64 due_us = updater_earlier(updater->commit_due_us, updater->retry_due_us);

  due_us = updater_earlier(due_us, updater->aside_due_us);
  if (updater->trouble)
    return due_us;
  due_us = updater_earlier(updater_earlier(due_us, updater->tend_due_us), updater_idle_due_us(updater));
  return updater_earlier(due_us, updater_watch_due_us(updater));
}

/* Parked tasks, in their order. One may park itself again. */
static void run_parked(Updater *updater) {
  for (guint n_left = g_queue_get_length(&updater->parked); n_left > 0; n_left--) {
    IndexTask *task = g_queue_pop_head(&updater->parked);
    task->run(updater, task);
    updater_commit_soon(updater);
  }
}

static gboolean may_park(const Updater *updater) {
  return updater_has_index(updater) && !updater->trouble && !updater->ended && !g_atomic_int_get(&updater->closing);
}

gboolean updater_park(Updater *updater, IndexTask *task) {
  if (updater_is_whole(updater) || !may_park(updater))
    return FALSE;
  g_queue_push_tail(&updater->parked, task);
  return TRUE;
}

guint updater_last_count(const Updater *updater) {
  return updater->parts->maildir->counter;
}

/* --- transcripts that would be lost with the process */

static void save(Updater *updater, IndexTask *first) {
  for (IndexTask *task = first; task; task = task->next) {
    if (!task->save || task->is_saved)
      continue;
    task->save(task, updater->notes);
    task->is_saved = TRUE;
    updater->n_saved++;
  }
}

/* Those that wait for long: the updater rests, or has much to do. */
static void save_waiting(Updater *updater, gint n_least) {
  if (!updater->notes || g_atomic_int_get(&updater->n_waiting) < n_least)
    return;
  pthread_mutex_lock(&updater->lock);
  IndexTask *came = updater->first_task;
  IndexTask *last = updater->last_task;
  updater->first_task = updater->last_task = NULL;
  pthread_mutex_unlock(&updater->lock);
  if (came && updater->held)
    updater->held_last->next = came;
  else if (came)
    updater->held = came;
  if (came)
    updater->held_last = last;
  save(updater, updater->taken);
  save(updater, came);
  index_notes_write(updater->notes);
}

void updater_note_early(Updater *updater, const char *id, const char *said) {
  if (!updater->notes)
    return;
  index_notes_add(updater->notes, id, said);
  index_notes_write(updater->notes);
  updater->reads_notes = TRUE;
}

static gboolean take_note(const char *id, const char *said, gpointer user_data) {
  Updater *updater = user_data;
  IndexSync *work = updater_work(updater);
  g_autoptr(GError) error = NULL;

  if (work && !index_write_keep_transcript(work->writer, id, said, &error))
    updater_fail(updater, g_steal_pointer(&error));
  return updater->work.writer && !updater->trouble;
}

/* Of messages that are gone meanwhile nothing is kept. */
void updater_read_notes(Updater *updater) {
  if (!updater->reads_notes || !updater_is_whole(updater) || !may_park(updater))
    return;
  updater->reads_notes = FALSE; /* unless that fails */
  index_notes_read(updater->notes, take_note, updater);
  updater_commit_soon(updater);
}

/* --- passes */

static void do_due(Updater *updater) {
  gint64 now_us = g_get_monotonic_time();

  updater_watch_follow_due(updater, now_us);
  if (updater->aside_due_us != UPDATER_NEVER && now_us >= updater->aside_due_us)
    updater_step_aside(updater);
  if (updater->retry_due_us != UPDATER_NEVER && now_us >= updater->retry_due_us)
    updater_retry(updater);
  updater_watch_scan_due(updater, now_us);
  if (updater->commit_due_us != UPDATER_NEVER && now_us >= updater->commit_due_us)
    updater_commit(updater);
  if (updater->tend_due_us != UPDATER_NEVER && now_us >= updater->tend_due_us && !updater->scan && !updater->trouble)
    updater_tend(updater);
  if (updater_is_whole(updater) || !may_park(updater))
    run_parked(updater);
  if (g_atomic_int_get(&updater->is_awaited))
    updater_open_again(updater);
  updater_idle_due(updater, now_us);
  updater_read_notes(updater);
}

static void pass_cb(gpointer data);

/* Whoever wakes it while a pass runs is seen to at its end. */
static void wake(Updater *updater, gboolean is_urgent) {
  pthread_mutex_lock(&updater->lock);
  updater->is_woken = TRUE;
  updater->is_urgent |= is_urgent;
  gboolean comes = updater->is_running || updater->is_queued || (updater->is_resting && !is_urgent);
  updater->is_queued |= !comes;
  pthread_mutex_unlock(&updater->lock);
  if (!comes)
    strand_run(updater->strand, pass_cb, updater);
}

void updater_wake(Updater *updater) {
  wake(updater, FALSE);
}

void updater_set_rest(Updater *updater, gboolean may_rest) {
  gboolean might_rest = g_atomic_int_get(&updater->may_rest);

  g_atomic_int_set(&updater->may_rest, may_rest);
  if (might_rest && !may_rest)
    wake(updater, TRUE);
}

/* How long it does nothing after a turn. A scan is as good as somebody who waits: limits and visitors wait for it. */
static gint64 rest_us(const Updater *updater, gint64 now_us) {
  gboolean is_quiet = now_us - updater->arrived_us >= UPDATER_REST_QUIET_US;
  gboolean has_haste = updater->scan || updater->scan_wish != SCAN_NONE || g_atomic_int_get(&updater->closing);

  if (is_quiet || has_haste || updater->is_urgent || !g_atomic_int_get(&updater->may_rest))
    return 0;
  return MIN(UPDATER_REST_TURNS * (now_us - updater->turn_us), UPDATER_REST_MAX_US);
}

/* A rest has slices: at the end of each, what came is saved, and nothing may have come for a while. */
static gboolean goes_on_resting(Updater *updater) {
  gint64 now_us = g_get_monotonic_time();

  pthread_mutex_lock(&updater->lock);
  gboolean rests = updater->is_resting && !updater->is_urgent && now_us < updater->rest_until_us &&
                   now_us - updater->arrived_us < UPDATER_REST_QUIET_US && g_atomic_int_get(&updater->may_rest);
  pthread_mutex_unlock(&updater->lock);
  return rests;
}

static void rest_on(Updater *updater) {
  save_waiting(updater, 1);
  strand_run_at(updater->strand, MIN(g_get_monotonic_time() + REST_SLICE_US, updater->rest_until_us), pass_cb, updater);
}

/* Sees to the next pass: at once, or at a time. */
static void wake_when_due(Updater *updater) {
  gint64 due_us = next_due_us(updater);
  gint64 now_us = g_get_monotonic_time();

  pthread_mutex_lock(&updater->lock);
  gboolean has_more = updater->taken || updater->held || updater->first_task;
  gint64 pause_us = has_more ? rest_us(updater, now_us) : 0;
  gboolean is_due = has_more || updater->is_woken || (due_us != UPDATER_NEVER && due_us <= now_us);
  updater->is_running = FALSE;
  updater->is_resting = pause_us > 0;
  updater->is_queued = is_due && pause_us == 0;
  pthread_mutex_unlock(&updater->lock);
  updater->rest_until_us = now_us + pause_us;
  if (pause_us > 0)
    rest_on(updater);
  else if (is_due)
    strand_run(updater->strand, pass_cb, updater);
  else if (due_us != UPDATER_NEVER)
    strand_run_at(updater->strand, due_us, pass_cb, updater);
}

static void open_all(Updater *updater) {
  if (!updater_is_visiting(updater)) {
    updater->work.gone = updater->gone = index_gone_new(updater->parts);
    updater->notes = index_notes_new(updater->parts);
    updater_look_for_notes(updater);
  }
  updater_watch_open(updater);
  updater_reopen(updater);
  if (updater_is_visiting(updater) && !index_file_is_in_memory(updater->file))
    updater->aside_due_us = g_get_monotonic_time();
  updater->committed_us = g_get_monotonic_time() - UPDATER_BATCH_US;
  updater_report(updater);
}

static void close_all(Updater *updater) {
  g_clear_pointer(&updater->notes, index_notes_free);
  updater_watch_close(updater);
  if (updater->work.writer)
    index_file_bring_back(updater->file, index_write_db(updater->work.writer));
  g_clear_pointer(&updater->work.writer, index_write_close);
}

/* What a visitor asks for is to be about all messages, also when it changes them. */
static gboolean has_to_catch_up(Updater *updater) {
  return updater_is_visiting(updater) && !updater->is_whole && !updater->trouble &&
         !g_atomic_int_get(&updater->closing);
}

static void run_task(Updater *updater, IndexTask *task) {
  guint64 ticket = task->ticket;

  (void)g_atomic_int_add(&updater->n_waiting, -1);
  updater->n_saved -= task->is_saved;
  task->run(updater, task);
  updater->done_ticket = ticket;
  updater_commit_soon(updater);
}

/* All that was given until now, as far as there is time. */
static void run_tasks(Updater *updater) {
  gint64 until_us = g_get_monotonic_time() + TURN_US;
  IndexTask *task;

  while (!updater->ended && (task = updater->taken)) {
    updater->taken = task->next;
    run_task(updater, task);
    if (g_get_monotonic_time() >= until_us)
      return;
  }
}

static void take_tasks(Updater *updater) {
  pthread_mutex_lock(&updater->lock);
  updater->is_queued = updater->is_resting = updater->is_woken = updater->is_urgent = FALSE;
  updater->is_running = TRUE;
  updater->turn_us = g_get_monotonic_time();
  if (!updater->taken && updater->held) {
    updater->taken = g_steal_pointer(&updater->held);
  } else if (!updater->taken) {
    updater->taken = updater->first_task;
    updater->first_task = NULL;
    updater->last_task = NULL;
  }
  pthread_mutex_unlock(&updater->lock);
}

/* One turn: tasks, and when all that were taken are done, what is due: to commit after each turn would cost more. */
static void pass_cb(gpointer data) {
  Updater *updater = data;

  if (updater->ended)
    return;
  if (goes_on_resting(updater)) {
    rest_on(updater);
    return;
  }
  save_waiting(updater, SAVE_MIN);
  take_tasks(updater);
  gboolean catches_up = has_to_catch_up(updater);
  if (!catches_up)
    run_tasks(updater);
  if (!updater->ended && (catches_up || !updater->taken))
    do_due(updater);
  if (updater->ended)
    close_all(updater);
  else
    wake_when_due(updater);
}

static void open_cb(gpointer data) {
  open_all(data);
  updater_wake(data);
}

Updater *updater_start(const StoreParts *parts, IndexFile *file, const UpdaterOptions *options) {
  Updater *updater = g_new0(Updater, 1);

  updater->parts = parts;
  updater->file = file;
  updater->options = *options;
  updater->work = (IndexSync){.parts = parts, .events = updater_new_events()};
  updater->retry_due_us = updater->commit_due_us = updater->tend_due_us = updater->aside_due_us = UPDATER_NEVER;
  updater->strand = strand_new(loop_queue_crew(parts->queue), 1, STRAND_SHORT);
  pthread_mutex_init(&updater->lock, NULL);
  strand_run(updater->strand, open_cb, updater);
  return updater;
}

/* --- tasks */

static void append(Updater *updater, IndexTask *task, guint64 ticket) {
  task->updater = updater;
  task->ticket = ticket;
  task->next = NULL;
  g_atomic_int_inc(&updater->n_waiting);
  pthread_mutex_lock(&updater->lock);
  if (updater->last_task)
    updater->last_task->next = task;
  else
    updater->first_task = task;
  updater->last_task = task;
  updater->arrived_us = g_get_monotonic_time();
  pthread_mutex_unlock(&updater->lock);
}

void updater_push_patiently(Updater *updater, IndexTask *task, guint64 ticket) {
  append(updater, task, ticket);
  wake(updater, FALSE);
}

void updater_push(Updater *updater, IndexTask *task, guint64 ticket) {
  append(updater, task, ticket);
  wake(updater, TRUE);
}

IndexTask *updater_plain_task(void (*run)(Updater *updater, IndexTask *task)) {
  IndexTask *task = g_new0(IndexTask, 1);

  task->run = run;
  return task;
}

static void run_stop(Updater *updater, IndexTask *task) {
  g_free(task);
  run_parked(updater);
  updater_commit(updater);
  updater->ended = TRUE;
}

static void stopped_cb(gpointer data) {
  Updater *updater = data;
  JobFunc stopped = updater->stopped;
  gpointer user_data = updater->stopped_data;

  pthread_mutex_destroy(&updater->lock);
  g_ptr_array_unref(updater->work.events);
  g_free(updater->trouble);
  g_free(updater);
  stopped(user_data);
}

static void strand_closed_cb(gpointer data) {
  Updater *updater = data;

  if (updater->gone)
    index_gone_close(updater->gone, stopped_cb, updater);
  else
    stopped_cb(updater);
}

void updater_stop(Updater *updater, JobFunc stopped, gpointer user_data) {
  updater->stopped = stopped;
  updater->stopped_data = user_data;
  g_atomic_int_set(&updater->closing, TRUE);
  updater_push(updater, updater_plain_task(run_stop), G_MAXUINT64);
  strand_close(updater->strand, strand_closed_cb, updater);
}

static void run_flush(Updater *updater, IndexTask *task) {
  updater->read_us = g_get_monotonic_time();
  updater_catch_up(updater);
  updater->done_ticket = task->ticket;
  g_free(task);
  updater_commit(updater);
}

void updater_push_flush(Updater *updater, guint64 ticket) {
  updater_push(updater, updater_plain_task(run_flush), ticket);
}

static void run_moved(Updater *updater, IndexTask *task) {
  g_free(task);
  updater_move(updater);
}

void updater_push_moved(Updater *updater, guint64 ticket) {
  updater_push(updater, updater_plain_task(run_moved), ticket);
}

typedef struct Damaged {
  IndexTask task; /* first */
  guint generation;
} Damaged;

static void run_damaged(Updater *updater, IndexTask *task) {
  Damaged *damaged = (Damaged *)task;

  if (damaged->generation == index_file_generation(updater->file)) /* else it is another one already */
    updater_fail(updater, g_error_new_literal(INBOX_ERROR, INBOX_ERROR_DAMAGED, "the index cannot be read"));
  g_free(damaged);
}

void updater_push_damaged(Updater *updater, guint generation, guint64 ticket) {
  Damaged *damaged = g_new0(Damaged, 1);

  damaged->task.run = run_damaged;
  damaged->generation = generation;
  updater_push(updater, &damaged->task, ticket);
}
