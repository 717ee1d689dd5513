#include "store/sql.h"

#include "store/error.h"

/* Somebody cut or replaced the file while it is in use: the tables we made are not there. */
static gboolean misses_tables(sqlite3 *db) {
  return g_str_has_prefix(sqlite3_errmsg(db), "no such table");
}

static StoreError code_from_sql(sqlite3 *db) {
  switch (sqlite3_errcode(db)) {
  case SQLITE_FULL:
    return STORE_ERROR_NO_SPACE;
  case SQLITE_CORRUPT:
  case SQLITE_NOTADB:
    return STORE_ERROR_DAMAGED;
  default:
    return misses_tables(db) ? STORE_ERROR_DAMAGED : STORE_ERROR_FAILED;
  }
}

gboolean sql_failed(sqlite3 *db, GError **error) {
  g_set_error(error, STORE_ERROR, (gint)code_from_sql(db), "the index: %s", sqlite3_errmsg(db));
  return FALSE;
}

gboolean sql_run(sqlite3 *db, const char *statements, GError **error) {
  return sqlite3_exec(db, statements, NULL, NULL, NULL) == SQLITE_OK || sql_failed(db, error);
}

gboolean sql_prepare(sqlite3 *db, const char *text, sqlite3_stmt **out_statement, GError **error) {
  return sqlite3_prepare_v3(db, text, -1, SQLITE_PREPARE_PERSISTENT, out_statement, NULL) == SQLITE_OK ||
         sql_failed(db, error);
}

void sql_bind_text(sqlite3_stmt *statement, int at, const char *text) {
  sqlite3_bind_text(statement, at, text, -1, SQLITE_STATIC);
}

gboolean sql_done(sqlite3_stmt *statement, GError **error) {
  int result = sqlite3_step(statement);
  gboolean done = result == SQLITE_DONE || sql_failed(sqlite3_db_handle(statement), error);

  sqlite3_reset(statement);
  return done;
}

gboolean sql_read_row(sqlite3 *db, const char *text, guint n_numbers, guint64 *const out_numbers[], GError **error) {
  sqlite3_stmt *statement = NULL;
  if (!sql_prepare(db, text, &statement, error))
    return FALSE;
  gboolean found = sqlite3_step(statement) == SQLITE_ROW;
  for (guint i = 0; found && i < n_numbers; i++)
    *out_numbers[i] = (guint64)sqlite3_column_int64(statement, (int)i);
  if (!found)
    sql_failed(db, error);
  sqlite3_finalize(statement);
  return found;
}

gboolean sql_read_number(sqlite3 *db, const char *text, guint64 *out_number, GError **error) {
  return sql_read_row(db, text, 1, &out_number, error);
}

GArray *sql_read_numbers(sqlite3_stmt *statement, GError **error) {
  g_autoptr(GArray) numbers = g_array_new(FALSE, FALSE, sizeof(gint64));
  int result;
  while ((result = sqlite3_step(statement)) == SQLITE_ROW) {
    gint64 number = sqlite3_column_int64(statement, 0);
    g_array_append_val(numbers, number);
  }
  if (result != SQLITE_DONE)
    sql_failed(sqlite3_db_handle(statement), error);
  sqlite3_finalize(statement);
  return result == SQLITE_DONE ? g_steal_pointer(&numbers) : NULL;
}

void sql_append_quoted(GString *out, const char *text, gsize len) {
  g_string_append_c(out, '"');
  for (gsize i = 0; i < len; i++) {
    if (text[i] == '"')
      g_string_append_c(out, '"');
    g_string_append_c(out, text[i]);
  }
  g_string_append_c(out, '"');
}
