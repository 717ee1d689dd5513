#include "store/sql.h"

#include "store/error.h"

gboolean sql_failed(sqlite3 *db, GError **error) {
  int code = sqlite3_errcode(db);

  g_set_error(error, STORE_ERROR, code == SQLITE_FULL ? STORE_ERROR_NO_SPACE : STORE_ERROR_FAILED, "the index: %s",
              sqlite3_errmsg(db));
  return FALSE;
}

gboolean sql_run(sqlite3 *db, const char *statements, GError **error) {
  return sqlite3_exec(db, statements, NULL, NULL, NULL) == SQLITE_OK || sql_failed(db, error);
}

gboolean sql_prepare(sqlite3 *db, const char *text, sqlite3_stmt **out_statement, GError **error) {
  return sqlite3_prepare_v3(db, text, -1, SQLITE_PREPARE_PERSISTENT, out_statement, NULL) == SQLITE_OK ||
         sql_failed(db, error);
}

gboolean sql_done(sqlite3_stmt *statement, GError **error) {
  int result = sqlite3_step(statement);
  gboolean done = result == SQLITE_DONE || sql_failed(sqlite3_db_handle(statement), error);

  sqlite3_reset(statement);
  return done;
}
