#include "index/sql.h"

#include "inbox/error.h"

/* Somebody cut or replaced the file, also while it is in use, or wrote values of other kinds to it. SQLite has no codes
 * of their own for these, and its general one would be that of an expression somebody searches for as well. */
static gboolean tells_damage(sqlite3 *db) {
  static const char *const messages[] = {"no such table",      "no such column",   "vtable constructor failed",
                                         "malformed database", "integer overflow", "invalid fts5 file format"};

  for (gsize i = 0; i < G_N_ELEMENTS(messages); i++)
    if (g_str_has_prefix(sqlite3_errmsg(db), messages[i]))
      return TRUE;
  return FALSE;
}

static InboxError code_from_sql(sqlite3 *db) {
  switch (sqlite3_errcode(db)) {
  case SQLITE_FULL:
    return INBOX_ERROR_NO_SPACE;
  case SQLITE_CORRUPT:
  case SQLITE_NOTADB:
  case SQLITE_TOOBIG: /* nothing of ours is */
  case SQLITE_NOMEM:  /* a length that a damaged page gives: where memory ends, GLib ends the program */
    return INBOX_ERROR_DAMAGED;
  default:
    return tells_damage(db) ? INBOX_ERROR_DAMAGED : INBOX_ERROR_FAILED;
  }
}

gboolean sql_failed(sqlite3 *db, GError **error) {
  g_set_error(error, INBOX_ERROR, (gint)code_from_sql(db), "the index: %s", sqlite3_errmsg(db));
  return FALSE;
}

Found sql_found(sqlite3 *db, int result, GError **error) {
  if (result == SQLITE_ROW || result == SQLITE_DONE)
    return result == SQLITE_ROW ? FOUND : FOUND_NOTHING;
  sql_failed(db, error);
  return FOUND_FAILED;
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

/* FALSE: the number does not go on in the order of the two before. */
static gboolean is_in_order(const GArray *numbers, gint64 number) {
  if (numbers->len == 0)
    return TRUE;
  gint64 last = g_array_index(numbers, gint64, numbers->len - 1);
  return numbers->len == 1 ? number != last
                           : (number > last) == (last > g_array_index(numbers, gint64, 0)) && number != last;
}

GArray *sql_read_numbers(sqlite3_stmt *statement, GError **error) {
  g_autoptr(GArray) numbers = g_array_new(FALSE, FALSE, sizeof(gint64));
  int result;
  gboolean in_order = TRUE;

  while (in_order && (result = sqlite3_step(statement)) == SQLITE_ROW) {
    gint64 number = sqlite3_column_int64(statement, 0);
    in_order = is_in_order(numbers, number);
    g_array_append_val(numbers, number);
  }
  if (!in_order)
    g_set_error_literal(error, INBOX_ERROR, INBOX_ERROR_DAMAGED, "the index is damaged: its rows are not in order");
  else if (result != SQLITE_DONE)
    sql_failed(sqlite3_db_handle(statement), error);
  sqlite3_finalize(statement);
  return in_order && result == SQLITE_DONE ? g_steal_pointer(&numbers) : NULL;
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
