#include "store/indexer_state.h"

#include "store/error.h"
#include <string.h>

/* The thread */

gint64 indexer_earlier(gint64 a_us, gint64 b_us) {
  return a_us == INDEXER_NEVER ? b_us : b_us == INDEXER_NEVER ? a_us : MIN(a_us, b_us);
}

/* While the index cannot be written there is nothing to do but to try again. */
static gint64 next_due_us(const Indexer *indexer) {
  gint64 due_us = indexer_earlier(indexer->commit_due_us, indexer->retry_due_us);
  due_us = indexer_earlier(due_us, indexer->aside_due_us);
  if (indexer->trouble)
    return due_us;
  return indexer_earlier(indexer_earlier(due_us, indexer->tend_due_us), indexer_watch_due_us(indexer));
}

/* Parked tasks, in their order. One may park itself again. */
static void run_parked(Indexer *indexer) {
  for (guint n_left = g_queue_get_length(&indexer->parked); n_left > 0; n_left--) {
    IndexTask *task = g_queue_pop_head(&indexer->parked);
    task->run(indexer, task);
    indexer_commit_soon(indexer);
  }
}

static gboolean may_park(const Indexer *indexer) {
  return indexer->work.writer && !indexer->trouble && !indexer->ended && !g_atomic_int_get(&indexer->closing);
}

gboolean indexer_park(Indexer *indexer, IndexTask *task) {
  if (indexer_is_whole(indexer) || !may_park(indexer))
    return FALSE;
  g_queue_push_tail(&indexer->parked, task);
  return TRUE;
}

guint indexer_last_count(const Indexer *indexer) {
  return indexer->parts->maildir->counter;
}

static void do_due(Indexer *indexer) {
  gint64 now_us = g_get_monotonic_time();
  indexer_watch_follow_due(indexer, now_us);
  if (indexer->aside_due_us != INDEXER_NEVER && now_us >= indexer->aside_due_us)
    indexer_step_aside(indexer);
  if (indexer->retry_due_us != INDEXER_NEVER && now_us >= indexer->retry_due_us)
    indexer_retry(indexer);
  indexer_watch_scan_due(indexer, now_us);
  if (indexer->commit_due_us != INDEXER_NEVER && now_us >= indexer->commit_due_us)
    indexer_commit(indexer);
  if (indexer->tend_due_us != INDEXER_NEVER && now_us >= indexer->tend_due_us && !indexer->scan && !indexer->trouble)
    indexer_tend(indexer);
  if (indexer_is_whole(indexer) || !may_park(indexer))
    run_parked(indexer);
}

static void wait_for_work(Indexer *indexer) {
  gint64 due_us = next_due_us(indexer);
  gint64 left_us = MAX(due_us - g_get_monotonic_time(), 0);
  gboolean is_due = due_us != INDEXER_NEVER && left_us == 0;
  if (!is_due && due_us != INDEXER_NEVER) {
    const struct timeval left = {.tv_sec = left_us / G_USEC_PER_SEC, .tv_usec = left_us % G_USEC_PER_SEC};
    event_add(indexer->timer, &left);
  }
  event_base_loop(indexer->base, is_due ? EVLOOP_NONBLOCK : EVLOOP_ONCE);
  event_del(indexer->timer);
}

static void timer_cb(evutil_socket_t fd, short what, void *user_data) {}

static void open_all(Indexer *indexer) {
  indexer_watch_open(indexer);
  indexer_reopen(indexer);
  if (indexer_is_visiting(indexer) && !index_file_is_in_memory(indexer->file))
    indexer->aside_due_us = g_get_monotonic_time();
  indexer->committed_us = g_get_monotonic_time() - INDEXER_BATCH_US;
  indexer_report(indexer);
}

static void close_all(Indexer *indexer) {
  indexer_watch_close(indexer);
  if (indexer->work.writer)
    index_file_bring_back(indexer->file, index_write_db(indexer->work.writer));
  g_clear_pointer(&indexer->work.writer, index_write_close);
}

/* What a visitor asks for is to be about all mails, also when it changes them. */
static gboolean has_to_catch_up(Indexer *indexer) {
  return indexer_is_visiting(indexer) && !indexer->is_whole && !indexer->trouble &&
         !g_atomic_int_get(&indexer->closing);
}

static void *indexer_main(void *data) {
  Indexer *indexer = data;
#ifdef __linux__
  pthread_setname_np(pthread_self(), "indexer");
#endif
  open_all(indexer);
  while (has_to_catch_up(indexer))
    do_due(indexer);
  while (!indexer->ended) {
    wait_for_work(indexer);
    if (!indexer->ended)
      do_due(indexer);
  }
  close_all(indexer);
  return NULL;
}

static gboolean start_thread(Indexer *indexer, GError **error) {
  int error_number = job_start_thread(&indexer->thread, NULL, indexer_main, indexer);
  if (error_number != 0)
    store_set_errno(error, error_number, "cannot start a thread");
  return error_number == 0;
}

static void indexer_free(Indexer *indexer) {
  if (indexer->tasks)
    loop_queue_free(indexer->tasks);
  event_free(indexer->timer);
  event_base_free(indexer->base);
  g_ptr_array_unref(indexer->work.events);
  g_free(indexer->trouble);
  g_free(indexer);
}

Indexer *indexer_start(const StoreParts *parts, IndexFile *file, const IndexerOptions *options, GError **error) {
  Indexer *indexer = g_new0(Indexer, 1);
  indexer->parts = parts;
  indexer->file = file;
  indexer->options = *options;
  indexer->work = (IndexWork){.parts = parts, .events = indexer_new_events()};
  indexer->retry_due_us = indexer->commit_due_us = indexer->tend_due_us = indexer->aside_due_us = INDEXER_NEVER;
  indexer->base = event_base_new();
  indexer->timer = evtimer_new(indexer->base, timer_cb, NULL);
  indexer->tasks = loop_queue_new(indexer->base, error);
  if (indexer->tasks && start_thread(indexer, error))
    return indexer;
  indexer_free(indexer);
  return NULL;
}

/* Tasks */

static void task_cb(gpointer data) {
  IndexTask *task = data;
  Indexer *indexer = task->indexer;
  guint64 ticket = task->ticket;
  (void)g_atomic_int_add(&indexer->n_waiting, -1);
  task->run(indexer, task);
  indexer->done_ticket = ticket;
  indexer_commit_soon(indexer);
}

void indexer_push(Indexer *indexer, IndexTask *task, guint64 ticket) {
  task->indexer = indexer;
  task->ticket = ticket;
  g_atomic_int_inc(&indexer->n_waiting);
  loop_queue_post(indexer->tasks, task_cb, task);
}

IndexTask *indexer_plain_task(void (*run)(Indexer *indexer, IndexTask *task)) {
  IndexTask *task = g_new0(IndexTask, 1);
  task->run = run;
  return task;
}

static void run_stop(Indexer *indexer, IndexTask *task) {
  g_free(task);
  run_parked(indexer);
  indexer_commit(indexer);
  indexer->ended = TRUE;
  event_base_loopbreak(indexer->base);
}

void indexer_stop(Indexer *indexer) {
  if (!indexer)
    return;
  g_atomic_int_set(&indexer->closing, TRUE);
  indexer_push(indexer, indexer_plain_task(run_stop), G_MAXUINT64);
  pthread_join(indexer->thread, NULL);
  indexer_free(indexer);
}

static void run_flush(Indexer *indexer, IndexTask *task) {
  indexer->read_us = g_get_monotonic_time();
  indexer_catch_up(indexer);
  indexer->done_ticket = task->ticket;
  g_free(task);
  indexer_commit(indexer);
}

void indexer_push_flush(Indexer *indexer, guint64 ticket) {
  indexer_push(indexer, indexer_plain_task(run_flush), ticket);
}

static void run_moved(Indexer *indexer, IndexTask *task) {
  g_free(task);
  indexer_move(indexer);
}

void indexer_push_moved(Indexer *indexer, guint64 ticket) {
  indexer_push(indexer, indexer_plain_task(run_moved), ticket);
}

typedef struct Damaged {
  IndexTask task; /* first */
  guint generation;
} Damaged;

static void run_damaged(Indexer *indexer, IndexTask *task) {
  Damaged *damaged = (Damaged *)task;
  if (damaged->generation == index_file_generation(indexer->file)) /* else it is another one already */
    indexer_fail(indexer, g_error_new_literal(STORE_ERROR, STORE_ERROR_DAMAGED, "the index cannot be read"));
  g_free(damaged);
}

void indexer_push_damaged(Indexer *indexer, guint generation, guint64 ticket) {
  Damaged *damaged = g_new0(Damaged, 1);
  damaged->task.run = run_damaged;
  damaged->generation = generation;
  indexer_push(indexer, &damaged->task, ticket);
}
