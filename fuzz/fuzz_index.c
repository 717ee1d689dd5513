/* An index that somebody else made: one of ours, changed as the input says, and all that is done with it. The input is
 * a list of changes: "S", a statement of SQL and LF; "B", an offset in four bytes, a length and bytes in place of
 * those there; "T" and where to cut in four bytes. Files next to the Maildir must not be read or changed. */
#include "fuzz.h"

#include "crafted_maildir.h"
#include "index/index_file.h"

enum { CHANGES_MAX = 16, STEPS_MAX = 200 * 1000, VALUE_MAX = 1024 * 1024 };

/* A statement of the input may change the database, and nothing else. */
static int authorize(void *user_data, int action, const char *a, const char *b, const char *db, const char *trigger) {
  return action == SQLITE_ATTACH || action == SQLITE_DETACH ? SQLITE_DENY : SQLITE_OK;
}

static int stop(void *user_data) {
  return 1;
}

static void run_statement(const char *path, const char *statement) {
  sqlite3 *db = NULL;

  if (sqlite3_open(path, &db) == SQLITE_OK) {
    (void)sqlite3_db_config(db, SQLITE_DBCONFIG_WRITABLE_SCHEMA, 1, NULL);
    (void)sqlite3_limit(db, SQLITE_LIMIT_LENGTH, VALUE_MAX);
    sqlite3_set_authorizer(db, authorize, NULL);
    sqlite3_progress_handler(db, STEPS_MAX, stop, NULL);
    (void)sqlite3_exec(db, statement, NULL, NULL, NULL);
  }
  sqlite3_close(db);
}

static gsize offset_of(const guint8 *four) {
  return (gsize)four[0] << 24 | (gsize)four[1] << 16 | (gsize)four[2] << 8 | four[3];
}

static void write_at(const char *path, const guint8 *change, gsize n_bytes) {
  int fd = open(path, O_RDWR | O_CLOEXEC);
  gsize size = fd < 0 ? 0 : (gsize)lseek(fd, 0, SEEK_END);

  if (size > 0)
    (void)!pwrite(fd, change + 5, n_bytes, (off_t)(offset_of(change + 1) % size));
  if (fd >= 0)
    close(fd);
}

/* Moves *at past the change. */
static void change_one(const char *path, const guint8 **at, const guint8 *end) {
  const guint8 *change = *at;
  gsize left = (gsize)(end - change);

  if (*change == 'S') {
    const guint8 *lf = memchr(change, '\n', left);
    gsize len = (gsize)((lf ? lf : end) - change);
    g_autofree char *statement = g_strndup((const char *)change + 1, len - 1);
    run_statement(path, statement);
    *at += MIN(len + 1, left);
  } else if (*change == 'B' && left > 6) {
    gsize n_bytes = MIN(change[5], left - 6);
    write_at(path, change, n_bytes + 1);
    *at += 6 + n_bytes;
  } else if (*change == 'T' && left > 4) {
    (void)!truncate(path, (off_t)(offset_of(change + 1) % (64 * 4096)));
    *at += 5;
  } else {
    (*at)++;
  }
}

/* An index as we make it; the same each time. */
static const char *make_index(gsize *out_len) {
  static char *bytes;
  static gsize len;

  if (!bytes) {
    CraftedMaildir crafted;
    crafted_init(&crafted);
    crafted_put_messages(&crafted);
    crafted_open(&crafted);
    while (!inbox_stats(crafted.inbox).is_whole)
      event_base_loop(crafted.base, EVLOOP_ONCE);
    inbox_keep_transcript(crafted.inbox, "1700000000.M0P1Q1.crafted", g_strdup("C: QUIT\n"));
    crafted_close(&crafted);
    g_autofree char *path = g_build_filename(crafted.place, INDEX_NAME, NULL);
    g_assert_true(g_file_get_contents(path, &bytes, &len, NULL));
    crafted_clear(&crafted);
  }
  *out_len = len;
  return bytes;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len) {
  gsize n_index;
  const char *index = make_index(&n_index);
  CraftedMaildir crafted;

  crafted_init(&crafted);
  crafted_put_messages(&crafted);
  g_autofree char *path = g_build_filename(crafted.place, INDEX_NAME, NULL);
  g_assert_true(g_file_set_contents(path, index, (gssize)n_index, NULL));
  const guint8 *at = bytes;
  for (guint i = 0; i < CHANGES_MAX && at < bytes + len; i++)
    change_one(path, &at, bytes + len);
  crafted_open(&crafted);
  crafted_use(&crafted);
  crafted_close(&crafted);
  crafted_clear(&crafted);
  return 0;
}
