#include "store/rebuild.h"

#include "inbox/error.h"
#include "index/index_file.h"
#include "index/index_row.h"
#include "index/sql.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

static gboolean is_there(const Maildir *maildir, const char *name) {
  struct stat status;

  return store_look_at(maildir->dir_fd, name, &status) == 0;
}

/* To have it for us, until it is closed. */
static Maildir *open_alone(const char *place, GError **error) {
  g_autoptr(Maildir) maildir = maildir_visit(place, error);

  if (!maildir)
    return NULL;
  const char *problem = maildir_is_served(maildir)
                            ? "a server has it open and maintains the index; stop the server first"
                        : !maildir->is_writable        ? "it cannot be written"
                        : !maildir_take_index(maildir) ? "another command has it open; try again when it has ended"
                                                       : NULL;
  if (!problem)
    return g_steal_pointer(&maildir);
  g_set_error(error, INBOX_ERROR, INBOX_ERROR_FAILED, "cannot rebuild the index of %s: %s", maildir->path, problem);
  return NULL;
}

gboolean store_put_index_aside(const char *place, GError **error) {
  g_autoptr(Maildir) maildir = open_alone(place, error);

  if (!maildir)
    return FALSE;
  const StoreIo *io = store_io_system();
  IndexFile *file = index_file_new(maildir);
  index_file_tidy(file);
  gboolean is_moved = is_there(maildir, INDEX_ASIDE_NAME) || !is_there(maildir, INDEX_NAME) ||
                      io->rename(io, maildir->dir_fd, INDEX_NAME, maildir->dir_fd, INDEX_ASIDE_NAME) == 0;
  if (!is_moved)
    inbox_set_errno(error, errno, "cannot put %s/" INDEX_NAME " aside", maildir->path);
  else
    index_file_remove(file, NULL);
  index_file_free(file);
  return is_moved;
}

/* `name` NULL: it has none. */
static void add_tag(GHashTable *tags, const char *id, const char *name) {
  GPtrArray *names = g_hash_table_lookup(tags, id);

  if (!names) {
    names = g_ptr_array_new_with_free_func(g_free);
    g_hash_table_insert(tags, g_strdup(id), names);
  }
  if (name)
    g_ptr_array_add(names, g_strdup(name));
}

static const char tags_sql[] = "SELECT mail.id, tag.name FROM mail_tag JOIN mail ON mail.seq = mail_tag.seq"
                               " JOIN tag ON tag.id = mail_tag.tag";

/* The index made again has the tags that messages ask for; of these some had been taken off. */
static const char untagged_sql[] =
    "SELECT mail.id, NULL FROM (SELECT DISTINCT seq FROM rebuilt.mail_tag) AS tagged"
    " JOIN rebuilt.mail AS found ON found.seq = tagged.seq JOIN mail ON mail.id = found.id"
    " WHERE mail.seq NOT IN (SELECT seq FROM mail_tag)";

static gboolean read_tags(sqlite3 *db, const char *sql, GHashTable *tags, GError **error) {
  sqlite3_stmt *statement = NULL;

  if (!sql_prepare(db, sql, &statement, error))
    return FALSE;
  int result;
  while ((result = sqlite3_step(statement)) == SQLITE_ROW) {
    g_autofree char *id = index_row_text(statement, 0);
    g_autofree char *name = index_row_text_or_null(statement, 1);
    add_tag(tags, id, name);
  }
  sqlite3_finalize(statement);
  return result == SQLITE_DONE || sql_failed(db, error);
}

/* FALSE: there is none on disk. */
static gboolean attach_new_index(sqlite3 *db, const Maildir *maildir) {
  g_autofree char *path = g_build_filename(maildir->real_path, INDEX_NAME, NULL);
  sqlite3_stmt *statement = NULL;
  gboolean is_prepared = sql_prepare(db, "ATTACH ?1 AS rebuilt", &statement, NULL);

  if (is_prepared)
    sql_bind_text(statement, 1, path);
  gboolean is_attached = is_prepared && sql_done(statement, NULL);
  sqlite3_finalize(statement);
  return is_attached;
}

GHashTable *store_read_tags_aside(const char *place, GError **error) {
  g_autoptr(Maildir) maildir = maildir_visit(place, error);

  if (!maildir)
    return NULL;
  g_autoptr(GHashTable) tags =
      g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_ptr_array_unref);
  if (!is_there(maildir, INDEX_ASIDE_NAME))
    return g_steal_pointer(&tags);
  sqlite3 *db = index_file_open_aside(maildir, error);
  gboolean is_read = db && read_tags(db, tags_sql, tags, error);
  if (is_read && attach_new_index(db, maildir))
    (void)read_tags(db, untagged_sql, tags, NULL); /* or else they have again what they ask for */
  sqlite3_close(db);
  return is_read ? g_steal_pointer(&tags) : NULL;
}

gboolean store_drop_index_aside(const char *place, GError **error) {
  static const char *const names[] = {INDEX_ASIDE_NAME "-wal", INDEX_ASIDE_NAME "-shm", INDEX_ASIDE_NAME};
  const StoreIo *io = store_io_system();
  g_autoptr(Maildir) maildir = maildir_visit(place, error);
  gboolean is_dropped = maildir != NULL;

  for (gsize i = 0; is_dropped && i < G_N_ELEMENTS(names); i++)
    is_dropped = io->remove(io, maildir->dir_fd, names[i]) == 0 || errno == ENOENT;
  if (maildir && !is_dropped)
    inbox_set_errno(error, errno, "cannot remove %s/" INDEX_ASIDE_NAME, maildir->path);
  return is_dropped;
}
