/* Mails we deliver, on their way into the index. */
#include "store/indexer_state.h"

enum {
  NAMES_WAITING_MAX = 50 * 1000, /* mails that wait, be it by name alone */
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
  indexer_tell_progress(indexer);
  indexer_commit_if_long(indexer);
  indexer_watch_in_between(indexer);
  g_free(delivered->file_name);
  g_free(delivered);
}

static void run_overflow(Indexer *indexer, IndexTask *task) {
  g_free(task);
  g_atomic_int_set(&indexer->overflowed, FALSE); /* before the scan begins, which then finds all left out until now */
  indexer_want_scan(indexer, SCAN_WANTED_ALL);
  indexer->is_whole = FALSE;
}

void indexer_push_delivered(Indexer *indexer, const char *file_name, GString *block, GByteArray *body, guint64 cursor,
                            guint64 ticket, guint64 n_waiting) {
  gboolean keeps = block && g_atomic_int_get(&indexer->backlog_octets) < INDEXER_BACKLOG_OCTETS;
  gboolean takes = n_waiting < NAMES_WAITING_MAX;
  if (block && (!keeps || !takes)) {
    g_string_free(block, TRUE);
    g_byte_array_unref(body);
  }
  if (!takes) {
    if (g_atomic_int_compare_and_exchange(&indexer->overflowed, FALSE, TRUE))
      indexer_push(indexer, indexer_plain_task(run_overflow), ticket);
    return;
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
}
