#include "index/index_tag.h"

#include "inbox/error.h"
#include "index/sql.h"
#include <string.h>

/* A message, ?1, may have one more tag. */
#define HAS_ROOM " WHERE (SELECT count(*) FROM mail_tag WHERE seq = ?1) < ?3"

/* Runs one statement with a number as ?1, a text as ?2 and INBOX_TAGS_MAX as ?3 where the statement has them. */
static gboolean run(sqlite3 *db, const char *sql, gint64 number, const char *text, GError **error) {
  sqlite3_stmt *statement = NULL;

  if (!sql_prepare(db, sql, &statement, error))
    return FALSE;
  if (sqlite3_bind_parameter_count(statement) >= 1)
    sqlite3_bind_int64(statement, 1, number);
  if (sqlite3_bind_parameter_count(statement) >= 2)
    sql_bind_text(statement, 2, text);
  if (sqlite3_bind_parameter_count(statement) >= 3)
    sqlite3_bind_int(statement, 3, INBOX_TAGS_MAX);
  gboolean ok = sql_done(statement, error);
  sqlite3_finalize(statement);
  return ok;
}

gboolean index_tag_remove_unused(sqlite3 *db, GError **error) {
  return run(db, "DELETE FROM tag WHERE NOT EXISTS (SELECT 1 FROM mail_tag WHERE mail_tag.tag = tag.id)", 0, NULL,
             error);
}

gboolean index_tag_add(sqlite3 *db, gint64 seq, const GPtrArray *tags, GError **error) {
  for (guint i = 0; i < tags->len; i++) {
    const char *name = g_ptr_array_index(tags, i);
    if (!run(db, "INSERT OR IGNORE INTO tag(name) SELECT ?2" HAS_ROOM, seq, name, error) ||
        !run(db, "INSERT OR IGNORE INTO mail_tag(tag, seq) SELECT id, ?1 FROM tag" HAS_ROOM " AND name = ?2", seq, name,
             error))
      return FALSE;
  }
  return TRUE;
}

/* `sql` takes tags off the message ?1, the one named ?2. */
static gboolean take_off(sqlite3 *db, const char *sql, gint64 seq, const char *name, guint *n_off, GError **error) {
  gboolean ok = run(db, sql, seq, name, error);

  *n_off += ok ? (guint)sqlite3_changes(db) : 0;
  return ok;
}

gboolean index_tag_change(sqlite3 *db, gint64 seq, const GPtrArray *added, const GPtrArray *taken_off, GError **error) {
  static const char one[] = "DELETE FROM mail_tag WHERE seq = ?1 AND tag = (SELECT id FROM tag WHERE name = ?2)";
  guint n_off = 0;

  for (guint i = 0; i < taken_off->len; i++)
    if (!take_off(db, one, seq, g_ptr_array_index(taken_off, i), &n_off, error))
      return FALSE;
  return index_tag_add(db, seq, added, error) && (n_off == 0 || index_tag_remove_unused(db, error));
}

gboolean index_tag_set(sqlite3 *db, gint64 seq, const GPtrArray *tags, GError **error) {
  guint n_off = 0;

  return take_off(db, "DELETE FROM mail_tag WHERE seq = ?1", seq, NULL, &n_off, error) &&
         index_tag_add(db, seq, tags, error) && (n_off == 0 || index_tag_remove_unused(db, error));
}

static Found find(sqlite3 *db, const char *name, gint64 *out_id, GError **error) {
  sqlite3_stmt *statement = NULL;

  if (!sql_prepare(db, "SELECT id FROM tag WHERE name = ?1", &statement, error))
    return FOUND_FAILED;
  sql_bind_text(statement, 1, name);
  Found found = sql_found(db, sqlite3_step(statement), error);
  *out_id = found == FOUND ? sqlite3_column_int64(statement, 0) : 0;
  sqlite3_finalize(statement);
  return found;
}

static gboolean find_or_say(sqlite3 *db, const char *name, gint64 *out_id, GError **error) {
  Found found = find(db, name, out_id, error);

  if (found == FOUND_NOTHING)
    g_set_error(error, INBOX_ERROR, INBOX_ERROR_NOT_FOUND, "there is no tag %s", name);
  return found == FOUND;
}

gboolean index_tag_rename(sqlite3 *db, const char *old_name, const char *new_name, GError **error) {
  gint64 old_id = 0;
  gint64 new_id = 0;

  if (!find_or_say(db, old_name, &old_id, error))
    return FALSE;
  Found found = find(db, new_name, &new_id, error);
  if (found == FOUND && new_id != old_id)
    g_set_error(error, INBOX_ERROR, INBOX_ERROR_EXISTS, "there is a tag %s already", new_name);
  if (found == FOUND_FAILED || (found == FOUND && new_id != old_id))
    return FALSE;
  return run(db, "UPDATE tag SET name = ?2 WHERE id = ?1", old_id, new_name, error);
}

gboolean index_tag_remove(sqlite3 *db, const char *name, GError **error) {
  gint64 id = 0;

  return find_or_say(db, name, &id, error) && run(db, "DELETE FROM mail_tag WHERE tag = ?1", id, NULL, error) &&
         run(db, "DELETE FROM tag WHERE id = ?1", id, NULL, error);
}

GArray *index_tag_messages(sqlite3 *db, const char *name, GError **error) {
  gint64 id = 0;

  if (!find_or_say(db, name, &id, error))
    return NULL;
  sqlite3_stmt *statement = NULL;
  if (!sql_prepare(db, "SELECT seq FROM mail_tag WHERE tag = ?1", &statement, error))
    return NULL;
  sqlite3_bind_int64(statement, 1, id);
  return sql_read_numbers(statement, error);
}
