#include "store/check.h"

#include "inbox/error.h"
#include "inbox/mail.h"
#include "index/index_file.h"
#include "index/index_row.h"
#include "index/index_trust.h"
#include "index/sql.h"
#include "maildir/mail_file.h"
#include "maildir/uidlist.h"
#include "store/replay.h"
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct Check {
  const Maildir *maildir;
  StoreFound found;
  gpointer user_data;
  StoreChecked *checked;
  GHashTable *indexed;     /* id -> MailFile, of those not met yet; NULL: the index cannot be compared */
  GHashTable *numbered;    /* ids that have a UID in the file; NULL: there is no file to compare with */
  GHashTable *met;         /* ids */
  MailDirectory directory; /* that is looked through */
} Check;

G_GNUC_PRINTF(3, 4) static void tell(const Check *check, StorePart part, const char *format, ...) {
  va_list arguments;

  va_start(arguments, format);
  g_autofree char *text = g_strdup_vprintf(format, arguments);
  va_end(arguments);
  check->found(part, text, check->user_data);
}

/* --- the journal */

static void would_put_back_cb(const char *file_name, gpointer user_data) {
  tell(user_data, STORE_PART_JOURNAL, "the message %s is in the journal, but not complete in the Maildir", file_name);
}

/* --- the index */

static void mail_file_free(gpointer data) {
  mail_file_clear(data);
  g_free(data);
}

static gboolean read_indexed(Check *check, sqlite3 *db, GError **error) {
  sqlite3_stmt *statement = NULL;

  if (!sql_prepare(db, "SELECT id, in_new, file_name FROM mail", &statement, error))
    return FALSE;
  int result;
  while ((result = sqlite3_step(statement)) == SQLITE_ROW) {
    MailFile file;
    gboolean is_sound = index_row_file(statement, 0, &file);
    g_autofree char *id = index_row_text(statement, 0);
    if (is_sound)
      g_hash_table_replace(check->indexed, g_steal_pointer(&id), g_memdup2(&file, sizeof file));
    else
      tell(check, STORE_PART_INDEX, "the index names a file for %s that cannot be its file", id);
  }
  sqlite3_finalize(statement);
  return result == SQLITE_DONE || sql_failed(db, error);
}

/* SQLite's own look at its file, the sums, and which messages there are. */
static gboolean look_into(Check *check, sqlite3 *db, GError **error) {
  guint64 version = 0, is_sum = 0;

  if (!sql_read_number(db, "PRAGMA user_version", &version, error))
    return FALSE;
  if (version != INDEX_VERSION) {
    tell(check, STORE_PART_DAMAGE, "the index has version %d, not %d", (int)version, INDEX_VERSION);
    return FALSE;
  }
  if (!index_file_is_ours(db, error) || !index_trust_check(db, error))
    return FALSE;
  if (!sql_read_number(db,
                       "SELECT n_mails = (SELECT count(*) FROM mail) AND n_unread = (SELECT count(*) FROM mail WHERE "
                       "is_read = 0) AND n_flagged = (SELECT count(*) FROM mail WHERE is_flagged = 1) AND n_octets = "
                       "(SELECT ifnull(sum(size), 0) FROM mail) FROM total",
                       &is_sum, error))
    return FALSE;
  if (!is_sum)
    tell(check, STORE_PART_DAMAGE, "the totals of the index do not match its messages");
  return read_indexed(check, db, error);
}

static void check_index(Check *check) {
  g_autoptr(IndexFile) file = index_file_new(check->maildir);
  g_autoptr(GError) error = NULL;

  check->checked->has_index = faccessat(check->maildir->dir_fd, INDEX_NAME, F_OK, 0) == 0;
  if (!check->checked->has_index)
    return;
  check->indexed = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, mail_file_free);
  sqlite3 *db = index_file_open_as_it_is(file, &error);
  gboolean is_read = db && look_into(check, db, &error);
  sqlite3_close(db);
  if (error)
    tell(check, STORE_PART_DAMAGE, "the index cannot be read: %s", error->message);
  if (!is_read)
    g_clear_pointer(&check->indexed, g_hash_table_unref);
}

/* --- the file of UIDs */

static void read_line(const UidListLine *line, gpointer user_data) {
  GHashTable *ids = user_data; /* by UID */

  if (line->kind == UIDLIST_ADDED)
    g_hash_table_replace(ids, GUINT_TO_POINTER(line->uid), g_strdup(line->id));
  else if (line->kind == UIDLIST_REMOVED)
    g_hash_table_remove(ids, GUINT_TO_POINTER(line->uid));
  else if (line->kind == UIDLIST_CLEARED)
    g_hash_table_remove_all(ids);
}

static GHashTable *turn(GHashTable *ids) {
  GHashTable *numbered = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  GHashTableIter iter;
  gpointer id;

  g_hash_table_iter_init(&iter, ids);
  while (g_hash_table_iter_next(&iter, NULL, &id)) {
    g_hash_table_add(numbered, id);
    g_hash_table_iter_steal(&iter);
  }
  return numbered;
}

/* Without an index it is not known which messages had UIDs; the next one gives them what they lack. */
static void check_uids(Check *check) {
  g_autoptr(UidList) list = uidlist_new(check->maildir, store_io_system(), FALSE);
  g_autoptr(GHashTable) ids = g_hash_table_new_full(NULL, NULL, NULL, g_free);
  UidListMark mark;
  guint64 n_damaged = 0;

  if (!check->indexed || g_hash_table_size(check->indexed) == 0)
    return;
  if (!uidlist_look(list)) {
    g_autofree char *notice = uidlist_take_notice(list);
    tell(check, STORE_PART_UIDS, "%s", notice ? notice : UIDLIST_NAME " is missing");
    return;
  }
  uidlist_read_all(list, &mark, read_line, ids, &n_damaged);
  if (n_damaged > 0)
    tell(check, STORE_PART_UIDS, UIDLIST_NAME " has lines that cannot be read: %" G_GUINT64_FORMAT, n_damaged);
  check->numbered = turn(ids);
}

/* --- the Maildir */

/* What the name says of the size; FALSE: nothing. */
static gboolean size_in_name(const char *name, guint64 *out_size) {
  const char *field = strstr(name, ",S=");
  char *end = NULL;

  if (!field || !g_ascii_isdigit(field[3]))
    return FALSE;
  *out_size = g_ascii_strtoull(field + 3, &end, 10);
  return *end == '\0' || *end == ',' || *end == ':';
}

static void check_file(const Check *check, const char *name) {
  const char *directory = mail_file_directory_name(check->directory);
  struct stat status;
  guint64 size = 0;

  if (store_look_at(mail_file_directory_fd(check->maildir, check->directory), name, &status) != 0)
    return; /* gone meanwhile */
  if (!S_ISREG(status.st_mode))
    tell(check, STORE_PART_MAILDIR, "%s/%s is not a file", directory, name);
  else if (size_in_name(name, &size) && (guint64)status.st_size != size)
    tell(check, STORE_PART_MAILDIR, "%s/%s has %" G_GUINT64_FORMAT " bytes, not the %" G_GUINT64_FORMAT " of its name",
         directory, name, (guint64)status.st_size, size);
}

static void compare_with_index(Check *check, const char *id, const char *name) {
  const MailFile *indexed = g_hash_table_lookup(check->indexed, id);

  if (!indexed)
    tell(check, STORE_PART_INDEX, "%s/%s is not in the index", mail_file_directory_name(check->directory), name);
  else if (indexed->directory != check->directory || strcmp(indexed->name, name) != 0)
    tell(check, STORE_PART_INDEX, "%s/%s is %s/%s in the index", mail_file_directory_name(check->directory), name,
         mail_file_directory_name(indexed->directory), indexed->name);
  if (indexed && check->numbered && !g_hash_table_contains(check->numbered, id))
    tell(check, STORE_PART_UIDS, "%s/%s has no UID in " UIDLIST_NAME, mail_file_directory_name(check->directory), name);
  g_hash_table_remove(check->indexed, id);
}

static gboolean meet(const char *name, gpointer user_data) {
  Check *check = user_data;
  char *id = mail_file_id(name);

  check_file(check, name);
  if (!g_hash_table_contains(check->met, id)) {
    check->checked->n_messages++;
    if (check->indexed)
      compare_with_index(check, id, name);
  } else {
    tell(check, STORE_PART_MAILDIR, "%s/%s also exists under another name", mail_file_directory_name(check->directory),
         name);
  }
  g_hash_table_add(check->met, id);
  return TRUE;
}

static gboolean check_directory(Check *check, MailDirectory directory, GError **error) {
  check->directory = directory;
  return maildir_for_each(mail_file_directory_fd(check->maildir, directory), meet, check, error);
}

static void tell_missing(const Check *check) {
  GHashTableIter iter;
  gpointer file;

  g_hash_table_iter_init(&iter, check->indexed);
  while (g_hash_table_iter_next(&iter, NULL, &file))
    tell(check, STORE_PART_INDEX, "%s/%s is in the index, but not in the Maildir",
         mail_file_directory_name(((const MailFile *)file)->directory), ((const MailFile *)file)->name);
}

gboolean store_check(const char *place, StoreFound found, gpointer user_data, StoreChecked *out_checked,
                     GError **error) {
  g_autoptr(Maildir) maildir = maildir_visit(place, error);

  *out_checked = (StoreChecked){0};
  if (!maildir)
    return FALSE;
  if (maildir_is_served(maildir)) {
    g_set_error(error, INBOX_ERROR, INBOX_ERROR_FAILED, "a server has %s open and maintains it; stop the server first",
                maildir->path);
    return FALSE;
  }
  g_autoptr(GHashTable) met = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  Check check = {.maildir = maildir, .found = found, .user_data = user_data, .checked = out_checked, .met = met};
  gboolean ok = replay_check(maildir, store_io_system(), would_put_back_cb, &check, &out_checked->has_journal, error);
  g_autofree char *obstacle = replay_obstacle(maildir);
  if (obstacle)
    tell(&check, STORE_PART_MAILDIR, "%s", obstacle);
  if (ok) {
    check_index(&check);
    check_uids(&check);
  }
  ok = ok && check_directory(&check, MAIL_DIRECTORY_NEW, error) && check_directory(&check, MAIL_DIRECTORY_CUR, error);
  if (ok && check.indexed)
    tell_missing(&check);
  g_clear_pointer(&check.indexed, g_hash_table_unref);
  g_clear_pointer(&check.numbered, g_hash_table_unref);
  return ok;
}
