#include "index/index_row.h"

#include "inbox/mail.h"
#include <string.h>

#define TIME_MIN_US (G_GINT64_CONSTANT(-62135596800) * G_USEC_PER_SEC)
#define TIME_MAX_US (G_GINT64_CONSTANT(253402300799) * G_USEC_PER_SEC)

/* Lent until the row is left. A text with a NUL in it is another one for SQLite than for us. NULL: not a text. */
static const char *plain_text(sqlite3_stmt *statement, int column) {
  if (sqlite3_column_type(statement, column) != SQLITE_TEXT)
    return NULL;
  const char *text = (const char *)sqlite3_column_text(statement, column);
  return text && strlen(text) == (gsize)sqlite3_column_bytes(statement, column) ? text : NULL;
}

char *index_row_text_or_null(sqlite3_stmt *statement, int column) {
  const char *text = (const char *)sqlite3_column_text(statement, column);

  if (!text)
    return NULL;
  return g_utf8_validate(text, -1, NULL) ? g_strdup(text) : g_utf8_make_valid(text, -1);
}

char *index_row_text(sqlite3_stmt *statement, int column) {
  char *text = index_row_text_or_null(statement, column);

  return text ? text : g_strdup("");
}

gint64 index_row_time_us(sqlite3_stmt *statement, int column) {
  return CLAMP(sqlite3_column_int64(statement, column), TIME_MIN_US, TIME_MAX_US);
}

guint index_row_count(sqlite3_stmt *statement, int column) {
  return (guint)CLAMP(sqlite3_column_int64(statement, column), 0, G_MAXINT);
}

guint64 index_row_size(sqlite3_stmt *statement, int column) {
  return (guint64)CLAMP(sqlite3_column_int64(statement, column), 0, INDEX_SIZE_MAX);
}

gboolean index_row_has_size(sqlite3_stmt *statement, int column) {
  return sqlite3_column_type(statement, column) == SQLITE_INTEGER && sqlite3_column_int64(statement, column) >= 0 &&
         sqlite3_column_int64(statement, column) <= INDEX_SIZE_MAX;
}

gboolean index_row_file(sqlite3_stmt *statement, int column, MailFile *out_file) {
  const char *id = plain_text(statement, column);
  const char *name = plain_text(statement, column + 2);
  g_autofree char *id_of_name = name && store_name_is_plain(name) ? mail_file_id(name) : NULL;

  *out_file = (MailFile){sqlite3_column_int(statement, column + 1) ? MAIL_DIRECTORY_NEW : MAIL_DIRECTORY_CUR, NULL};
  if (id && id_of_name && strcmp(id, id_of_name) == 0)
    out_file->name = g_strdup(name);
  return out_file->name != NULL;
}
