#include "index/index_thread.h"

#include "index/sql.h"

typedef enum { FIND_KEY, ADD_KEY, MOVE_MESSAGES, MOVE_KEYS, HAS_MESSAGES, REMOVE_KEYS, STATEMENTS_N } Statement;

struct IndexThreads {
  sqlite3 *db;
  sqlite3_stmt *statements[STATEMENTS_N];
};

static const char *const sql[STATEMENTS_N] = {
    [FIND_KEY] = "SELECT thread_id FROM thread_key WHERE hash = ?1",
    [ADD_KEY] = "INSERT INTO thread_key(hash, thread_id) VALUES(?1, ?2)",
    [MOVE_MESSAGES] = "UPDATE mail SET thread_id = ?2 WHERE thread_id = ?1",
    [MOVE_KEYS] = "UPDATE thread_key SET thread_id = ?2 WHERE thread_id = ?1",
    [HAS_MESSAGES] = "SELECT 1 FROM mail WHERE thread_id = ?1 LIMIT 1",
    [REMOVE_KEYS] = "DELETE FROM thread_key WHERE thread_id = ?1",
};

IndexThreads *index_threads_new(sqlite3 *db, GError **error) {
  g_autoptr(IndexThreads) threads = g_new0(IndexThreads, 1);

  threads->db = db;
  for (guint i = 0; i < STATEMENTS_N; i++)
    if (!sql_prepare(db, sql[i], &threads->statements[i], error))
      return NULL;
  return g_steal_pointer(&threads);
}

void index_threads_free(IndexThreads *threads) {
  if (!threads)
    return;
  for (guint i = 0; i < STATEMENTS_N; i++)
    sqlite3_finalize(threads->statements[i]);
  g_free(threads);
}

/* FNV-1a, 64 bits: two ids that share a hash by chance would only be shown as one conversation. */
static gint64 hash_of(const char *message_id) {
  guint64 hash = 0xcbf29ce484222325;

  for (; *message_id; message_id++)
    hash = (hash ^ (guchar)*message_id) * 0x100000001b3;
  return (gint64)hash;
}

/* SQLITE_ROW or SQLITE_DONE, or an error that is set. */
static int look_up(IndexThreads *threads, Statement which, gint64 key, gint64 *out_value, GError **error) {
  sqlite3_stmt *statement = threads->statements[which];

  sqlite3_bind_int64(statement, 1, key);
  int result = sqlite3_step(statement);
  if (result == SQLITE_ROW)
    *out_value = sqlite3_column_int64(statement, 0);
  else if (result != SQLITE_DONE)
    sql_failed(threads->db, error);
  sqlite3_reset(statement);
  return result;
}

static gboolean run(IndexThreads *threads, Statement which, gint64 a, gint64 b, GError **error) {
  sqlite3_stmt *statement = threads->statements[which];

  sqlite3_bind_int64(statement, 1, a);
  if (sqlite3_bind_parameter_count(statement) > 1)
    sqlite3_bind_int64(statement, 2, b);
  return sql_done(statement, error);
}

typedef struct Key {
  gint64 hash;
  gint64 thread; /* 0: not known yet */
} Key;

static gboolean find_keys(IndexThreads *threads, const MailSummary *summary, GArray *keys, GError **error) {
  guint n_references = summary->references->len;
  guint first = n_references > INDEX_REFERENCES_MAX ? n_references - INDEX_REFERENCES_MAX : 0;

  for (guint i = first; i <= n_references; i++) {
    gboolean is_own = i == n_references;
    if (is_own && !summary->has_message_id)
      continue;
    Key key = {.hash = hash_of(is_own ? summary->message_id : g_ptr_array_index(summary->references, i))};
    int result = look_up(threads, FIND_KEY, key.hash, &key.thread, error);
    if (result != SQLITE_ROW && result != SQLITE_DONE)
      return FALSE;
    g_array_append_val(keys, key);
  }
  return TRUE;
}

gboolean index_threads_join(IndexThreads *threads, gint64 seq, const MailSummary *summary, gint64 *out_thread,
                            GError **error) {
  g_autoptr(GArray) keys = g_array_new(FALSE, FALSE, sizeof(Key));

  if (!find_keys(threads, summary, keys, error))
    return FALSE;
  gint64 thread = seq;
  for (guint i = 0; i < keys->len; i++) {
    gint64 found = g_array_index(keys, Key, i).thread;
    thread = found != 0 ? MIN(thread, found) : thread;
  }
  for (guint i = 0; i < keys->len; i++) {
    Key key = g_array_index(keys, Key, i);
    gint64 now = 0;
    /* Looked up again: an id may stand twice, or its conversation have been moved for one before it. */
    int result = look_up(threads, FIND_KEY, key.hash, &now, error);
    gboolean ok = result == SQLITE_DONE  ? run(threads, ADD_KEY, key.hash, thread, error)
                  : result == SQLITE_ROW ? now == thread || (run(threads, MOVE_MESSAGES, now, thread, error) &&
                                                             run(threads, MOVE_KEYS, now, thread, error))
                                         : FALSE;
    if (!ok)
      return FALSE;
  }
  *out_thread = thread;
  return TRUE;
}

gboolean index_threads_leave(IndexThreads *threads, gint64 thread, GError **error) {
  gint64 one = 0;
  int result = look_up(threads, HAS_MESSAGES, thread, &one, error);

  return result == SQLITE_ROW || (result == SQLITE_DONE && run(threads, REMOVE_KEYS, thread, 0, error));
}
