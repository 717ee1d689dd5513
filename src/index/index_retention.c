#include "index/index_retention.h"

#include "inbox/error.h"
#include "index/index_remove.h"
#include "index/index_row.h"
#include "index/sql.h"

enum { PIECE_MESSAGES = 25 };

typedef struct Trim {
  IndexTask task; /* first */
  InboxLimits limits;
  InboxRemoved trimmed;
  LoopQueue *queue;
  GError *error;
  InboxRetentionDone done;
  gpointer user_data;
} Trim;

static void done_cb(gpointer data) {
  Trim *trim = data;

  trim->done(&trim->trimmed, trim->error, trim->user_data);
  g_clear_error(&trim->error);
  g_free(trim);
}

/* --- which messages */

/* By the time they came, which their names tell, and else in the order in which they are listed: a clock that was set
 * back must not make the latest mail the oldest. ?1 is a time. */
static const char by_age_sql[] = "SELECT seq, size FROM mail WHERE received_us <= ?1 AND is_flagged = 0"
                                 " ORDER BY received_us";
static const char in_order_sql[] = "SELECT seq, size FROM mail WHERE is_flagged = 0 ORDER BY seq";
static const char oldest_sql[] = "SELECT received_us FROM mail WHERE is_flagged = 0 ORDER BY received_us LIMIT 1";

static gboolean always(const InboxLimits *limits, const InboxTotals *totals) {
  return TRUE; /* the statement finds no others */
}

static gboolean has_more_messages(const InboxLimits *limits, const InboxTotals *totals) {
  return totals->n_messages > limits->max_messages;
}

static gboolean has_more_bytes(const InboxLimits *limits, const InboxTotals *totals) {
  return totals->n_bytes > limits->max_bytes;
}

static const struct {
  gsize offset; /* of what is allowed */
  const char *sql;
  gboolean (*is_passed)(const InboxLimits *limits, const InboxTotals *totals);
} rules[INBOX_LIMITS_N] = {
    [INBOX_LIMIT_AGE] = {G_STRUCT_OFFSET(InboxLimits, max_age_us), by_age_sql, always},
    [INBOX_LIMIT_MESSAGES] = {G_STRUCT_OFFSET(InboxLimits, max_messages), in_order_sql, has_more_messages},
    [INBOX_LIMIT_BYTES] = {G_STRUCT_OFFSET(InboxLimits, max_bytes), in_order_sql, has_more_bytes},
};

static gboolean is_set(const InboxLimits *limits, InboxLimit limit) {
  return G_STRUCT_MEMBER(guint64, limits, rules[limit].offset) > 0;
}

static gboolean ended_well(sqlite3_stmt *statement, int result, GError **error) {
  if (result != SQLITE_ROW && result != SQLITE_DONE)
    sql_failed(sqlite3_db_handle(statement), error);
  sqlite3_finalize(statement);
  return result == SQLITE_ROW || result == SQLITE_DONE;
}

/* Those to remove in this step; is_partial when they are not all. */
static GArray *select_messages(Trim *trim, IndexWriter *writer, InboxLimit limit, GError **error) {
  g_autoptr(GArray) seqs = g_array_new(FALSE, FALSE, sizeof(gint64));
  InboxTotals left = *index_write_totals(writer);
  sqlite3_stmt *statement = NULL;

  if (!sql_prepare(index_write_db(writer), rules[limit].sql, &statement, error))
    return NULL;
  if (limit == INBOX_LIMIT_AGE)
    sqlite3_bind_int64(statement, 1, g_get_real_time() - (gint64)trim->limits.max_age_us);
  int result = SQLITE_ROW;
  while (rules[limit].is_passed(&trim->limits, &left) && (result = sqlite3_step(statement)) == SQLITE_ROW) {
    if (seqs->len == INDEX_RETENTION_STEP_MAX) {
      trim->trimmed.is_partial = TRUE;
      break;
    }
    gint64 seq = sqlite3_column_int64(statement, 0);
    g_array_append_val(seqs, seq);
    left.n_messages -= MIN(left.n_messages, 1);
    left.n_bytes -= MIN(left.n_bytes, index_row_size(statement, 1));
  }
  return ended_well(statement, result, error) ? g_steal_pointer(&seqs) : NULL;
}

static gboolean read_oldest(IndexWriter *writer, gint64 *out_oldest_us, GError **error) {
  sqlite3_stmt *statement = NULL;

  if (!sql_prepare(index_write_db(writer), oldest_sql, &statement, error))
    return FALSE;
  int result = sqlite3_step(statement);
  *out_oldest_us = index_row_time_us(statement, 0);
  return ended_well(statement, result, error);
}

/* --- removing them */

/* In pieces, for as long as a step may take. */
static gboolean trim_to(Trim *trim, IndexSync *work, InboxLimit limit, GError **error) {
  g_autoptr(GArray) seqs = select_messages(trim, work->writer, limit, error);

  if (!seqs)
    return FALSE;
  g_auto(IndexRemoval) removal = {.may_come_back = TRUE}; /* over the limits they are removed again */
  gint64 until_us = g_get_monotonic_time() + INDEX_RETENTION_STEP_US;
  gboolean ok = TRUE;
  for (guint at = 0; ok && at < seqs->len; at += PIECE_MESSAGES) {
    if (at > 0 && g_get_monotonic_time() >= until_us) {
      trim->trimmed.is_partial = TRUE;
      break;
    }
    ok = index_remove_messages(trim->task.updater, work, &g_array_index(seqs, gint64, at),
                               MIN(seqs->len - at, PIECE_MESSAGES), TRUE, &removal, error);
  }
  trim->trimmed.removed[limit].n_messages = removal.n_messages;
  trim->trimmed.removed[limit].n_bytes = removal.n_bytes;
  trim->error = g_steal_pointer(&removal.error);
  return ok;
}

/* To be asked when all is trimmed. */
static gboolean is_held_up(const Trim *trim, const InboxTotals *totals) {
  if (trim->trimmed.oldest_us != 0 || totals->n_messages == 0)
    return FALSE;
  for (InboxLimit limit = INBOX_LIMIT_MESSAGES; limit < INBOX_LIMITS_N; limit++)
    if (is_set(&trim->limits, limit) &&
        (trim->trimmed.removed[limit].n_messages > 0 || rules[limit].is_passed(&trim->limits, totals)))
      return TRUE;
  return FALSE;
}

static gboolean trim_to_all(Trim *trim, IndexSync *work, GError **error) {
  for (InboxLimit limit = 0; limit < INBOX_LIMITS_N && !trim->trimmed.is_partial && !trim->error; limit++)
    if (is_set(&trim->limits, limit) && !trim_to(trim, work, limit, error))
      return FALSE;
  if (!read_oldest(work->writer, &trim->trimmed.oldest_us, error))
    return FALSE;
  trim->trimmed.is_held_up = is_held_up(trim, index_write_totals(work->writer));
  return TRUE;
}

static void run_trim(Updater *updater, IndexTask *task) {
  Trim *trim = (Trim *)task;
  g_autoptr(GError) error = NULL;

  updater_catch_up(updater);
  IndexSync *work = updater_is_whole(updater) ? updater_work(updater) : NULL;
  if (!work) {
    trim->trimmed.is_partial = TRUE;
  } else if (!trim_to_all(trim, work, &error)) {
    g_clear_error(&trim->error);
    trim->error = g_error_copy(error);
    updater_fail(updater, g_steal_pointer(&error));
  } else if (!updater_commit(updater) && !trim->error) {
    trim->error = g_error_new_literal(INBOX_ERROR, INBOX_ERROR_FAILED, "the index could not be written");
  }
  loop_queue_post(trim->queue, done_cb, trim);
}

void index_retention_push(const InboxLimits *limits, Updater *updater, LoopQueue *queue, guint64 ticket,
                          InboxRetentionDone done, gpointer user_data) {
  Trim *trim = g_new0(Trim, 1);

  trim->task.run = run_trim;
  trim->limits = *limits;
  trim->queue = queue;
  trim->done = done;
  trim->user_data = user_data;
  updater_push(updater, &trim->task, ticket);
}
