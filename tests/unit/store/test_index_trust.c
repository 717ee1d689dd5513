/* What is asked of an index that is on disk, and of the values in it. */
#include "inbox/error.h"
#include "index/index_file.h"
#include "index/index_row.h"
#include "index/index_trust.h"
#include "index/index_write.h"
#include "index/sql.h"

#include "store_bench.h"

typedef struct Fixture {
  Scratch scratch;
  FaultIo fault;
  Maildir *maildir;
  IndexFile *file;
  UidList *uids;
} Fixture;

static void set_up(Fixture *fixture, gconstpointer data) {
  g_autoptr(GError) error = NULL;

  scratch_init(&fixture->scratch);
  fault_io_init(&fixture->fault, 1);
  fixture->maildir = maildir_open(fixture->scratch.maildir, MAILDIR_MAKE_NOTHING, &fixture->fault.io, &error);
  g_assert_no_error(error);
  fixture->file = index_file_new(fixture->maildir);
  fixture->uids = uidlist_new(fixture->maildir, &fixture->fault.io, TRUE);
}

static void tear_down(Fixture *fixture, gconstpointer data) {
  index_file_free(fixture->file);
  uidlist_free(fixture->uids);
  maildir_close(fixture->maildir);
  scratch_clear(&fixture->scratch);
}

/* With SQLite's own settings, as another program does it. */
static void run_elsewhere(const Fixture *fixture, const char *statements) {
  g_autofree char *path = g_build_filename(fixture->scratch.maildir, INDEX_NAME, NULL);
  sqlite3 *db = NULL;
  char *said = NULL;

  g_assert_cmpint(sqlite3_open(path, &db), ==, SQLITE_OK);
  g_assert_cmpint(sqlite3_exec(db, statements, NULL, NULL, &said), ==, SQLITE_OK);
  sqlite3_close(db);
}

/* The notice, "" for none, when the index is opened once more. */
static char *open_again(Fixture *fixture, InboxTotals *out_totals) {
  g_autoptr(GError) error = NULL;
  g_autoptr(IndexWriter) writer = index_write_open(fixture->file, fixture->uids, &error);

  g_assert_no_error(error);
  *out_totals = *index_write_totals(writer);
  char *notice = index_file_take_notice(fixture->file);
  return notice ? notice : g_strdup("");
}

static void index_that_we_made_is_used_again(Fixture *fixture, gconstpointer data) {
  for (guint i = 0; i < 3; i++) {
    InboxTotals totals;
    g_autofree char *notice = open_again(fixture, &totals);
    g_assert_cmpstr(notice, ==, "");
    g_assert_false(index_file_is_in_memory(fixture->file));
  }
}

static void index_of_another_making_is_made_again(Fixture *fixture, gconstpointer data) {
  static const char *const crafted[] = {
      "CREATE TRIGGER t AFTER UPDATE ON mail BEGIN DELETE FROM mail; END",
      "CREATE VIEW v AS SELECT * FROM mail",
      "CREATE INDEX i ON mail(size)",
      "CREATE TABLE t(x)",
      "ALTER TABLE mail ADD COLUMN x AS (1)",
      "DROP TABLE mail_view",
      "DROP INDEX mail_by_seq",
      "INSERT INTO sqlite_sequence VALUES('attempt', 9223372036854775807)",
      "INSERT INTO mail VALUES(9223372036854775807, 'a', 'a', 1, 1, 1, 0, 0, 0, 0, 1, 0, 1, 1, 0)",
      "INSERT INTO mail VALUES(-1, 'a', 'a', 1, 1, 1, 0, 0, 0, 0, 1, 0, 1, 1, 0)",
  };

  for (gsize i = 0; i < G_N_ELEMENTS(crafted); i++) {
    InboxTotals totals;
    g_autofree char *before = open_again(fixture, &totals);
    run_elsewhere(fixture, crafted[i]);
    g_autofree char *notice = open_again(fixture, &totals);
    g_assert_true(g_str_has_prefix(notice, "the index cannot be used and is made again"));
    g_assert_cmpuint(totals.n_messages, ==, 0);
    g_assert_false(index_file_is_in_memory(fixture->file));
  }
}

static void totals_that_cannot_be_are_counted(Fixture *fixture, gconstpointer data) {
  static const char *const crafted[] = {
      "DELETE FROM total",
      "INSERT INTO total SELECT * FROM total",
      "UPDATE total SET last_seq = 9223372036854775807",
      "UPDATE total SET last_seq = -1",
      "UPDATE total SET last_seq = 16",
      "UPDATE total SET n_mails = 'x'",
      "UPDATE total SET n_mails = -1",
      "UPDATE total SET n_unread = 9, n_mails = 8",
  };
  InboxTotals totals;
  g_autofree char *made = open_again(fixture, &totals);

  run_elsewhere(fixture, "INSERT INTO mail VALUES(17, 'a', 'a', 1, 1, 5, 0, 0, 0, 0, 1, 0, 1, 1, 0);"
                         "INSERT INTO mail VALUES(16, 'b', 'b', 1, 1, 6, 1, 0, 0, 0, 1, 0, 1, 1, 0)");
  for (gsize i = 0; i < G_N_ELEMENTS(crafted); i++) {

    run_elsewhere(fixture, crafted[i]);
    g_autofree char *notice = open_again(fixture, &totals);
    g_assert_cmpstr(notice, ==, "");
    g_assert_cmpuint(totals.last_seq, ==, 17);
    g_assert_cmpuint(totals.n_messages, ==, 2);
    g_assert_cmpuint(totals.n_unread, ==, 1);
    g_assert_cmpuint(totals.n_bytes, ==, 11);
  }
}

static void triggers_views_and_large_values_are_off(Fixture *fixture, gconstpointer data) {
  sqlite3 *db = NULL;
  g_autoptr(GError) error = NULL;

  g_assert_cmpint(sqlite3_open(":memory:", &db), ==, SQLITE_OK);
  g_assert_true(sql_run(db,
                        "CREATE TABLE t(x); CREATE TABLE u(x); CREATE VIEW v AS SELECT 1;"
                        "CREATE TRIGGER r AFTER INSERT ON t BEGIN INSERT INTO u VALUES(1); END",
                        NULL));
  g_assert_true(index_trust_little(db, NULL));
  guint64 number = 1;
  g_assert_true(sql_run(db, "INSERT INTO t VALUES(1)", NULL));
  g_assert_true(sql_read_number(db, "SELECT count(*) FROM u", &number, NULL));
  g_assert_cmpuint(number, ==, 0);
  g_assert_false(sql_read_number(db, "SELECT * FROM v", &number, NULL));
  g_assert_false(sql_run(db, "INSERT INTO u VALUES(zeroblob(100000000))", &error));
  g_assert_error(error, INBOX_ERROR, INBOX_ERROR_DAMAGED);
  sqlite3_close(db);
}

/* Values of a row that a statement makes up. */
static void values_are_brought_into_range(Fixture *fixture, gconstpointer data) {
  static const struct {
    const char *sql; /* id, in_new, file_name */
    const char *name;
  } files[] = {
      {"'1.2.h', 1, '1.2.h,S=4'", "1.2.h,S=4"},
      {"'1.2.h', 1, '1.2.h:2,S'", "1.2.h:2,S"},
      {"'1.2.h', 1, '1.3.h,S=4'", NULL},
      {"'1.2.h', 1, '../1.2.h'", NULL},
      {"CAST('1.2.h' AS BLOB), 1, '1.2.h'", NULL},
      {"'1.2.h', 1, CAST('1.2.h' AS BLOB)", NULL},
      {"'1.2.h', 1, '1.2.h' || char(0)", NULL},
      {"'1.2.h', 1, NULL", NULL},
      {"NULL, 1, '1.2.h'", NULL},
      {"'', 1, ''", NULL},
      {"'.', 1, '.'", NULL},
      {"12, 1, 12", NULL},
  };
  sqlite3 *db = NULL;

  g_assert_cmpint(sqlite3_open(":memory:", &db), ==, SQLITE_OK);
  for (gsize i = 0; i < G_N_ELEMENTS(files); i++) {
    g_autofree char *text = g_strdup_printf("SELECT %s", files[i].sql);
    sqlite3_stmt *statement = NULL;
    g_auto(MailFile) file = {0};
    g_assert_true(sql_prepare(db, text, &statement, NULL));
    g_assert_cmpint(sqlite3_step(statement), ==, SQLITE_ROW);
    g_assert_cmpint(index_row_file(statement, 0, &file), ==, files[i].name != NULL);
    g_assert_cmpstr(file.name, ==, files[i].name);
    sqlite3_finalize(statement);
  }
  sqlite3_stmt *statement = NULL;
  g_assert_true(
      sql_prepare(db, "SELECT 9223372036854775807, -9223372036854775808, -1, x'ff41', NULL", &statement, NULL));
  g_assert_cmpint(sqlite3_step(statement), ==, SQLITE_ROW);
  for (int column = 0; column < 2; column++) {
    g_autoptr(GDateTime) time = g_date_time_new_from_unix_utc(index_row_time_us(statement, column) / G_USEC_PER_SEC);
    g_assert_nonnull(time);
  }
  g_assert_false(index_row_has_size(statement, 0) || index_row_has_size(statement, 2) ||
                 index_row_has_size(statement, 3));
  g_assert_cmpuint(index_row_size(statement, 2), ==, 0);
  g_assert_cmpuint(index_row_count(statement, 0), ==, G_MAXINT);
  g_assert_cmpuint(index_row_count(statement, 1), ==, 0);
  g_autofree char *bytes = index_row_text(statement, 3);
  g_autofree char *nothing = index_row_text(statement, 4);
  g_assert_cmpstr(bytes, ==, "\ufffdA");
  g_assert_cmpstr(nothing, ==, "");
  g_assert_null(index_row_text_or_null(statement, 4));
  sqlite3_finalize(statement);
  sqlite3_close(db);
}

static void numbers_out_of_order_are_damage(Fixture *fixture, gconstpointer data) {
  static const struct {
    const char *sql;
    gboolean is_good;
  } rows[] = {
      {"SELECT 1 WHERE 0", TRUE},          {"VALUES(1)", TRUE},
      {"VALUES(1), (5), (7)", TRUE},       {"VALUES(7), (5), (1)", TRUE},
      {"VALUES(1), (1)", FALSE},           {"VALUES(1), (2), (2)", FALSE},
      {"VALUES(1), (2), (1), (2)", FALSE}, {"VALUES(3), (2), (4)", FALSE},
  };
  sqlite3 *db = NULL;

  g_assert_cmpint(sqlite3_open(":memory:", &db), ==, SQLITE_OK);
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    sqlite3_stmt *statement = NULL;
    g_autoptr(GError) error = NULL;
    g_assert_true(sql_prepare(db, rows[i].sql, &statement, NULL));
    g_autoptr(GArray) numbers = sql_read_numbers(statement, &error);
    g_assert_cmpint(numbers != NULL, ==, rows[i].is_good);
    if (!rows[i].is_good)
      g_assert_error(error, INBOX_ERROR, INBOX_ERROR_DAMAGED);
  }
  sqlite3_close(db);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
#define ADD(name) g_test_add("/index_trust/" #name, Fixture, NULL, set_up, name, tear_down)
  ADD(index_that_we_made_is_used_again);
  ADD(index_of_another_making_is_made_again);
  ADD(totals_that_cannot_be_are_counted);
  ADD(triggers_views_and_large_values_are_off);
  ADD(values_are_brought_into_range);
  ADD(numbers_out_of_order_are_damage);
  return g_test_run();
}
