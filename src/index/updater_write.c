/* The updater's transactions: begun, committed, reported; and what follows when one fails. */
#include "inbox/error.h"
#include "index/updater_private.h"

enum {
  MANY_WAITING = 200, /* tasks: then it is better to write more at once */
  RETRY_FIRST_US = 1000 * 1000,
  RETRY_LAST_US = 30 * 1000 * 1000,
  ASIDE_PAUSE_US = 100 * 1000, /* between a visitor's looks whether a server came */
  TEND_DELAY_US = 300 * 1000,  /* without a message, until there is time for what can be done later */
  TRIM_MIN = 10000,            /* rows changed, of some hundred messages; less leaves little */
  READ_US = 2 * 1000 * 1000,   /* after somebody waited, transactions stay short */
  PROGRESS_MESSAGES = 16,
  EVENTS_AT_A_TIME = 16,            /* in a report */
  EVENT_BYTES_AT_A_TIME = 64 * 1024 /* of their messages: the one that passes it is the last */
};

/* --- reports */

typedef struct Report {
  InboxReport report;
  UpdaterReported reported;
  guint64 done_ticket;
  gpointer user_data;
} Report;

static void reported_cb(gpointer data) {
  Report *report = data;

  report->reported(&report->report, report->done_ticket, report->user_data);
  g_ptr_array_unref(report->report.events);
  g_free(report->report.trouble);
  g_free(report->report.problem);
  g_free(report);
}

GPtrArray *updater_new_events(void) {
  return g_ptr_array_new_with_free_func((GDestroyNotify)inbox_event_free);
}

gboolean updater_is_visiting(const Updater *updater) {
  return updater->parts->maildir->is_visited;
}

gboolean updater_has_index(const Updater *updater) {
  return updater->work.writer || g_atomic_int_get(&updater->is_closed);
}

static void note_totals(Updater *updater) {
  if (g_atomic_int_get(&updater->is_closed))
    return; /* they are those of before */
  IndexWriter *writer = updater->work.writer;
  updater->totals = writer ? *index_write_totals(writer) : (InboxTotals){0};
  updater->last_number = writer ? index_uids_last_number(index_write_uids(writer)) : 0;
}

static Report *report_new(const Updater *updater) {
  Report *report = g_new0(Report, 1);

  report->reported = updater->options.reported;
  report->user_data = updater->options.reported_data;
  report->done_ticket = updater->reported_ticket;
  report->report = (InboxReport){
      .events = updater_new_events(),
      .totals = updater->totals,
      .last_number = updater->last_number,
      .is_ready = updater_has_index(updater) && (updater->is_whole || !updater_is_visiting(updater)),
      .is_whole = updater->is_whole && !updater->trouble,
      .is_in_memory = index_file_is_in_memory(updater->file),
      .trouble = g_strdup(updater->trouble),
      .problem = index_file_problem(updater->file),
  };
  return report;
}

typedef struct Progress {
  UpdaterAdvanced advanced;
  gpointer user_data;
  guint64 ticket;
} Progress;

static void advanced_cb(gpointer data) {
  g_autofree Progress *progress = data;

  progress->advanced(progress->ticket, progress->user_data);
}

static void tell_progress(Updater *updater) {
  if (updater->n_not_told == 0 || !updater->options.advanced)
    return;
  updater->n_not_told = 0;
  Progress *progress = g_new(Progress, 1);
  *progress = (Progress){updater->options.advanced, updater->options.reported_data, updater->done_ticket};
  loop_queue_post(updater->parts->queue, advanced_cb, progress);
}

void updater_tell_progress(Updater *updater) {
  if (++updater->n_not_told >= PROGRESS_MESSAGES)
    tell_progress(updater);
}

/* How many of the next events are in one report: whoever prints a message with very many addresses takes its time. */
static gsize measure_piece(const gpointer *events, gsize n_events) {
  gsize n = 0;

  for (gsize n_bytes = 0; n < MIN(n_events, EVENTS_AT_A_TIME) && n_bytes < EVENT_BYTES_AT_A_TIME; n++) {
    const InboxEvent *event = events[n];
    n_bytes += event->mail ? inbox_mail_bytes(event->mail) : 0;
  }
  return n;
}

static Report *add_events(Report *report, const gpointer *events, gsize n_events) {
  for (gsize i = 0; i < n_events; i++)
    g_ptr_array_add(report->report.events, events[i]);
  return report;
}

/* In pieces, as the loop tells all subscribers of what is in one; the last has the ticket. What the totals count has
 * left the backlog before. */
void updater_report(Updater *updater) {
  const guint64 ticket = updater->is_behind ? updater->reported_ticket : updater->done_ticket;
  gsize n_left = 0;
  g_autofree gpointer *events = g_ptr_array_steal(updater->work.events, &n_left);
  const gpointer *next = events;
  gsize n = measure_piece(next, n_left);

  note_totals(updater);
  if (n < n_left)
    tell_progress(updater);
  for (; n < n_left; n = measure_piece(next, n_left)) {
    Report *piece = add_events(report_new(updater), next, n);
    next += n;
    n_left -= n;
    piece->report.last_number = ((const InboxEvent *)next[-1])->number;
    loop_queue_post(updater->parts->queue, reported_cb, piece);
  }
  updater->reported_ticket = ticket;
  updater->commit_due_us = UPDATER_NEVER;
  loop_queue_post(updater->parts->queue, reported_cb, add_events(report_new(updater), next, n_left));
}

/* --- opening */

void updater_reopen(Updater *updater) {
  g_autoptr(GError) error = NULL;

  g_clear_pointer(&updater->work.writer, index_write_close);
  g_atomic_int_set(&updater->is_closed, FALSE);
  updater->work.writer = index_write_open(updater->file, updater->parts->uids, &error);
  store_parts_notice(updater->parts, index_file_take_notice(updater->file));
  g_clear_pointer(&updater->trouble, g_free);
  if (error)
    updater->trouble = g_strdup(error->message);
  updater->retry_due_us = error ? g_get_monotonic_time() + RETRY_LAST_US : UPDATER_NEVER;
}

/* A full disk is left to the messages, and a Maildir's index to a server that comes. */
static gboolean leave_disk(Updater *updater) {
  IndexWriter *writer = updater->work.writer;

  if (!writer || !index_file_move_to_memory(updater->file, index_write_db(writer)))
    return FALSE;
  updater_reopen(updater);
  return updater->work.writer != NULL;
}

/* --- transactions */

IndexSync *updater_work(Updater *updater) {
  updater_open_again(updater);
  if (!updater->work.writer || updater->trouble)
    return NULL;
  g_autoptr(GError) error = NULL;
  if (!index_write_is_open(updater->work.writer)) {
    if (index_file_is_short_of_room(updater->file))
      (void)leave_disk(updater);
    if (!updater->work.writer)
      return NULL;
    if (!index_write_begin(updater->work.writer, &error)) {
      updater_fail(updater, g_steal_pointer(&error));
      return NULL;
    }
    updater->begun_us = g_get_monotonic_time();
    updater->n_changes = 0;
  }
  return &updater->work;
}

void updater_want_scan(Updater *updater, ScanWish wish) {
  updater->scan_wish = MAX(updater->scan_wish, wish);
}

void updater_compare(Updater *updater) {
  updater_want_scan(updater, SCAN_WANTED);
}

gboolean updater_is_whole(const Updater *updater) {
  return updater->is_whole && updater->scan_wish == SCAN_NONE && !updater->scan;
}

/* What was written by the last commit has been told of as far as it could be. */
static void tell_since_commit(Updater *updater) {
  updater->work.live_since_us = g_get_real_time() - (g_get_monotonic_time() - updater->committed_us);
}

static void compare_all_at_once(Updater *updater) {
  updater->is_whole = FALSE;
  updater->is_behind = TRUE;
  updater->scan_due_us = 0;
  updater_want_scan(updater, SCAN_WANTED_ALL);
}

void updater_start_over(Updater *updater) {
  tell_since_commit(updater);
  compare_all_at_once(updater);
}

void updater_look_for_notes(Updater *updater) {
  updater->reads_notes = updater->notes && !index_notes_is_empty(updater->notes);
}

/* `reason` NULL: another process gets what is on disk. */
static void make_anew(Updater *updater, const GError *reason) {
  g_clear_pointer(&updater->work.writer, index_write_close);
  if (reason)
    index_file_remove(updater->file, reason);
  else
    index_file_leave_disk(updater->file);
  tell_since_commit(updater);
  updater_reopen(updater);
}

void updater_move(Updater *updater) {
  updater_watch_close(updater);
  if (updater->work.writer)
    index_write_rollback(updater->work.writer); /* of messages in the old directories */
  g_ptr_array_set_size(updater->work.events, 0);
  g_clear_pointer(&updater->work.writer, index_write_close);
  maildir_resolve(updater->parts->maildir);
  index_file_move(updater->file);
  index_gone_move(updater->gone);
  uidlist_move(updater->parts->uids);
  if (updater->notes)
    index_notes_move(updater->notes);
  updater_look_for_notes(updater);
  updater_reopen(updater);
  updater_watch_open(updater);
  compare_all_at_once(updater);
  updater_report(updater);
}

void updater_fail(Updater *updater, GError *error) {
  g_clear_pointer(&updater->scan, index_scan_free);
  if (updater->work.writer)
    index_write_rollback(updater->work.writer);
  g_ptr_array_set_size(updater->work.events, 0); /* they did not happen; the scan will find what did */
  updater->is_whole = FALSE;
  updater_look_for_notes(updater);
  updater_want_scan(updater, SCAN_WANTED_ALL);
  if (g_error_matches(error, INBOX_ERROR, INBOX_ERROR_DAMAGED)) {
    make_anew(updater, error);
  } else if (g_error_matches(error, INBOX_ERROR, INBOX_ERROR_NO_SPACE) && leave_disk(updater)) {
    updater->is_behind = TRUE;
    updater->scan_due_us = 0;
  } else {
    updater->is_behind = FALSE;
    g_free(updater->trouble);
    updater->trouble = g_strdup(error->message);
    updater->retry_after_us = CLAMP(2 * updater->retry_after_us, RETRY_FIRST_US, RETRY_LAST_US);
    updater->retry_due_us = g_get_monotonic_time() + updater->retry_after_us;
  }
  g_error_free(error);
  updater_report(updater);
}

gboolean updater_commit(Updater *updater) {
  g_autoptr(GError) error = NULL;

  updater_use(updater);
  /* Our own messages are seen to appear before they come to us: to look at that must not hold them up. */
  gboolean has_changes = updater->work.writer && index_write_has_changes(updater->work.writer);

  if (updater->work.writer && !index_write_commit(updater->work.writer, &error)) {
    updater_fail(updater, g_steal_pointer(&error));
    return FALSE;
  }
  if (updater->notes && updater->n_saved == 0 && !updater->reads_notes && !index_notes_is_empty(updater->notes))
    index_notes_clear(updater->notes);
  if (updater->work.writer)
    store_parts_notice(updater->parts, index_uids_take_notice(index_write_uids(updater->work.writer)));
  if (has_changes)
    updater->committed_us = g_get_monotonic_time();
  updater->retry_after_us = 0;
  updater_report(updater);
  return TRUE;
}

/* TRUE: nobody waits, and more can be written at once. */
static gboolean may_take_long(const Updater *updater) {
  return g_get_monotonic_time() - updater->read_us > READ_US;
}

void updater_tend_soon(Updater *updater) {
  updater->tend_due_us = g_get_monotonic_time() + TEND_DELAY_US;
}

gboolean updater_commit_if_long(Updater *updater) {
  if (!updater->work.writer || !index_write_is_open(updater->work.writer))
    return !updater->trouble;
  updater_tend_soon(updater);
  gint64 long_us = updater->scan && may_take_long(updater) ? UPDATER_LONG_BATCH_US : UPDATER_BATCH_US;
  gboolean is_long = ++updater->n_changes >= UPDATER_BATCH_MAX || g_get_monotonic_time() - updater->begun_us >= long_us;
  return !is_long || updater_commit(updater);
}

void updater_commit_soon(Updater *updater) {
  gboolean has_more = g_atomic_int_get(&updater->n_waiting) > MANY_WAITING;
  gint64 pause_us = has_more && may_take_long(updater) ? UPDATER_LONG_BATCH_US : UPDATER_BATCH_US;

  if (updater->commit_due_us == UPDATER_NEVER)
    updater->commit_due_us = MAX(g_get_monotonic_time(), updater->committed_us + pause_us);
}

void updater_forget(Updater *updater, const char *const *names, guint n_names, gboolean waits) {
  updater->options.forget(names, n_names, waits, updater->options.forget_data);
}

void updater_retry(Updater *updater) {
  g_clear_pointer(&updater->trouble, g_free);
  updater->retry_due_us = UPDATER_NEVER;
  if (!updater->work.writer)
    updater_reopen(updater);
  if (updater_work(updater))
    updater_commit(updater);
}

/* Behind a scan or many changes, not behind each message that comes alone: while the allocator gives back, other
 * threads may wait for it. */
static void release_memory(Updater *updater) {
  sqlite3 *db = index_write_db(updater->work.writer);
  int n_changes = sqlite3_total_changes(db); /* begins again when the index was opened again */

  sqlite3_db_release_memory(db);
  if (!updater->has_scanned && ABS((gint64)n_changes - updater->trimmed_changes) < TRIM_MIN)
    return;
  updater->has_scanned = FALSE;
  updater->trimmed_changes = n_changes;
  crew_trim_memory(loop_queue_crew(updater->parts->queue));
}

void updater_tend(Updater *updater) {
  IndexSync *work = updater_work(updater);
  gboolean is_done = TRUE;
  g_autoptr(GError) error = NULL;

  if (work && !index_write_tend(work->writer, &is_done, &error)) {
    updater_fail(updater, g_steal_pointer(&error));
    is_done = TRUE;
  }
  updater_commit(updater);
  updater->tend_due_us = is_done ? UPDATER_NEVER : g_get_monotonic_time();
  if (is_done && updater->work.writer)
    release_memory(updater); /* nothing more is to be done with it */
}

void updater_step_aside(Updater *updater) {
  gboolean has_left = index_file_is_in_memory(updater->file); /* as the disk is full */

  updater->aside_due_us = has_left ? UPDATER_NEVER : g_get_monotonic_time() + ASIDE_PAUSE_US;
  if (has_left || !maildir_is_served(updater->parts->maildir))
    return;
  updater->aside_due_us = UPDATER_NEVER;
  if (updater->scan)
    updater_want_scan(updater, SCAN_WANTED_ALL);
  g_clear_pointer(&updater->scan, index_scan_free);
  updater_commit(updater);
  if (leave_disk(updater))
    return;
  make_anew(updater, NULL);
  updater->is_whole = FALSE;
  updater_want_scan(updater, SCAN_WANTED_ALL);
}
