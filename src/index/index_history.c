#include "index/index_history.h"

#include "inbox/error.h"
#include "index/index_row.h"
#include "index/index_view.h"
#include "index/sql.h"

const char index_history_schema[] =
    "CREATE TABLE past(number INTEGER PRIMARY KEY, kind INTEGER NOT NULL, id TEXT, uid INTEGER NOT NULL);";

gboolean index_history_add(sqlite3 *db, const InboxEvent *event, guint32 uid, GError **error) {
  sqlite3_stmt *statement = NULL;

  if (!sql_prepare(db, "INSERT OR REPLACE INTO past(number, kind, id, uid) VALUES(?1, ?2, ?3, ?4)", &statement, error))
    return FALSE;
  sqlite3_bind_int64(statement, 1, (gint64)event->number);
  sqlite3_bind_int(statement, 2, (int)event->kind);
  sql_bind_text(statement, 3, event->id);
  sqlite3_bind_int64(statement, 4, uid);
  gboolean ok = sql_done(statement, error);
  sqlite3_finalize(statement);
  return ok;
}

gboolean index_history_prune(sqlite3 *db, guint64 *since, GError **error) {
  guint64 oldest = 0;
  g_autofree char *find = g_strdup_printf(
      "SELECT ifnull((SELECT number FROM past ORDER BY number DESC LIMIT 1 OFFSET %d), 0)", INDEX_HISTORY_MAX);

  if (!sql_read_number(db, find, &oldest, error))
    return FALSE;
  g_autofree char *remove = g_strdup_printf("DELETE FROM past WHERE number <= %" G_GINT64_FORMAT, (gint64)oldest);
  *since = MAX(*since, oldest);
  return oldest == 0 || sql_run(db, remove, error);
}

/* Messages that did not change since they came are there once. The last index has few: those that did. */
static const char changes_sql[] =
    "SELECT changed AS number, seq, arrived = changed AS is_new, NULL AS kind, NULL AS id FROM mail WHERE changed > ?1"
    " UNION ALL SELECT arrived, seq, 1, NULL, NULL FROM mail WHERE arrived > ?1 AND arrived <> changed"
    " UNION ALL SELECT number, 0, 0, kind, id FROM past WHERE number > ?1"
    " ORDER BY number LIMIT ?2";

enum { NUMBER, SEQ, IS_NEW, KIND, ID };

/* FOUND_NOTHING: it is gone in the meantime, which comes later. */
static Found read_mail_event(sqlite3_stmt *view, sqlite3_stmt *statement, InboxEvent **out_event, GError **error) {
  sqlite3_bind_int64(view, 1, sqlite3_column_int64(statement, SEQ));
  Found found = sql_found(sqlite3_db_handle(view), sqlite3_step(view), error);
  InboxEventKind kind = sqlite3_column_int(statement, IS_NEW) ? INBOX_EVENT_NEW : INBOX_EVENT_CHANGED;
  if (found == FOUND)
    *out_event = inbox_event_new(kind, index_view_read(view), NULL);
  sqlite3_reset(view);
  return found;
}

/* NULL: a row that is not one of ours. */
static InboxEvent *read_past_event(sqlite3_stmt *statement) {
  int kind = sqlite3_column_int(statement, KIND);
  g_autofree char *id = index_row_text_or_null(statement, ID);

  if (kind < INBOX_EVENT_DELETED || kind > INBOX_EVENT_ATTEMPTS_CLEARED || (kind == INBOX_EVENT_DELETED && !id))
    return NULL;
  return inbox_event_new((InboxEventKind)kind, NULL, id);
}

static gboolean read_events(sqlite3_stmt *statement, sqlite3_stmt *view, guint limit, InboxHistoryPage *page,
                            GError **error) {
  g_autoptr(GError) reason = NULL;
  int result = SQLITE_DONE;
  guint n_rows = 0;
  guint64 last = 0;

  while (!reason && n_rows < limit && (result = sqlite3_step(statement)) == SQLITE_ROW) {
    guint64 number = (guint64)sqlite3_column_int64(statement, NUMBER);
    gboolean is_past = sqlite3_column_type(statement, KIND) != SQLITE_NULL;
    InboxEvent *event = is_past ? read_past_event(statement) : NULL;
    if (!is_past && read_mail_event(view, statement, &event, &reason) == FOUND_FAILED)
      break;
    n_rows++;
    if (number < last) /* pages of the index that name each other */
      g_set_error_literal(&reason, INBOX_ERROR, INBOX_ERROR_DAMAGED, "the index is damaged: its rows are not in order");
    last = number;
    if (!event)
      continue;
    event->number = number;
    g_ptr_array_add(page->events, event);
  }
  page->has_more = n_rows == limit;
  if (!reason && result != SQLITE_ROW && result != SQLITE_DONE)
    sql_failed(sqlite3_db_handle(statement), &reason);
  if (reason)
    g_propagate_error(error, g_steal_pointer(&reason));
  return *error == NULL;
}

/* When what is known begins is asked for at the end: some may have been removed while it was read. */
gboolean index_history_read(sqlite3 *db, guint64 after, guint limit, InboxHistoryPage *out_page, GError **error) {
  sqlite3_stmt *statement = NULL;
  sqlite3_stmt *view = NULL;
  guint64 since = 0;
  g_autoptr(GError) reason = NULL;

  *out_page = (InboxHistoryPage){.events = g_ptr_array_new_with_free_func((GDestroyNotify)inbox_event_free)};
  gboolean ok = sql_prepare(db, changes_sql, &statement, &reason) && sql_prepare(db, index_view_sql, &view, &reason);
  if (ok) {
    sqlite3_bind_int64(statement, 1, (gint64)MIN(after, (guint64)G_MAXINT64));
    sqlite3_bind_int64(statement, 2, limit);
    ok = read_events(statement, view, limit, out_page, &reason);
  }
  sqlite3_finalize(statement);
  sqlite3_finalize(view);
  ok = ok && sql_read_number(db, "SELECT ifnull((SELECT max(since) FROM uid_list), 0)", &since, &reason);
  out_page->is_forgotten = since == 0 || after < since;
  if (reason)
    g_propagate_error(error, g_steal_pointer(&reason));
  return ok;
}
