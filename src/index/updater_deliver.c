/* Messages we deliver, on their way into the index. */
#include "index/updater_private.h"

enum {
  NAMES_WAITING_MAX = 50 * 1000, /* messages that wait, be it by name alone */
  CLOSING_US = 500 * 1000        /* for what waits at the end */
};

typedef struct Delivered {
  IndexTask task; /* first */
  char *file_name;
  GString *block; /* NULL: the file has to be read */
  GByteArray *body;
  guint64 cursor;
} Delivered;

/* Takes them. NULL: there are none. */
static GBytes *join_bytes(GString *block, GByteArray *body) {
  if (!block)
    return NULL;
  g_string_append_len(block, (const char *)body->data, (gssize)body->len);
  g_byte_array_unref(body);
  return g_string_free_to_bytes(block);
}

static gboolean has_time(Updater *updater) {
  if (!g_atomic_int_get(&updater->closing))
    return TRUE;
  gint64 now_us = g_get_monotonic_time();
  if (updater->closing_us == 0)
    updater->closing_us = now_us + CLOSING_US;
  return now_us < updater->closing_us;
}

static void run_delivered(Updater *updater, IndexTask *task) {
  Delivered *delivered = (Delivered *)task;
  gint n_bytes = delivered->block ? (gint)(delivered->block->len + delivered->body->len) : 0;
  g_autoptr(GBytes) bytes = join_bytes(delivered->block, delivered->body);
  g_autoptr(GError) error = NULL;
  const MailFile file = {MAIL_DIRECTORY_NEW, delivered->file_name};
  IndexSync *work = has_time(updater) ? updater_work(updater) : NULL;

  if (work && !index_sync_deliver(work, &file, bytes, delivered->cursor, &error))
    updater_fail(updater, g_steal_pointer(&error));
  (void)g_atomic_int_add(&updater->backlog_bytes, -n_bytes);
  updater->done_ticket = task->ticket;
  updater_tell_progress(updater);
  updater_commit_if_long(updater);
  updater_watch_in_between(updater);
  g_free(delivered->file_name);
  g_free(delivered);
}

static void run_overflow(Updater *updater, IndexTask *task) {
  g_free(task);
  g_atomic_int_set(&updater->overflowed, FALSE); /* before the scan begins, which then finds all left out until now */
  updater_want_scan(updater, SCAN_WANTED_ALL);
  updater->is_whole = FALSE;
}

void updater_push_delivered(Updater *updater, const char *file_name, GString *block, GByteArray *body, guint64 cursor,
                            guint64 ticket, guint64 n_waiting) {
  gboolean keeps = block && g_atomic_int_get(&updater->backlog_bytes) < UPDATER_BACKLOG_BYTES;
  gboolean takes = n_waiting < NAMES_WAITING_MAX;

  if (block && (!keeps || !takes)) {
    g_string_free(block, TRUE);
    g_byte_array_unref(body);
  }
  if (!takes) {
    if (g_atomic_int_compare_and_exchange(&updater->overflowed, FALSE, TRUE))
      updater_push(updater, updater_plain_task(run_overflow), ticket);
    return;
  }
  Delivered *delivered = g_new0(Delivered, 1);
  delivered->task.run = run_delivered;
  delivered->file_name = g_strdup(file_name);
  delivered->cursor = cursor;
  if (keeps) {
    delivered->block = block;
    delivered->body = body;
    (void)g_atomic_int_add(&updater->backlog_bytes, (gint)(block->len + body->len));
  }
  updater_push_patiently(updater, &delivered->task, ticket);
}
