#include "index/index_file.h"

#include "inbox/error.h"
#include "index/index_history.h"
#include "index/index_older.h"
#include "index/index_recipient.h"
#include "index/index_search.h"
#include "index/index_text.h"
#include "index/index_transcript.h"
#include "index/index_trust.h"
#include "index/index_uids.h"
#include "index/sql.h"
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

enum {
  MODE_BITS = 07777,
  BUSY_TIMEOUT_MS = 5000,
  PAGE_BYTES = 4096, /* SQLite's own choice */
  WAL_PAGES_MIN = 16,
  WAL_PAGES_MAX = 4000,
  WAL_SHARE = 64 /* of the room there is, the WAL may take one part of so many */
};

struct IndexFile {
  const Maildir *maildir; /* lent */
  char *path;
  int dir_fd;           /* lent by the Maildir */
  gboolean left_disk;   /* what was in the file is in memory */
  gboolean is_owner;    /* the right to write to it is ours */
  GHashTable *old_tags; /* ids -> GPtrArray of char *, of an index of an older version; NULL: none */
  char *notice;         /* NULL: none */
  sqlite3 *copy;        /* keeps alive what was moved to memory until it is opened; else NULL */
  pthread_mutex_t lock;
  /* under the lock */
  char *uri;
  gboolean is_in_memory;
  guint generation;
  char *problem; /* NULL: none */
};

/* `mail` has what is looked for and counted in all messages at once, `mail_view` what is shown of a few: so that going
 * through a million of the former reads little. mail_by_seq holds nothing but seq and finds the nth mail. */
static const char schema[] =
    "CREATE TABLE mail(seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, file_name TEXT NOT NULL, in_new INTEGER NOT "
    "NULL,"
    " received_us INTEGER NOT NULL, size INTEGER NOT NULL, is_read INTEGER NOT NULL, is_flagged INTEGER NOT NULL,"
    " n_attachments INTEGER NOT NULL, n_inline INTEGER NOT NULL, thread_id INTEGER NOT NULL, uid INTEGER NOT NULL,"
    " arrived INTEGER NOT NULL, changed INTEGER NOT NULL, keeps_tags INTEGER NOT NULL);"
    "CREATE INDEX mail_by_seq ON mail(seq);"
    "CREATE INDEX mail_unread ON mail(seq) WHERE is_read = 0;"
    "CREATE INDEX mail_flagged ON mail(seq) WHERE is_flagged = 1;"
    "CREATE INDEX mail_by_time ON mail(received_us);"
    "CREATE INDEX mail_by_thread ON mail(thread_id);"
    "CREATE INDEX mail_by_change ON mail(changed);"
    "CREATE INDEX mail_by_arrival ON mail(arrived) WHERE arrived <> changed;"
    "CREATE TABLE mail_view(seq INTEGER PRIMARY KEY, subject TEXT NOT NULL, message_id TEXT NOT NULL,"
    " has_message_id INTEGER NOT NULL, return_path TEXT, username TEXT NOT NULL, date_us INTEGER NOT NULL,"
    " snippet TEXT NOT NULL, lists TEXT NOT NULL);"
    "CREATE TABLE tag(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE COLLATE NOCASE);"
    "CREATE TABLE mail_tag(tag INTEGER NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY(tag, seq)) WITHOUT ROWID;"
    "CREATE INDEX mail_tag_by_seq ON mail_tag(seq);"
    "CREATE TABLE thread_key(hash INTEGER PRIMARY KEY, thread_id INTEGER NOT NULL);"
    "CREATE INDEX thread_key_by_thread ON thread_key(thread_id);"
    /* One row, of the same transaction as what it counts. */
    "CREATE TABLE total(last_seq INTEGER NOT NULL, n_mails INTEGER NOT NULL, n_unread INTEGER NOT NULL,"
    " n_flagged INTEGER NOT NULL, n_octets INTEGER NOT NULL);"
    "INSERT INTO total VALUES(0, 0, 0, 0, 0);";

/* Synchronous NORMAL: after a power cut the last messages may be missing, and are found in the Maildir again; but the
 * file is whole, and with it the tags. */
static const char writer_settings[] = "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;"
                                      "PRAGMA secure_delete = OFF; PRAGMA cache_size = -16384;"
                                      "PRAGMA journal_size_limit = 16777216; PRAGMA temp_store = MEMORY;";
static const char reader_settings[] = "PRAGMA query_only = ON; PRAGMA cache_size = -4096; PRAGMA temp_store = MEMORY;";

IndexFile *index_file_new(const Maildir *maildir) {
  IndexFile *file = g_new0(IndexFile, 1);

  file->maildir = maildir;
  file->path = g_build_filename(maildir->real_path, INDEX_NAME, NULL);
  file->dir_fd = maildir->dir_fd;
  file->uri = g_filename_to_uri(file->path, NULL, NULL);
  pthread_mutex_init(&file->lock, NULL);
  return file;
}

/* A name of its own for each, as several indexes may be in one process; the slash lets connections share it. */
static char *make_memory_uri(const IndexFile *file) {
  return g_strdup_printf("file:/dsmtpd-%p-%u?vfs=memdb", (const void *)file, file->generation);
}

/* Takes the URI. */
static void choose_memory(IndexFile *file, char *uri) {
  pthread_mutex_lock(&file->lock);
  g_free(file->uri);
  file->uri = uri;
  file->is_in_memory = TRUE;
  pthread_mutex_unlock(&file->lock);
}

static void give_index(IndexFile *file) {
  file->is_owner = FALSE;
  maildir_give_index(file->maildir);
}

void index_file_leave_disk(IndexFile *file) {
  pthread_mutex_lock(&file->lock);
  file->generation++;
  pthread_mutex_unlock(&file->lock);
  choose_memory(file, make_memory_uri(file));
  file->left_disk = FALSE;
  give_index(file);
}

void index_file_move(IndexFile *file) {
  pthread_mutex_lock(&file->lock);
  g_free(file->path);
  g_free(file->uri);
  file->path = g_build_filename(file->maildir->real_path, INDEX_NAME, NULL);
  file->uri = g_filename_to_uri(file->path, NULL, NULL);
  file->is_in_memory = FALSE;
  pthread_mutex_unlock(&file->lock);
  file->left_disk = FALSE;
}

static void unlink_all(const IndexFile *file) {
  static const char *const names[] = {INDEX_NAME, INDEX_NAME "-wal", INDEX_NAME "-shm", INDEX_NAME "-journal"};

  for (gsize i = 0; i < G_N_ELEMENTS(names); i++)
    (void)store_io_system()->remove(store_io_system(), file->dir_fd, names[i]);
}

/* Takes the text. */
static void set_notice(IndexFile *file, char *notice) {
  g_free(file->notice);
  file->notice = notice;
}

char *index_file_take_notice(IndexFile *file) {
  return g_steal_pointer(&file->notice);
}

void index_file_remove(IndexFile *file, const GError *reason) {
  if (index_file_is_in_memory(file)) { /* what is on disk is good another time, or somebody else's */
    index_file_leave_disk(file);
    return;
  }
  unlink_all(file);
  if (reason)
    set_notice(file, g_strdup_printf("the index cannot be used and is made again: %s", reason->message));
}

/* Together, for the thread that writes may move it in between. */
static char *copy_uri(IndexFile *file, gboolean *out_in_memory) {
  pthread_mutex_lock(&file->lock);
  char *uri = g_strdup(file->uri);
  *out_in_memory = file->is_in_memory;
  pthread_mutex_unlock(&file->lock);
  return uri;
}

static sqlite3 *open_at(const char *uri, int flags, const char *settings, GError **error) {
  sqlite3 *db = NULL;

  if (sqlite3_open_v2(uri, &db, flags | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW, NULL) !=
          SQLITE_OK ||
      sqlite3_busy_timeout(db, BUSY_TIMEOUT_MS) != SQLITE_OK || !index_trust_little(db, NULL) ||
      !sql_run(db, settings, NULL) || !index_search_prepare(db, NULL)) {
    (void)sql_failed(db, error);
    sqlite3_close(db);
    return NULL;
  }
  return db;
}

/* The room on the index's disk, in bytes; zeros: not known. */
typedef struct Room {
  guint64 size;
  guint64 left;
} Room;

static Room measure_room(const IndexFile *file) {
  struct statvfs status;

  if (fstatvfs(file->dir_fd, &status) != 0)
    return (Room){0, 0};
  return (Room){(guint64)status.f_blocks * status.f_frsize, (guint64)status.f_bavail * status.f_frsize};
}

/* On a small disk messages need the room that a long WAL would take. */
static gboolean limit_wal(IndexFile *file, sqlite3 *db) {
  Room room = measure_room(file);
  guint64 n_pages = room.size > 0 ? room.left / WAL_SHARE / PAGE_BYTES : WAL_PAGES_MAX;

  return sqlite3_wal_autocheckpoint(db, (int)CLAMP(n_pages, WAL_PAGES_MIN, WAL_PAGES_MAX)) == SQLITE_OK;
}

/* The version; 0: a new database. -1: none of ours. */
static int version_of(sqlite3 *db) {
  guint64 version = 0;

  return sql_read_number(db, "PRAGMA user_version", &version, NULL) ? (int)version : -1;
}

void index_file_tidy(IndexFile *file) {
  if (file->is_in_memory || faccessat(file->dir_fd, INDEX_NAME "-wal", F_OK, 0) != 0 ||
      !index_trust_files(file->dir_fd, INDEX_NAME, TRUE, NULL))
    return;
  sqlite3 *db = open_at(file->uri, SQLITE_OPEN_READWRITE, "", NULL);
  if (db)
    (void)version_of(db); /* it is looked at with the first question */
  sqlite3_close(db);
}

void index_file_free(IndexFile *file) {
  if (!file)
    return;
  index_file_tidy(file);
  sqlite3_close(file->copy);
  g_clear_pointer(&file->old_tags, g_hash_table_unref);
  pthread_mutex_destroy(&file->lock);
  g_free(file->problem);
  g_free(file->notice);
  g_free(file->uri);
  g_free(file->path);
  g_free(file);
}

static gboolean make_tables(sqlite3 *db, GError **error) {
  g_autofree char *version = g_strdup_printf("PRAGMA user_version = %d", INDEX_VERSION);

  return sql_run(db, "BEGIN IMMEDIATE", error) && sql_run(db, schema, error) &&
         sql_run(db, index_recipient_schema, error) && index_text_create(db, error) &&
         sql_run(db, index_transcript_schema, error) && sql_run(db, index_history_schema, error) &&
         sql_run(db, index_uids_schema, error) && sql_run(db, version, error) && sql_run(db, "COMMIT", error);
}

gboolean index_file_can_be_put_aside(IndexFile *file) {
  return file->is_owner && !file->maildir->is_visited && !index_file_is_in_memory(file);
}

sqlite3 *index_file_open_aside(const Maildir *maildir, const char *place, GError **error) {
  g_autofree char *path = g_build_filename(maildir->real_path, place ? place : "", INDEX_NAME, NULL);
  g_autofree char *uri = g_filename_to_uri(path, NULL, NULL);
  sqlite3 *db = open_at(uri, SQLITE_OPEN_READONLY, reader_settings, error);

  if (db && sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL) == SQLITE_OK &&
      version_of(db) == INDEX_VERSION && index_file_is_ours(db, error))
    return db;
  sqlite3_close(db);
  return NULL;
}

static gboolean copy_what_stays(sqlite3 *db, const char *from_path, const InboxEvent *event, GError **error) {
  static const char copy[] =
      "BEGIN IMMEDIATE;"
      "DELETE FROM total; INSERT INTO total SELECT last_seq, 0, 0, 0, 0 FROM before.total;"
      "DELETE FROM uid_list; INSERT INTO uid_list SELECT * FROM before.uid_list;"
      "INSERT INTO past SELECT * FROM before.past;"
      "INSERT INTO attempt SELECT * FROM before.attempt;"
      "DELETE FROM sqlite_sequence; INSERT INTO sqlite_sequence SELECT * FROM before.sqlite_sequence;";
  sqlite3_stmt *statement = NULL;

  if (!sql_prepare(db, "ATTACH ?1 AS before", &statement, error))
    return FALSE;
  sql_bind_text(statement, 1, from_path);
  gboolean is_attached = sql_done(statement, error);
  sqlite3_finalize(statement);
  return is_attached && sql_run(db, copy, error) && index_history_add(db, event, 0, error) &&
         sql_run(db, "COMMIT; DETACH before;", error);
}

gboolean index_file_make_next(const IndexFile *file, const char *place, int place_fd, const char *name,
                              const InboxEvent *event, GError **error) {
  const StoreIo *io = store_io_system();
  g_autofree char *path = g_build_filename(file->maildir->real_path, place, name, NULL);
  g_autofree char *uri = g_filename_to_uri(path, NULL, NULL);
  int fd = maildir_create(file->maildir, io, place_fd, name, O_WRONLY);

  if (fd >= 0)
    (void)io->close(io, fd);
  sqlite3 *db = open_at(uri, SQLITE_OPEN_READWRITE, writer_settings, error);
  gboolean is_made = db && make_tables(db, error) && copy_what_stays(db, file->path, event, error);
  sqlite3_close(db);
  return is_made;
}

/* What ours is like, as the SQLite that runs here makes it. NULL: no memory. */
static char *describe_ours(void) {
  sqlite3 *db = open_at(":memory:", SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_MEMORY, "", NULL);
  char *description = db && make_tables(db, NULL) ? index_trust_describe(db, NULL) : NULL;

  sqlite3_close(db);
  return description;
}

gboolean index_file_is_ours(sqlite3 *db, GError **error) {
  g_autoptr(GError) reason = NULL;
  g_autofree char *ours = describe_ours();
  g_autofree char *found = index_trust_describe(db, &reason);

  if (ours && found && strcmp(ours, found) == 0)
    return TRUE;
  g_set_error(error, INBOX_ERROR, INBOX_ERROR_DAMAGED, "the index is not made as dsmtpd makes it%s%s",
              reason ? ": " : "", reason ? reason->message : "");
  return FALSE;
}

/* SQLite gives -wal and -shm the mode of the database. By name, for to close a descriptor of a file gives up the locks
 * that other connections have on it. Where it is another user's file its mode stays. */
static void set_modes(const IndexFile *file) {
  static const char *const names[] = {INDEX_NAME, INDEX_NAME "-wal", INDEX_NAME "-shm"};
  const StoreIo *io = store_io_system();
  int fd = maildir_create(file->maildir, io, file->dir_fd, INDEX_NAME, O_WRONLY);

  if (fd >= 0)
    (void)io->close(io, fd);
  for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
    struct stat status;
    if (store_look_at(file->dir_fd, names[i], &status) == 0 && S_ISREG(status.st_mode) &&
        (status.st_mode & MODE_BITS) != file->maildir->file_mode)
      (void)!fchmodat(file->dir_fd, names[i], file->maildir->file_mode, AT_SYMLINK_NOFOLLOW);
  }
}

/* NULL: not to be had; DAMAGED: what is there is of no use. */
static sqlite3 *try_open(IndexFile *file, GError **error) {
  gboolean is_in_memory;
  g_autofree char *uri = copy_uri(file, &is_in_memory);

  if (!is_in_memory)
    set_modes(file);
  sqlite3 *db = open_at(uri, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, writer_settings, error);
  int version = db ? version_of(db) : INDEX_VERSION;
  if (!db || (limit_wal(file, db) &&
              (version == INDEX_VERSION ? index_file_is_ours(db, error) : version == 0 && make_tables(db, error))))
    return db;
  if (version == INDEX_OLDER_VERSION && !file->old_tags)
    file->old_tags = index_older_tags(db);
  if (version != 0 || sqlite3_errcode(db) == SQLITE_ERROR) { /* the tables are there, and not by us */
    g_clear_error(error);
    g_set_error(error, INBOX_ERROR, INBOX_ERROR_DAMAGED, "the index is not of this version");
  }
  sqlite3_close(db);
  return NULL;
}

/* Not by SQLite's backup, which would copy that there is a WAL: in memory there cannot be one. */
static gboolean copy_all(sqlite3 *db, const char *uri, guint64 max_bytes) {
  guint64 n_pages = 0;

  if (!sql_read_number(db, "PRAGMA page_count", &n_pages, NULL) || n_pages * PAGE_BYTES > max_bytes)
    return FALSE;
  sqlite3_stmt *statement = NULL;
  gboolean is_copied = sql_prepare(db, "VACUUM INTO ?1", &statement, NULL);
  if (is_copied)
    sql_bind_text(statement, 1, uri);
  is_copied = is_copied && sql_done(statement, NULL);
  sqlite3_finalize(statement);
  return is_copied;
}

/* Copies what `db` sees into memory and chooses that. */
static gboolean move_copy(IndexFile *file, sqlite3 *db, guint64 max_bytes) {
  g_autofree char *uri = make_memory_uri(file);
  sqlite3 *copy = NULL;

  if (sqlite3_open_v2(uri, &copy, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_URI, NULL) != SQLITE_OK ||
      !copy_all(db, uri, max_bytes)) {
    sqlite3_close(copy);
    return FALSE;
  }
  file->copy = copy;
  choose_memory(file, g_steal_pointer(&uri));
  return TRUE;
}

/* On a file system that cannot be written SQLite has to be told that nobody writes; and where there is a WAL, somebody
 * did, and it cannot be read. */
static char *reading_uri(const IndexFile *file) {
  gboolean has_wal = faccessat(file->dir_fd, INDEX_NAME "-wal", F_OK, 0) == 0;
  g_autofree char *uri = g_filename_to_uri(file->path, NULL, NULL);

  return g_strconcat(uri, file->maildir->is_writable || has_wal ? "" : "?immutable=1", NULL);
}

sqlite3 *index_file_open_as_it_is(const IndexFile *file, GError **error) {
  g_autofree char *uri = reading_uri(file);

  return index_trust_files(file->dir_fd, INDEX_NAME, FALSE, error) ? open_at(uri, SQLITE_OPEN_READONLY, "", error)
                                                                   : NULL;
}

/* What another process keeps has the tags, and saves reading all messages. */
static gboolean borrow(IndexFile *file) {
  sqlite3 *db = index_file_open_as_it_is(file, NULL);
  gboolean is_borrowed =
      db && version_of(db) == INDEX_VERSION && index_file_is_ours(db, NULL) && move_copy(file, db, INDEX_VISITOR_BYTES);

  sqlite3_close(db);
  return is_borrowed;
}

/* One process writes to it. Taking what one has costs nothing. */
static gboolean may_be_on_disk(const IndexFile *file) {
  return file->maildir->is_writable && maildir_take_index(file->maildir);
}

/* FALSE: what is there must not be opened; `problem` says what. */
static gboolean check_disk(IndexFile *file, gboolean is_owner) {
  g_autoptr(GError) reason = NULL;
  gboolean is_good = index_trust_files(file->dir_fd, INDEX_NAME, is_owner, &reason);

  pthread_mutex_lock(&file->lock);
  g_free(file->problem);
  file->problem = reason ? g_strdup(reason->message) : NULL;
  pthread_mutex_unlock(&file->lock);
  return is_good;
}

/* On disk where we may have it there; else in memory, beginning with what another process has. */
static void choose_place(IndexFile *file) {
  if (index_file_is_in_memory(file))
    return;
  gboolean is_owner = file->is_owner = may_be_on_disk(file);
  if (check_disk(file, is_owner)) {
    if (is_owner || borrow(file))
      return;
  }
  choose_memory(file, make_memory_uri(file));
  give_index(file);
}

sqlite3 *index_file_open(IndexFile *file, GError **error) {
  pthread_mutex_lock(&file->lock);
  file->generation++;
  pthread_mutex_unlock(&file->lock);
  choose_place(file);
  g_autoptr(GError) reason = NULL;
  sqlite3 *db = try_open(file, &reason);
  if (g_error_matches(reason, INBOX_ERROR, INBOX_ERROR_DAMAGED)) {
    index_file_remove(file, reason);
    db = try_open(file, NULL);
  }
  if (!db) { /* no room or no right to write: a file that is there may be good another time */
    choose_memory(file, make_memory_uri(file));
    db = try_open(file, error);
  }
  g_clear_pointer(&file->copy, sqlite3_close);
  return db;
}

gboolean index_file_is_short_of_room(IndexFile *file) {
  if (index_file_is_in_memory(file))
    return FALSE;
  Room room = measure_room(file);
  return room.size > 0 && room.left < MIN(INDEX_LEAVES_BYTES, room.size / 8);
}

gboolean index_file_move_to_memory(IndexFile *file, sqlite3 *writer) {
  gboolean is_visited = file->maildir->is_visited;

  if (index_file_is_in_memory(file) || !move_copy(file, writer, is_visited ? INDEX_VISITOR_BYTES : INDEX_MOVES_BYTES))
    return FALSE;
  file->left_disk = !is_visited; /* a visitor leaves what it found */
  if (file->left_disk)
    unlink_all(file);
  else
    give_index(file);
  return TRUE;
}

void index_file_bring_back(IndexFile *file, sqlite3 *writer) {
  g_autofree char *uri = g_filename_to_uri(file->path, NULL, NULL);

  if (file->left_disk)
    set_modes(file); /* SQLite writes to a file that is empty, but would make one that all may read */
  if (!file->left_disk || copy_all(writer, uri, measure_room(file).left / 2))
    return;
  unlink_all(file);
}

gboolean index_file_is_owner(const IndexFile *file) {
  return file->is_owner;
}

GHashTable *index_file_old_tags(const IndexFile *file) {
  return file->old_tags;
}

sqlite3 *index_file_open_reader(IndexFile *file, GError **error) {
  gboolean is_in_memory;
  g_autofree char *uri = copy_uri(file, &is_in_memory);

  if (!is_in_memory && !index_trust_files(file->dir_fd, INDEX_NAME, FALSE, error))
    return NULL;
  /* In memory the connections share by name only when each might write. */
  sqlite3 *db = open_at(uri, is_in_memory ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY, reader_settings, error);
  if (!db && !is_in_memory && faccessat(file->dir_fd, INDEX_NAME, F_OK, 0) < 0 && errno == ENOENT) {
    g_clear_error(error); /* who writes would not notice that somebody deleted it */
    g_set_error(error, INBOX_ERROR, INBOX_ERROR_DAMAGED, "the index no longer exists");
  }
  return db;
}

guint index_file_generation(IndexFile *file) {
  pthread_mutex_lock(&file->lock);
  guint generation = file->generation;
  pthread_mutex_unlock(&file->lock);
  return generation;
}

gboolean index_file_is_in_memory(IndexFile *file) {
  pthread_mutex_lock(&file->lock);
  gboolean is_in_memory = file->is_in_memory;
  pthread_mutex_unlock(&file->lock);
  return is_in_memory;
}

char *index_file_problem(IndexFile *file) {
  pthread_mutex_lock(&file->lock);
  char *problem = g_strdup(file->problem);
  pthread_mutex_unlock(&file->lock);
  return problem;
}
