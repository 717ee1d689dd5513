#include "index/index_older.h"

#include "index/index_row.h"
#include "index/sql.h"

static void add_tag(GHashTable *tags, char *id, char *name) {
  GPtrArray *names = g_hash_table_lookup(tags, id);

  if (names) {
    g_free(id);
  } else {
    names = g_ptr_array_new_with_free_func(g_free);
    g_hash_table_insert(tags, id, names);
  }
  g_ptr_array_add(names, name);
}

GHashTable *index_older_tags(sqlite3 *db) {
  sqlite3_stmt *statement = NULL;

  if (!sql_prepare(db,
                   "SELECT mail.id, tag.name FROM mail_tag JOIN mail ON mail.seq = mail_tag.seq"
                   " JOIN tag ON tag.id = mail_tag.tag",
                   &statement, NULL))
    return NULL;
  GHashTable *tags = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_ptr_array_unref);
  while (sqlite3_step(statement) == SQLITE_ROW)
    add_tag(tags, index_row_text(statement, 0), index_row_text(statement, 1));
  sqlite3_finalize(statement);
  if (g_hash_table_size(tags) == 0)
    g_clear_pointer(&tags, g_hash_table_unref);
  return tags;
}
