#include "index/index_trust.h"

#include "inbox/error.h"
#include "index/index_row.h"
#include "index/sql.h"
#include "maildir/io.h"

enum { SCHEMA_BYTES_MAX = 256 * 1024 /* ours has 5 KiB */ };

static gboolean check_file(int dir_fd, const char *name, GError **error) {
  struct stat status;

  if (store_look_at(dir_fd, name, &status) < 0)
    return TRUE; /* it is made */
  if (S_ISREG(status.st_mode) && status.st_nlink == 1)
    return TRUE;
  if (S_ISREG(status.st_mode)) {
    g_set_error(error, INBOX_ERROR, INBOX_ERROR_DAMAGED,
                "%s is a file that also has another name, and is not used; remove it and start again", name);
    return FALSE;
  }
  g_set_error(error, INBOX_ERROR, INBOX_ERROR_DAMAGED,
              "%s is %s, not a file, and is not used; remove it and start again", name,
              store_kind_name(status.st_mode));
  return FALSE;
}

static gboolean check_journal(int dir_fd, const char *name, gboolean removes_it, GError **error) {
  const StoreIo *io = store_io_system();
  struct stat status;

  if (store_look_at(dir_fd, name, &status) < 0 || (removes_it && io->remove(io, dir_fd, name) == 0))
    return TRUE;
  g_set_error(error, INBOX_ERROR, INBOX_ERROR_DAMAGED, "%s was not left by dsmtpd; remove it and start again", name);
  return FALSE;
}

gboolean index_trust_files(int dir_fd, const char *name, gboolean removes_journal, GError **error) {
  g_autofree char *wal = g_strconcat(name, "-wal", NULL);
  g_autofree char *shm = g_strconcat(name, "-shm", NULL);
  g_autofree char *journal = g_strconcat(name, "-journal", NULL);

  return check_file(dir_fd, name, error) && check_file(dir_fd, wal, error) && check_file(dir_fd, shm, error) &&
         check_journal(dir_fd, journal, removes_journal, error);
}

gboolean index_trust_little(sqlite3 *db, GError **error) {
  static const struct {
    int option;
    int value;
  } settings[] = {
      {SQLITE_DBCONFIG_DEFENSIVE, 1},       {SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0},
      {SQLITE_DBCONFIG_ENABLE_TRIGGER, 0},  {SQLITE_DBCONFIG_ENABLE_VIEW, 0},
      {SQLITE_DBCONFIG_WRITABLE_SCHEMA, 0}, {SQLITE_DBCONFIG_ENABLE_FTS3_TOKENIZER, 0},
  };

  for (gsize i = 0; i < G_N_ELEMENTS(settings); i++)
    if (sqlite3_db_config(db, settings[i].option, settings[i].value, NULL) != SQLITE_OK)
      return sql_failed(db, error);
  (void)sqlite3_limit(db, SQLITE_LIMIT_LENGTH, INDEX_VALUE_BYTES_MAX);
  return sql_run(db, "PRAGMA cell_size_check = ON; PRAGMA mmap_size = 0;", error);
}

static const char describe_sql[] = "SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY name, type";

char *index_trust_describe(sqlite3 *db, GError **error) {
  g_autoptr(GString) text = g_string_new(NULL);
  sqlite3_stmt *statement = NULL;

  if (!sql_prepare(db, describe_sql, &statement, error))
    return NULL;
  int result;
  while ((result = sqlite3_step(statement)) == SQLITE_ROW && text->len < SCHEMA_BYTES_MAX)
    for (int column = 0; column < sqlite3_column_count(statement); column++) {
      const char *value = (const char *)sqlite3_column_text(statement, column);
      g_string_append_printf(text, "%s%c", value ? value : "",
                             column + 1 < sqlite3_column_count(statement) ? '|' : '\n');
    }
  gboolean is_read = result == SQLITE_DONE || result == SQLITE_ROW || sql_failed(db, error);
  sqlite3_finalize(statement);
  return is_read ? g_string_free(g_steal_pointer(&text), FALSE) : NULL;
}

gboolean index_trust_check(sqlite3 *db, GError **error) {
  sqlite3_stmt *statement = NULL;

  if (!sql_prepare(db, "PRAGMA quick_check(1)", &statement, error))
    return FALSE;
  int result = sqlite3_step(statement);
  g_autofree char *said = result == SQLITE_ROW ? index_row_text(statement, 0) : NULL;
  gboolean is_whole = g_strcmp0(said, "ok") == 0;
  if (result != SQLITE_ROW)
    sql_failed(db, error);
  else if (!is_whole)
    g_set_error(error, INBOX_ERROR, INBOX_ERROR_DAMAGED, "the index is damaged: %s", said);
  sqlite3_finalize(statement);
  return is_whole;
}
