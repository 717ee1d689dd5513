/* Messages that answer each other are one conversation, in whatever order they come and go. */
#include "index/index_thread.h"
#include "index/sql.h"

#include <string.h>

enum { MESSAGES_MAX = 6 };

/* The part of the index's schema that conversations use. */
static const char schema[] = "CREATE TABLE mail(seq INTEGER PRIMARY KEY, thread_id INTEGER NOT NULL);"
                             "CREATE TABLE thread_key(hash INTEGER PRIMARY KEY, thread_id INTEGER NOT NULL);";

typedef struct Fixture {
  sqlite3 *db;
  IndexThreads *threads;
} Fixture;

static void run(Fixture *fixture, const char *sql) {
  g_autoptr(GError) error = NULL;

  sql_run(fixture->db, sql, &error);
  g_assert_no_error(error);
}

static gint64 read_number(Fixture *fixture, const char *sql) {
  g_autoptr(GError) error = NULL;
  sqlite3_stmt *statement = NULL;

  sql_prepare(fixture->db, sql, &statement, &error);
  g_assert_no_error(error);
  g_autoptr(GArray) numbers = sql_read_numbers(statement, &error);
  g_assert_no_error(error);
  return numbers->len > 0 ? g_array_index(numbers, gint64, 0) : 0;
}

static gint64 thread_of(Fixture *fixture, gint64 seq) {
  g_autofree char *sql = g_strdup_printf("SELECT thread_id FROM mail WHERE seq = %d", (int)seq);

  return read_number(fixture, sql);
}

static void set_up(Fixture *fixture, gconstpointer user_data) {
  g_autoptr(GError) error = NULL;

  g_assert_cmpint(sqlite3_open(":memory:", &fixture->db), ==, SQLITE_OK);
  run(fixture, schema);
  fixture->threads = index_threads_new(fixture->db, &error);
  g_assert_no_error(error);
}

static void tear_down(Fixture *fixture, gconstpointer user_data) {
  index_threads_free(fixture->threads);
  g_assert_cmpint(sqlite3_close(fixture->db), ==, SQLITE_OK);
}

/* `ids`: those of the messages it answers, and behind a bar its own, if it has one: "a b|c". */
static void add(Fixture *fixture, gint64 seq, const char *ids) {
  g_autoptr(GError) error = NULL;
  g_autoptr(MailSummary) summary = mail_summary_new();
  g_auto(GStrv) halves = g_strsplit(ids, "|", 2);
  g_auto(GStrv) references = g_strsplit(halves[0], " ", -1);
  gint64 thread = 0;

  for (guint i = 0; references[i] && *references[i]; i++)
    g_ptr_array_add(summary->references, g_strdup(references[i]));
  summary->has_message_id = *halves[1] != '\0';
  if (summary->has_message_id) {
    g_free(summary->message_id);
    summary->message_id = g_strdup(halves[1]);
  }
  index_threads_join(fixture->threads, seq, summary, &thread, &error);
  g_assert_no_error(error);
  g_autofree char *sql = g_strdup_printf("INSERT INTO mail VALUES(%d, %d)", (int)seq, (int)thread);
  run(fixture, sql);
}

static void drop(Fixture *fixture, gint64 seq) {
  g_autoptr(GError) error = NULL;
  gint64 thread = thread_of(fixture, seq);
  g_autofree char *sql = g_strdup_printf("DELETE FROM mail WHERE seq = %d", (int)seq);

  run(fixture, sql);
  index_threads_leave(fixture->threads, thread, &error);
  g_assert_no_error(error);
}

typedef struct Case {
  const char *name;
  const char *messages[MESSAGES_MAX + 1];
  const char *conversations; /* a letter a message */
} Case;

static const Case cases[] = {
    {"answer", {"|a", "a|b", "|c"}, "xxy"},
    {"chain", {"|a", "a|b", "a b|c", "c|d"}, "xxxx"},
    {"first-mail-missing", {"a|b", "a|c", "z|d"}, "xxy"},
    {"joined-late", {"|a", "|b", "a b|c"}, "xxx"},
    {"two-pairs-joined-by-a-fifth", {"|a", "a|b", "|c", "c|d", "b d|e"}, "xxxxx"},
    {"no-message-id", {"|", "|", "a|", "|a"}, "wvxx"},
    {"names-itself", {"a a|a", "a|b"}, "xx"},
    {"same-id-twice", {"|a", "|a", "|b"}, "xxy"},
};

static void assert_conversations(Fixture *fixture, const Case *row, const guint *order) {
  gsize n = strlen(row->conversations);

  for (gsize i = 0; i < n; i++)
    for (gsize j = 0; j < i; j++) {
      gboolean are_one = thread_of(fixture, (gint64)order[i]) == thread_of(fixture, (gint64)order[j]);
      g_assert_cmpint(are_one, ==, row->conversations[i] == row->conversations[j]);
    }
}

static void clear(Fixture *fixture, gsize n) {
  for (gsize seq = 1; seq <= n; seq++)
    drop(fixture, (gint64)seq);
  g_assert_cmpint(read_number(fixture, "SELECT count(*) FROM thread_key"), ==, 0);
}

/* Tries every order in which the messages may come; order[i] is the seq of mail i. */
static void try_orders(Fixture *fixture, const Case *row, guint *order, gsize at) {
  gsize n = strlen(row->conversations);

  if (at < n) {
    for (gsize i = at; i < n; i++) {
      guint kept = order[at];
      order[at] = order[i];
      order[i] = kept;
      try_orders(fixture, row, order, at + 1);
      order[i] = order[at];
      order[at] = kept;
    }
    return;
  }
  for (guint seq = 1; seq <= n; seq++)
    for (gsize i = 0; i < n; i++)
      if (order[i] == seq)
        add(fixture, seq, row->messages[i]);
  assert_conversations(fixture, row, order);
  clear(fixture, n);
}

static void test_case(Fixture *fixture, gconstpointer user_data) {
  guint order[MESSAGES_MAX];

  for (guint i = 0; i < MESSAGES_MAX; i++)
    order[i] = i + 1;
  try_orders(fixture, user_data, order, 0);
}

static void test_called_by_its_oldest_mail(Fixture *fixture, gconstpointer user_data) {
  add(fixture, 5, "|a");
  add(fixture, 7, "|b");
  add(fixture, 9, "b a|c");
  for (gint64 seq = 5; seq <= 9; seq += 2)
    g_assert_cmpint(thread_of(fixture, seq), ==, 5);
}

static void test_lives_on_as_long_as_a_mail_is_left(Fixture *fixture, gconstpointer user_data) {
  add(fixture, 1, "|a");
  add(fixture, 2, "a|b");
  drop(fixture, 1);
  add(fixture, 3, "a|c");
  g_assert_cmpint(thread_of(fixture, 3), ==, thread_of(fixture, 2));
}

/* The last references count: the nearest of the messages before. */
static void test_references_over_the_limit_are_left_out(Fixture *fixture, gconstpointer user_data) {
  g_autoptr(GString) ids = g_string_new("first second");

  for (guint i = 0; i < INDEX_REFERENCES_MAX - 1; i++)
    g_string_append_printf(ids, " r%u", i);
  g_string_append(ids, "|answer");
  add(fixture, 1, "|first");
  add(fixture, 2, "|second");
  add(fixture, 3, ids->str);
  g_assert_cmpint(thread_of(fixture, 3), ==, thread_of(fixture, 2));
  g_assert_cmpint(thread_of(fixture, 3), !=, thread_of(fixture, 1));
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autofree char *path = g_strconcat("/store/index_thread/", cases[i].name, NULL);
    g_test_add(path, Fixture, &cases[i], set_up, test_case, tear_down);
  }
  g_test_add("/store/index_thread/called-by-its-oldest-mail", Fixture, NULL, set_up, test_called_by_its_oldest_mail,
             tear_down);
  g_test_add("/store/index_thread/lives-on", Fixture, NULL, set_up, test_lives_on_as_long_as_a_mail_is_left, tear_down);
  g_test_add("/store/index_thread/references-over-the-limit", Fixture, NULL, set_up,
             test_references_over_the_limit_are_left_out, tear_down);
  return g_test_run();
}
