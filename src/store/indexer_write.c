/* The indexer's transactions: begun, committed, reported; and what follows when one fails. */
#include "base/process_memory.h"
#include "store/error.h"
#include "store/indexer_state.h"

enum {
  MANY_WAITING = 200, /* tasks: then it is better to write more at once */
  RETRY_FIRST_US = 1000 * 1000,
  RETRY_LAST_US = 30 * 1000 * 1000,
  ASIDE_PAUSE_US = 100 * 1000, /* between a visitor's looks whether a server came */
  TEND_DELAY_US = 300 * 1000,  /* without a mail, until there is time for what can be done later */
  TRIM_MIN = 10000,            /* rows changed, of some hundred mails; less leaves little */
  READ_US = 2 * 1000 * 1000,   /* after somebody waited, transactions stay short */
  PROGRESS_MAILS = 16
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
  g_free(report->report.problem);
  g_free(report);
}

GPtrArray *indexer_new_events(void) {
  return g_ptr_array_new_with_free_func((GDestroyNotify)index_event_free);
}

gboolean indexer_is_visiting(const Indexer *indexer) {
  return indexer->parts->maildir->is_visited;
}

void indexer_report(Indexer *indexer) {
  if (!indexer->is_behind)
    indexer->reported_ticket = indexer->done_ticket;
  Report *report = g_new0(Report, 1);
  report->reported = indexer->options.reported;
  report->user_data = indexer->options.reported_data;
  report->report = (IndexReport){
      .events = indexer->work.events,
      .done_ticket = indexer->reported_ticket,
      .is_ready = indexer->work.writer != NULL && (indexer->is_whole || !indexer_is_visiting(indexer)),
      .is_whole = indexer->is_whole && !indexer->trouble,
      .is_in_memory = index_file_is_in_memory(indexer->file),
      .trouble = g_strdup(indexer->trouble),
      .problem = index_file_problem(indexer->file),
  };
  if (indexer->work.writer)
    report->report.totals = *index_write_totals(indexer->work.writer);
  indexer->work.events = indexer_new_events();
  indexer->commit_due_us = INDEXER_NEVER;
  loop_queue_post(indexer->parts->queue, reported_cb, report);
}

typedef struct Progress {
  IndexerAdvanced advanced;
  gpointer user_data;
  guint64 ticket;
} Progress;

static void advanced_cb(gpointer data) {
  g_autofree Progress *progress = data;
  progress->advanced(progress->ticket, progress->user_data);
}

void indexer_tell_progress(Indexer *indexer) {
  if (++indexer->n_not_told < PROGRESS_MAILS || !indexer->options.advanced)
    return;
  indexer->n_not_told = 0;
  Progress *progress = g_new(Progress, 1);
  *progress = (Progress){indexer->options.advanced, indexer->options.reported_data, indexer->done_ticket};
  loop_queue_post(indexer->parts->queue, advanced_cb, progress);
}

/* Opening */

void indexer_reopen(Indexer *indexer) {
  g_autoptr(GError) error = NULL;
  g_clear_pointer(&indexer->work.writer, index_write_close);
  indexer->work.writer = index_write_open(indexer->file, &error);
  store_parts_notice(indexer->parts, index_file_take_notice(indexer->file));
  g_clear_pointer(&indexer->trouble, g_free);
  if (error)
    indexer->trouble = g_strdup(error->message);
  indexer->retry_due_us = error ? g_get_monotonic_time() + RETRY_LAST_US : INDEXER_NEVER;
}

/* A full disk is left to the mails, and a Maildir's index to a server that comes. */
static gboolean leave_disk(Indexer *indexer) {
  IndexWriter *writer = indexer->work.writer;
  if (!writer || !index_file_move_to_memory(indexer->file, index_write_db(writer)))
    return FALSE;
  indexer_reopen(indexer);
  return indexer->work.writer != NULL;
}

/* Transactions */

IndexWork *indexer_work(Indexer *indexer) {
  if (!indexer->work.writer || indexer->trouble)
    return NULL;
  g_autoptr(GError) error = NULL;
  if (!index_write_is_open(indexer->work.writer)) {
    if (index_file_is_short_of_room(indexer->file))
      (void)leave_disk(indexer);
    if (!indexer->work.writer)
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

void indexer_want_scan(Indexer *indexer, ScanWish wish) {
  indexer->scan_wish = MAX(indexer->scan_wish, wish);
}

void indexer_compare(Indexer *indexer) {
  indexer_want_scan(indexer, SCAN_WANTED);
}

gboolean indexer_is_whole(const Indexer *indexer) {
  return indexer->is_whole && indexer->scan_wish == SCAN_NONE && !indexer->scan;
}

/* `reason` NULL: another process gets what is on disk. */
static void make_anew(Indexer *indexer, const GError *reason) {
  g_clear_pointer(&indexer->work.writer, index_write_close);
  if (reason)
    index_file_remove(indexer->file, reason);
  else
    index_file_leave_disk(indexer->file);
  /* What was written by then has been told of as far as it could be. */
  indexer->work.live_since_us = g_get_real_time() - (g_get_monotonic_time() - indexer->committed_us);
  indexer_reopen(indexer);
}

void indexer_move(Indexer *indexer) {
  indexer_watch_close(indexer);
  if (indexer->work.writer)
    index_write_rollback(indexer->work.writer); /* of mails in the old directories */
  g_ptr_array_set_size(indexer->work.events, 0);
  g_clear_pointer(&indexer->work.writer, index_write_close);
  maildir_resolve(indexer->parts->maildir);
  index_file_move(indexer->file);
  indexer_reopen(indexer);
  indexer_watch_open(indexer);
  indexer->is_whole = FALSE;
  indexer->is_behind = TRUE;
  indexer->scan_due_us = 0;
  indexer_want_scan(indexer, SCAN_WANTED_ALL);
  indexer_report(indexer);
}

void indexer_fail(Indexer *indexer, GError *error) {
  g_clear_pointer(&indexer->scan, index_scan_free);
  if (indexer->work.writer)
    index_write_rollback(indexer->work.writer);
  g_ptr_array_set_size(indexer->work.events, 0); /* they did not happen; the scan will find what did */
  indexer->is_whole = FALSE;
  indexer_want_scan(indexer, SCAN_WANTED_ALL);
  if (g_error_matches(error, STORE_ERROR, STORE_ERROR_DAMAGED)) {
    make_anew(indexer, error);
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
  indexer_report(indexer);
}

gboolean indexer_commit(Indexer *indexer) {
  g_autoptr(GError) error = NULL;
  /* Our own mails are seen to appear before they come to us: to look at that must not hold them up. */
  gboolean has_changes = indexer->work.writer && index_write_has_changes(indexer->work.writer);
  if (indexer->work.writer && !index_write_commit(indexer->work.writer, &error)) {
    indexer_fail(indexer, g_steal_pointer(&error));
    return FALSE;
  }
  if (has_changes)
    indexer->committed_us = g_get_monotonic_time();
  indexer->retry_after_us = 0;
  indexer_report(indexer);
  return TRUE;
}

/* TRUE: nobody waits, and more can be written at once. */
static gboolean may_take_long(const Indexer *indexer) {
  return g_get_monotonic_time() - indexer->read_us > READ_US;
}

void indexer_tend_soon(Indexer *indexer) {
  indexer->tend_due_us = g_get_monotonic_time() + TEND_DELAY_US;
}

gboolean indexer_commit_if_long(Indexer *indexer) {
  if (!indexer->work.writer || !index_write_is_open(indexer->work.writer))
    return !indexer->trouble;
  indexer_tend_soon(indexer);
  gint64 long_us = indexer->scan && may_take_long(indexer) ? INDEXER_LONG_BATCH_US : INDEXER_BATCH_US;
  gboolean is_long = ++indexer->n_changes >= INDEXER_BATCH_MAX || g_get_monotonic_time() - indexer->begun_us >= long_us;
  return !is_long || indexer_commit(indexer);
}

void indexer_commit_soon(Indexer *indexer) {
  gboolean has_more = g_atomic_int_get(&indexer->n_waiting) > MANY_WAITING;
  gint64 pause_us = has_more && may_take_long(indexer) ? INDEXER_LONG_BATCH_US : INDEXER_BATCH_US;
  if (indexer->commit_due_us == INDEXER_NEVER)
    indexer->commit_due_us = MAX(g_get_monotonic_time(), indexer->committed_us + pause_us);
}

void indexer_forget(Indexer *indexer, const char *const *names, guint n_names, gboolean waits) {
  indexer->options.forget(names, n_names, waits, indexer->options.forget_data);
}

void indexer_retry(Indexer *indexer) {
  g_clear_pointer(&indexer->trouble, g_free);
  indexer->retry_due_us = INDEXER_NEVER;
  if (!indexer->work.writer)
    indexer_reopen(indexer);
  if (indexer_work(indexer))
    indexer_commit(indexer);
}

/* Behind a scan or many changes, not behind each mail that comes alone: while the allocator gives back, other threads
 * may wait for it. */
static void release_memory(Indexer *indexer) {
  sqlite3 *db = index_write_db(indexer->work.writer);
  int n_changes = sqlite3_total_changes(db); /* begins anew when the index was opened anew */

  sqlite3_db_release_memory(db);
  if (!indexer->has_scanned && ABS((gint64)n_changes - indexer->trimmed_changes) < TRIM_MIN)
    return;
  indexer->has_scanned = FALSE;
  indexer->trimmed_changes = n_changes;
  process_memory_trim();
}

void indexer_tend(Indexer *indexer) {
  IndexWork *work = indexer_work(indexer);
  gboolean is_done = TRUE;
  g_autoptr(GError) error = NULL;
  if (work && !index_write_tend(work->writer, &is_done, &error)) {
    indexer_fail(indexer, g_steal_pointer(&error));
    is_done = TRUE;
  }
  indexer_commit(indexer);
  indexer->tend_due_us = is_done ? INDEXER_NEVER : g_get_monotonic_time();
  if (is_done && indexer->work.writer)
    release_memory(indexer); /* nothing more is to be done with it */
}

void indexer_step_aside(Indexer *indexer) {
  gboolean has_left = index_file_is_in_memory(indexer->file); /* as the disk is full */
  indexer->aside_due_us = has_left ? INDEXER_NEVER : g_get_monotonic_time() + ASIDE_PAUSE_US;
  if (has_left || !maildir_is_served(indexer->parts->maildir))
    return;
  indexer->aside_due_us = INDEXER_NEVER;
  if (indexer->scan)
    indexer_want_scan(indexer, SCAN_WANTED_ALL);
  g_clear_pointer(&indexer->scan, index_scan_free);
  indexer_commit(indexer);
  if (leave_disk(indexer))
    return;
  make_anew(indexer, NULL);
  indexer->is_whole = FALSE;
  indexer_want_scan(indexer, SCAN_WANTED_ALL);
}
