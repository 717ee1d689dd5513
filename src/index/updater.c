#include "index/updater_private.h"

#include "inbox/error.h"
#include <string.h>

/* The thread */

gint64 updater_earlier(gint64 a_us, gint64 b_us) {
  return a_us == UPDATER_NEVER ? b_us : b_us == UPDATER_NEVER ? a_us : MIN(a_us, b_us);
}

/* While the index cannot be written there is nothing to do but to try again. */
static gint64 next_due_us(const Updater *updater) {
  gint64 due_us = updater_earlier(updater->commit_due_us, updater->retry_due_us);
  due_us = updater_earlier(due_us, updater->aside_due_us);
  if (updater->trouble)
    return due_us;
  return updater_earlier(updater_earlier(due_us, updater->tend_due_us), updater_watch_due_us(updater));
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
  return updater->work.writer && !updater->trouble && !updater->ended && !g_atomic_int_get(&updater->closing);
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
}

static void wait_for_work(Updater *updater) {
  gint64 due_us = next_due_us(updater);
  gint64 left_us = MAX(due_us - g_get_monotonic_time(), 0);
  gboolean is_due = due_us != UPDATER_NEVER && left_us == 0;
  if (!is_due && due_us != UPDATER_NEVER) {
    const struct timeval left = {.tv_sec = left_us / G_USEC_PER_SEC, .tv_usec = left_us % G_USEC_PER_SEC};
    event_add(updater->timer, &left);
  }
  event_base_loop(updater->base, is_due ? EVLOOP_NONBLOCK : EVLOOP_ONCE);
  event_del(updater->timer);
}

static void timer_cb(evutil_socket_t fd, short what, void *user_data) {}

static void open_all(Updater *updater) {
  updater_watch_open(updater);
  updater_reopen(updater);
  if (updater_is_visiting(updater) && !index_file_is_in_memory(updater->file))
    updater->aside_due_us = g_get_monotonic_time();
  updater->committed_us = g_get_monotonic_time() - UPDATER_BATCH_US;
  updater_report(updater);
}

static void close_all(Updater *updater) {
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

static void *updater_main(void *data) {
  Updater *updater = data;
#ifdef __linux__
  pthread_setname_np(pthread_self(), "indexer");
#endif
  open_all(updater);
  while (has_to_catch_up(updater))
    do_due(updater);
  while (!updater->ended) {
    wait_for_work(updater);
    if (!updater->ended)
      do_due(updater);
  }
  close_all(updater);
  return NULL;
}

static gboolean start_thread(Updater *updater, GError **error) {
  int error_number = job_start_thread(&updater->thread, NULL, updater_main, updater);
  if (error_number != 0)
    inbox_set_errno(error, error_number, "cannot start a thread");
  return error_number == 0;
}

static void updater_free(Updater *updater) {
  if (updater->tasks)
    loop_queue_free(updater->tasks);
  event_free(updater->timer);
  event_base_free(updater->base);
  g_ptr_array_unref(updater->work.events);
  g_free(updater->trouble);
  g_free(updater);
}

Updater *updater_start(const StoreParts *parts, IndexFile *file, const UpdaterOptions *options, GError **error) {
  Updater *updater = g_new0(Updater, 1);
  updater->parts = parts;
  updater->file = file;
  updater->options = *options;
  updater->work = (IndexSync){.parts = parts, .events = updater_new_events()};
  updater->retry_due_us = updater->commit_due_us = updater->tend_due_us = updater->aside_due_us = UPDATER_NEVER;
  updater->base = event_base_new();
  updater->timer = evtimer_new(updater->base, timer_cb, NULL);
  updater->tasks = loop_queue_new(updater->base, error);
  if (updater->tasks && start_thread(updater, error))
    return updater;
  updater_free(updater);
  return NULL;
}

/* Tasks */

static void task_cb(gpointer data) {
  IndexTask *task = data;
  Updater *updater = task->updater;
  guint64 ticket = task->ticket;
  (void)g_atomic_int_add(&updater->n_waiting, -1);
  task->run(updater, task);
  updater->done_ticket = ticket;
  updater_commit_soon(updater);
}

void updater_push(Updater *updater, IndexTask *task, guint64 ticket) {
  task->updater = updater;
  task->ticket = ticket;
  g_atomic_int_inc(&updater->n_waiting);
  loop_queue_post(updater->tasks, task_cb, task);
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
  event_base_loopbreak(updater->base);
}

void updater_stop(Updater *updater) {
  if (!updater)
    return;
  g_atomic_int_set(&updater->closing, TRUE);
  updater_push(updater, updater_plain_task(run_stop), G_MAXUINT64);
  pthread_join(updater->thread, NULL);
  updater_free(updater);
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
