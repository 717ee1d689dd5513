#include "store/indexer_private.h"

#include "store/error.h"
#include "store/follow.h"
#include "store/index_scan.h"
#include <pthread.h>
#include <signal.h>
#include <string.h>
#ifdef __linux__
#include <sys/resource.h>
#endif

enum {
  NICENESS = 5,                  /* mails are taken first, and looked into when there is time */
  MANY_WAITING = 200,            /* tasks: then it is better to write more at once */
  NAMES_WAITING_MAX = 50 * 1000, /* mails that wait, be it by name alone */
  SCAN_STEP_US = 10 * 1000,      /* between looks at the tasks */
  SCAN_PAUSE_US = 1000 * 1000,   /* at least, between two scans */
  VANISH_DELAY_US = 100 * 1000,  /* a file that is gone may appear elsewhere just now */
  RETRY_FIRST_US = 1000 * 1000,
  RETRY_LAST_US = 30 * 1000 * 1000,
  CLOSING_US = 500 * 1000,
  ASIDE_PAUSE_US = 100 * 1000, /* between a visitor's looks whether a server came */
  TEND_DELAY_US = 300 * 1000,  /* without a mail, until there is time for what can be done later */
  NEVER = -1
};

/* A file that is gone, as far as was told. */
typedef struct Vanished {
  MailFile file;
  gint64 due_us;
} Vanished;

typedef enum { SCAN_NONE, SCAN_WANTED, SCAN_WANTED_ALL /* also mails of ours in new/ */ } ScanWish;

struct Indexer {
  const StoreParts *parts;
  IndexFile *file;
  IndexerOptions options;
  pthread_t thread;
  struct event_base *base;
  LoopQueue *tasks;
  gint backlog_octets; /* atomic: of mails that wait in memory */
  gint n_waiting;      /* atomic: tasks */
  gint overflowed;     /* atomic: a scan for mails not handed over is among the tasks */
  gint closing;        /* atomic */
  /* The thread's: */
  IndexWork work;
  Follow *follow;
  struct event *follow_event; /* NULL: it is asked from time to time */
  struct event *timer;
  gint64 follow_due_us;
  GQueue vanished; /* Vanished * */
  IndexScan *scan;
  ScanWish scan_wish;
  gint64 scan_due_us;
  gint64 retry_due_us;   /* NEVER: it can be written */
  gint64 retry_after_us; /* how long it was waited the last time */
  char *trouble;
  gint64 begun_us;      /* the transaction under way */
  gint64 commit_due_us; /* NEVER: nothing is to be committed or reported */
  gint64 committed_us;
  gint64 tend_due_us;  /* NEVER: all is tended */
  gint64 aside_due_us; /* NEVER: nobody may come who wants the index */
  guint n_changes;     /* in it */
  guint64 done_ticket;
  guint64 reported_ticket;
  gboolean is_behind; /* what was given is not in; who reads waits for the scan that brings it */
  gboolean is_whole;
  gint64 closing_us; /* when what waits is no longer done; 0: not closing */
  gboolean ended;
};

/* Reports */

typedef struct Report {
  IndexReport report; /* first */
  IndexerReported reported;
  gpointer user_data;
} Report;

static void reported_cb(gpointer data) {
  Report *report = data;
  report->reported(&report->report, report->user_data);
  g_ptr_array_unref(report->report.events);
  g_free(report->report.trouble);
  g_free(report);
}

static GPtrArray *new_events(void) {
  return g_ptr_array_new_with_free_func((GDestroyNotify)index_event_free);
}

static gboolean is_visiting(const Indexer *indexer) {
  return indexer->parts->maildir->is_visited;
}

static void report(Indexer *indexer) {
  if (!indexer->is_behind)
    indexer->reported_ticket = indexer->done_ticket;
  Report *report = g_new0(Report, 1);
  report->reported = indexer->options.reported;
  report->user_data = indexer->options.reported_data;
  report->report = (IndexReport){
      .events = indexer->work.events,
      .done_ticket = indexer->reported_ticket,
      .is_ready = indexer->work.writer != NULL && (indexer->is_whole || !is_visiting(indexer)),
      .is_whole = indexer->is_whole && !indexer->trouble,
      .is_in_memory = index_file_is_in_memory(indexer->file),
      .trouble = g_strdup(indexer->trouble),
  };
  if (indexer->work.writer)
    report->report.totals = *index_write_totals(indexer->work.writer);
  indexer->work.events = new_events();
  indexer->commit_due_us = NEVER;
  loop_queue_post(indexer->parts->queue, reported_cb, report);
}

/* Opening */

static void reopen(Indexer *indexer) {
  g_autoptr(GError) error = NULL;
  g_clear_pointer(&indexer->work.writer, index_write_close);
  indexer->work.writer = index_write_open(indexer->file, &error);
  g_clear_pointer(&indexer->trouble, g_free);
  if (error)
    indexer->trouble = g_strdup(error->message);
  indexer->retry_due_us = error ? g_get_monotonic_time() + RETRY_LAST_US : NEVER;
}

/* A full disk is left to the mails. */
static gboolean leave_disk(Indexer *indexer) {
  IndexWriter *writer = indexer->work.writer;
  if (!writer || !index_file_move_to_memory(indexer->file, index_write_db(writer)))
    return FALSE;
  reopen(indexer);
  return indexer->work.writer != NULL;
}

/* Transactions */

IndexWork *indexer_work(Indexer *indexer) {
  if (!indexer->work.writer || indexer->trouble)
    return NULL;
  g_autoptr(GError) error = NULL;
  if (!index_write_is_open(indexer->work.writer)) {
    if (index_file_is_short_of_room(indexer->file) && !leave_disk(indexer) && !indexer->work.writer)
      return NULL;
    if (!index_write_begin(indexer->work.writer, &error)) {
      indexer_fail(indexer, g_steal_pointer(&error));
      return NULL;
    }
    indexer->begun_us = g_get_monotonic_time();
    indexer->n_changes = 0;
  }
  return &indexer->work;
}

static void want_scan(Indexer *indexer, ScanWish wish) {
  indexer->scan_wish = MAX(indexer->scan_wish, wish);
}

void indexer_compare(Indexer *indexer) {
  want_scan(indexer, SCAN_WANTED);
}

gboolean indexer_is_whole(const Indexer *indexer) {
  return indexer->is_whole && indexer->scan_wish == SCAN_NONE && !indexer->scan;
}

/* Does so with the database. */
static void make_anew(Indexer *indexer, void (*leave)(IndexFile *file)) {
  g_clear_pointer(&indexer->work.writer, index_write_close);
  leave(indexer->file);
  /* What was written by then has been told of as far as it could be. */
  indexer->work.live_since_us = g_get_real_time() - (g_get_monotonic_time() - indexer->committed_us);
  reopen(indexer);
}

void indexer_fail(Indexer *indexer, GError *error) {
  g_clear_pointer(&indexer->scan, index_scan_free);
  if (indexer->work.writer)
    index_write_rollback(indexer->work.writer);
  g_ptr_array_set_size(indexer->work.events, 0); /* they did not happen; the scan will find what did */
  indexer->is_whole = FALSE;
  want_scan(indexer, SCAN_WANTED_ALL);
  if (g_error_matches(error, STORE_ERROR, STORE_ERROR_DAMAGED)) {
    make_anew(indexer, index_file_remove);
  } else if (g_error_matches(error, STORE_ERROR, STORE_ERROR_NO_SPACE) && leave_disk(indexer)) {
    indexer->is_behind = TRUE;
    indexer->scan_due_us = 0;
  } else {
    indexer->is_behind = FALSE;
    g_free(indexer->trouble);
    indexer->trouble = g_strdup(error->message);
    indexer->retry_after_us = CLAMP(2 * indexer->retry_after_us, RETRY_FIRST_US, RETRY_LAST_US);
    indexer->retry_due_us = g_get_monotonic_time() + indexer->retry_after_us;
  }
  g_error_free(error);
  report(indexer);
}

gboolean indexer_commit(Indexer *indexer) {
  g_autoptr(GError) error = NULL;
  if (indexer->work.writer && !index_write_commit(indexer->work.writer, &error)) {
    indexer_fail(indexer, g_steal_pointer(&error));
    return FALSE;
  }
  indexer->committed_us = g_get_monotonic_time();
  indexer->retry_after_us = 0;
  report(indexer);
  return TRUE;
}

gboolean indexer_commit_if_long(Indexer *indexer) {
  if (!indexer->work.writer || !index_write_is_open(indexer->work.writer))
    return !indexer->trouble;
  indexer->tend_due_us = g_get_monotonic_time() + TEND_DELAY_US;
  gboolean is_long =
      ++indexer->n_changes >= INDEXER_BATCH_MAX || g_get_monotonic_time() - indexer->begun_us >= INDEXER_BATCH_US;
  return !is_long || indexer_commit(indexer);
}

/* Alone, a mail is shown at once; many are written together. */
static void commit_soon(Indexer *indexer) {
  gboolean has_more = g_atomic_int_get(&indexer->n_waiting) > MANY_WAITING;
  gint64 pause_us = has_more ? INDEXER_LONG_BATCH_US : INDEXER_BATCH_US;
  if (indexer->commit_due_us == NEVER)
    indexer->commit_due_us = MAX(g_get_monotonic_time(), indexer->committed_us + pause_us);
}

void indexer_forget(Indexer *indexer, const char *const *names, guint n_names) {
  indexer->options.forget(names, n_names, indexer->options.forget_data);
}

/* Following other programs */

static void vanished_free(Vanished *vanished) {
  mail_file_clear(&vanished->file);
  g_free(vanished);
}

static void take(Indexer *indexer, gboolean (*change)(IndexWork *work, const MailFile *file, GError **error),
                 const MailFile *file) {
  IndexWork *work = indexer_work(indexer);
  g_autoptr(GError) error = NULL;
  if (!work)
    return; /* the scan that follows will find it */
  if (!change(work, file, &error))
    indexer_fail(indexer, g_steal_pointer(&error));
  else
    indexer_commit_if_long(indexer);
  commit_soon(indexer);
}

static void changed_cb(FollowKind kind, const MailFile *file, gpointer user_data) {
  Indexer *indexer = user_data;
  switch (kind) {
  case FOLLOW_APPEARED:
    take(indexer, index_work_appear, file);
    break;
  case FOLLOW_WRITTEN:
    take(indexer, index_work_rewrite, file);
    break;
  case FOLLOW_GONE: {
    Vanished *vanished = g_new(Vanished, 1);
    *vanished = (Vanished){{file->folder, g_strdup(file->name)}, g_get_monotonic_time() + VANISH_DELAY_US};
    g_queue_push_tail(&indexer->vanished, vanished);
    break;
  }
  case FOLLOW_LOST:
    want_scan(indexer, SCAN_WANTED);
    break;
  }
}

static void take_vanished(Indexer *indexer, gint64 until_us) {
  Vanished *vanished;
  while ((vanished = g_queue_peek_head(&indexer->vanished)) && vanished->due_us <= until_us) {
    g_queue_pop_head(&indexer->vanished);
    take(indexer, index_work_vanish, &vanished->file);
    vanished_free(vanished);
  }
}

static void follow_cb(evutil_socket_t fd, short what, void *user_data) {
  Indexer *indexer = user_data;
  follow_read(indexer->follow);
}

/* Comparing all */

static void start_scan(Indexer *indexer) {
  IndexWork *work = indexer_work(indexer);
  if (!work)
    return;
  indexer->scan = index_scan_new(work, indexer->scan_wish != SCAN_WANTED_ALL);
  indexer->scan_wish = SCAN_NONE;
}

static void end_scan(Indexer *indexer) {
  g_clear_pointer(&indexer->scan, index_scan_free);
  indexer->scan_due_us = g_get_monotonic_time() + SCAN_PAUSE_US;
  if (indexer->scan_wish != SCAN_NONE)
    return;
  indexer->is_whole = TRUE;
  indexer->is_behind = FALSE;
  indexer->work.live_since_us = 0; /* all were seen, so what is found from now on is new */
}

static void scan_on(Indexer *indexer) {
  if (!indexer->scan || !indexer_work(indexer))
    return;
  g_autoptr(GError) error = NULL;
  switch (index_scan_step(indexer->scan, g_get_monotonic_time() + SCAN_STEP_US, &error)) {
  case INDEX_SCAN_FAILED:
    indexer_fail(indexer, g_steal_pointer(&error));
    return;
  case INDEX_SCAN_DONE:
    end_scan(indexer);
    indexer_commit(indexer);
    return;
  case INDEX_SCAN_MORE:
    indexer_commit_if_long(indexer);
    return;
  }
}

/* Tries whether there is room again. */
static void retry(Indexer *indexer) {
  g_clear_pointer(&indexer->trouble, g_free);
  indexer->retry_due_us = NEVER;
  if (!indexer->work.writer)
    reopen(indexer);
  if (indexer_work(indexer))
    indexer_commit(indexer);
}

static void tend(Indexer *indexer) {
  IndexWork *work = indexer_work(indexer);
  gboolean is_done = TRUE;
  g_autoptr(GError) error = NULL;
  if (work && !index_write_tend(work->writer, &is_done, &error)) {
    indexer_fail(indexer, g_steal_pointer(&error));
    is_done = TRUE;
  }
  indexer_commit(indexer);
  indexer->tend_due_us = is_done ? NEVER : g_get_monotonic_time();
  if (is_done && indexer->work.writer) /* nothing more is to be done: no memory for it */
    sqlite3_db_release_memory(index_write_db(indexer->work.writer));
}

/* A visitor leaves the index to a server that comes, and has a copy in memory from then on. */
static void step_aside(Indexer *indexer) {
  gboolean has_left = index_file_is_in_memory(indexer->file); /* as the disk is full */
  indexer->aside_due_us = has_left ? NEVER : g_get_monotonic_time() + ASIDE_PAUSE_US;
  if (has_left || !maildir_is_served(indexer->parts->maildir))
    return;
  indexer->aside_due_us = NEVER;
  if (indexer->scan)
    want_scan(indexer, SCAN_WANTED_ALL);
  g_clear_pointer(&indexer->scan, index_scan_free);
  indexer_commit(indexer);
  if (leave_disk(indexer))
    return;
  make_anew(indexer, index_file_leave_disk);
  indexer->is_whole = FALSE;
  want_scan(indexer, SCAN_WANTED_ALL);
}

/* The thread */

static gint64 earlier(gint64 a_us, gint64 b_us) {
  return a_us == NEVER ? b_us : b_us == NEVER ? a_us : MIN(a_us, b_us);
}

/* While the index cannot be written there is nothing to do but to try again. */
static gint64 next_due_us(Indexer *indexer) {
  if (indexer->trouble)
    return earlier(earlier(indexer->commit_due_us, indexer->retry_due_us), indexer->aside_due_us);
  gint64 due_us = earlier(indexer->aside_due_us, earlier(indexer->commit_due_us, indexer->retry_due_us));
  due_us = earlier(due_us, indexer->tend_due_us);
  if (!indexer->follow_event)
    due_us = earlier(due_us, indexer->follow_due_us);
  const Vanished *vanished = g_queue_peek_head(&indexer->vanished);
  if (vanished)
    due_us = earlier(due_us, vanished->due_us);
  if (indexer->scan)
    due_us = g_get_monotonic_time();
  else if (indexer->scan_wish != SCAN_NONE)
    due_us = earlier(due_us, indexer->scan_due_us);
  return due_us;
}

static void do_due(Indexer *indexer) {
  gint64 now_us = g_get_monotonic_time();
  if (!indexer->follow_event && now_us >= indexer->follow_due_us) {
    follow_read(indexer->follow);
    indexer->follow_due_us = now_us + FOLLOW_POLL_MS * 1000;
  }
  take_vanished(indexer, now_us);
  if (indexer->aside_due_us != NEVER && now_us >= indexer->aside_due_us)
    step_aside(indexer);
  if (indexer->retry_due_us != NEVER && now_us >= indexer->retry_due_us)
    retry(indexer);
  if (indexer->scan_wish != SCAN_NONE && !indexer->scan && !indexer->trouble && now_us >= indexer->scan_due_us)
    start_scan(indexer);
  scan_on(indexer);
  if (indexer->commit_due_us != NEVER && now_us >= indexer->commit_due_us)
    indexer_commit(indexer);
  if (indexer->tend_due_us != NEVER && now_us >= indexer->tend_due_us && !indexer->scan && !indexer->trouble)
    tend(indexer);
}

static void wait_for_work(Indexer *indexer) {
  gint64 due_us = next_due_us(indexer);
  gint64 left_us = MAX(due_us - g_get_monotonic_time(), 0);
  gboolean is_due = due_us != NEVER && left_us == 0;
  if (!is_due && due_us != NEVER) {
    const struct timeval left = {.tv_sec = left_us / G_USEC_PER_SEC, .tv_usec = left_us % G_USEC_PER_SEC};
    event_add(indexer->timer, &left);
  }
  event_base_loop(indexer->base, is_due ? EVLOOP_NONBLOCK : EVLOOP_ONCE);
  event_del(indexer->timer);
}

static void timer_cb(evutil_socket_t fd, short what, void *user_data) {}

static void open_all(Indexer *indexer) {
  indexer->work.live_since_us = g_get_real_time();
  indexer->follow = follow_new(indexer->parts->maildir, changed_cb, indexer);
  if (follow_fd(indexer->follow) >= 0) {
    indexer->follow_event =
        event_new(indexer->base, follow_fd(indexer->follow), EV_READ | EV_PERSIST, follow_cb, indexer);
    event_add(indexer->follow_event, NULL);
  }
  reopen(indexer);
  if (is_visiting(indexer) && !index_file_is_in_memory(indexer->file))
    indexer->aside_due_us = g_get_monotonic_time();
  indexer->scan_wish = SCAN_WANTED;
  indexer->committed_us = g_get_monotonic_time() - INDEXER_BATCH_US;
  report(indexer);
}

static void close_all(Indexer *indexer) {
  g_clear_pointer(&indexer->scan, index_scan_free);
  if (indexer->work.writer)
    index_file_bring_back(indexer->file, index_write_db(indexer->work.writer));
  g_clear_pointer(&indexer->work.writer, index_write_close);
  g_clear_pointer(&indexer->follow_event, event_free);
  g_clear_pointer(&indexer->follow, follow_free);
  g_queue_clear_full(&indexer->vanished, (GDestroyNotify)vanished_free);
}

/* What a visitor asks for is to be about all mails, also when it changes them. */
static gboolean has_to_catch_up(Indexer *indexer) {
  return is_visiting(indexer) && !indexer->is_whole && !indexer->trouble && !g_atomic_int_get(&indexer->closing);
}

static void *indexer_main(void *data) {
  Indexer *indexer = data;
#ifdef __linux__
  pthread_setname_np(pthread_self(), "indexer");
  (void)setpriority(PRIO_PROCESS, 0, NICENESS); /* Linux: of this thread */
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
  sigset_t all, before; /* signals are the loop's */
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  int error_number = pthread_create(&indexer->thread, NULL, indexer_main, indexer);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
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
  indexer->work = (IndexWork){.parts = parts, .events = new_events()};
  indexer->retry_due_us = indexer->commit_due_us = indexer->tend_due_us = indexer->aside_due_us = NEVER;
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
  commit_soon(indexer);
}

void indexer_push(Indexer *indexer, IndexTask *task, guint64 ticket) {
  task->indexer = indexer;
  task->ticket = ticket;
  g_atomic_int_inc(&indexer->n_waiting);
  loop_queue_post(indexer->tasks, task_cb, task);
}

static IndexTask *plain_task(void (*run)(Indexer *indexer, IndexTask *task)) {
  IndexTask *task = g_new0(IndexTask, 1);
  task->run = run;
  return task;
}

static void run_stop(Indexer *indexer, IndexTask *task) {
  g_free(task);
  indexer_commit(indexer);
  indexer->ended = TRUE;
  event_base_loopbreak(indexer->base);
}

void indexer_stop(Indexer *indexer) {
  if (!indexer)
    return;
  g_atomic_int_set(&indexer->closing, TRUE);
  indexer_push(indexer, plain_task(run_stop), G_MAXUINT64);
  pthread_join(indexer->thread, NULL);
  indexer_free(indexer);
}

void indexer_catch_up(Indexer *indexer) {
  follow_read(indexer->follow);
  take_vanished(indexer, G_MAXINT64);
}

static void run_flush(Indexer *indexer, IndexTask *task) {
  indexer_catch_up(indexer);
  indexer->done_ticket = task->ticket;
  g_free(task);
  indexer_commit(indexer);
}

void indexer_push_flush(Indexer *indexer, guint64 ticket) {
  indexer_push(indexer, plain_task(run_flush), ticket);
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

/* Mails we deliver */

typedef struct Delivered {
  IndexTask task; /* first */
  char *file_name;
  GString *block; /* NULL: the file has to be read */
  GByteArray *body;
  guint64 cursor;
} Delivered;

/* Takes them. NULL: there are none. */
static GBytes *join_octets(GString *block, GByteArray *body) {
  if (!block)
    return NULL;
  g_string_append_len(block, (const char *)body->data, (gssize)body->len);
  g_byte_array_unref(body);
  return g_string_free_to_bytes(block);
}

static gboolean has_time(Indexer *indexer) {
  if (!g_atomic_int_get(&indexer->closing))
    return TRUE;
  gint64 now_us = g_get_monotonic_time();
  if (indexer->closing_us == 0)
    indexer->closing_us = now_us + CLOSING_US;
  return now_us < indexer->closing_us;
}

static void run_delivered(Indexer *indexer, IndexTask *task) {
  Delivered *delivered = (Delivered *)task;
  gint n_octets = delivered->block ? (gint)(delivered->block->len + delivered->body->len) : 0;
  g_autoptr(GBytes) octets = join_octets(delivered->block, delivered->body);
  g_autoptr(GError) error = NULL;
  const MailFile file = {MAIL_FOLDER_NEW, delivered->file_name};
  IndexWork *work = has_time(indexer) ? indexer_work(indexer) : NULL;
  if (work && !index_work_deliver(work, &file, octets, delivered->cursor, &error))
    indexer_fail(indexer, g_steal_pointer(&error));
  (void)g_atomic_int_add(&indexer->backlog_octets, -n_octets);
  indexer->done_ticket = task->ticket;
  indexer_commit_if_long(indexer);
  g_free(delivered->file_name);
  g_free(delivered);
}

static void run_overflow(Indexer *indexer, IndexTask *task) {
  g_free(task);
  g_atomic_int_set(&indexer->overflowed, FALSE); /* before the scan begins, which then finds all left out until now */
  want_scan(indexer, SCAN_WANTED_ALL);
  indexer->is_whole = FALSE;
}

gboolean indexer_push_delivered(Indexer *indexer, const char *file_name, GString *block, GByteArray *body,
                                guint64 cursor, guint64 ticket, guint64 n_waiting) {
  gboolean keeps = block && g_atomic_int_get(&indexer->backlog_octets) < INDEXER_BACKLOG_OCTETS;
  gboolean takes = n_waiting < NAMES_WAITING_MAX;
  if (block && (!keeps || !takes)) {
    g_string_free(block, TRUE);
    g_byte_array_unref(body);
  }
  if (!takes) {
    if (g_atomic_int_compare_and_exchange(&indexer->overflowed, FALSE, TRUE))
      indexer_push(indexer, plain_task(run_overflow), ticket);
    return FALSE;
  }
  Delivered *delivered = g_new0(Delivered, 1);
  delivered->task.run = run_delivered;
  delivered->file_name = g_strdup(file_name);
  delivered->cursor = cursor;
  if (keeps) {
    delivered->block = block;
    delivered->body = body;
    (void)g_atomic_int_add(&indexer->backlog_octets, (gint)(block->len + body->len));
  }
  indexer_push(indexer, &delivered->task, ticket);
  return TRUE;
}
