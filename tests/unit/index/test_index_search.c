/* Searches over the index find what reading every text would find. */
#include "index/index_search.h"
#include "index/index_text.h"
#include "index/sql.h"

#include <string.h>

/* The part of the index's schema that searches use. */
static const char schema[] =
    "CREATE TABLE mail(seq INTEGER PRIMARY KEY, id TEXT, received_us INTEGER, size INTEGER, is_read INTEGER,"
    " is_flagged INTEGER, n_attachments INTEGER, n_inline INTEGER, thread_id INTEGER);"
    "CREATE TABLE tag(id INTEGER PRIMARY KEY, name TEXT); CREATE TABLE mail_tag(tag INTEGER, seq INTEGER);";

typedef struct Fixture {
  sqlite3 *db;
  IndexText *text;
  GPtrArray *bodies; /* char *, folded; mail i + 1's */
} Fixture;

static void run(Fixture *fixture, const char *sql) {
  g_autoptr(GError) error = NULL;

  sql_run(fixture->db, sql, &error);
  g_assert_no_error(error);
}

static void set_up(Fixture *fixture, gconstpointer user_data) {
  g_autoptr(GError) error = NULL;

  g_assert_cmpint(sqlite3_open(":memory:", &fixture->db), ==, SQLITE_OK);
  run(fixture, schema);
  g_assert_true(index_text_create(fixture->db, &error) && index_search_prepare(fixture->db, &error));
  fixture->text = index_text_new(fixture->db, &error);
  g_assert_no_error(error);
  fixture->bodies = g_ptr_array_new_with_free_func(g_free);
}

static void tear_down(Fixture *fixture, gconstpointer user_data) {
  index_text_free(fixture->text);
  g_assert_cmpint(sqlite3_close(fixture->db), ==, SQLITE_OK);
  g_ptr_array_unref(fixture->bodies);
}

/* A message with these texts; headers are "Name: value" lines. */
static MailSummary *summarize(const char *const texts[SEARCHABLE_N]) {
  static const SearchableText lists[SUMMARY_ADDRESSES_N] = {
      [SUMMARY_FROM] = SEARCHABLE_FROM,
      [SUMMARY_TO] = SEARCHABLE_TO,
      [SUMMARY_CC] = SEARCHABLE_CC,
      [SUMMARY_BCC] = SEARCHABLE_BCC,
      [SUMMARY_REPLY_TO] = SEARCHABLE_REPLY_TO,
  };
  MailSummary *summary = mail_summary_new();

  for (guint i = 0; i < SUMMARY_ADDRESSES_N; i++)
    if (texts[lists[i]])
      g_ptr_array_add(summary->addresses[i], mail_address_new("", texts[lists[i]]));
  if (texts[SEARCHABLE_RCPT])
    g_ptr_array_add(summary->recipients, g_strdup(texts[SEARCHABLE_RCPT]));
  if (texts[SEARCHABLE_ATTACHMENTS])
    g_ptr_array_add(summary->attachment_names, g_strdup(texts[SEARCHABLE_ATTACHMENTS]));
  g_auto(GStrv) headers = g_strsplit(texts[SEARCHABLE_HEADERS] ? texts[SEARCHABLE_HEADERS] : "", "\n", -1);
  for (char **header = headers; *header; header++) {
    g_auto(GStrv) halves = g_strsplit(*header, ": ", 2);
    MailHeader *one = g_new(MailHeader, 1);
    *one = (MailHeader){g_strdup(halves[0]), g_strdup(halves[1])};
    g_ptr_array_add(summary->headers, one);
  }
  char **const plain[] = {&summary->return_path, &summary->subject, &summary->message_id, &summary->text};
  const char *const values[] = {texts[SEARCHABLE_RETURN_PATH], texts[SEARCHABLE_SUBJECT], texts[SEARCHABLE_MESSAGE_ID],
                                texts[SEARCHABLE_BODY]};
  for (guint i = 0; i < G_N_ELEMENTS(plain); i++) {
    g_free(*plain[i]);
    *plain[i] = g_strdup(values[i] ? values[i] : "");
  }
  return summary;
}

static void add(Fixture *fixture, gint64 seq, const char *const texts[SEARCHABLE_N]) {
  g_autoptr(GError) error = NULL;
  g_autofree char *sql =
      g_strdup_printf("INSERT INTO mail VALUES(%d, 'm%d', %d000000, %d, %d, %d, %d, %d, %d)", (int)seq, (int)seq,
                      (int)seq, (int)seq * 1000, seq % 2 == 0, seq % 3 == 0, seq % 4 == 0, seq % 5 == 0, (int)seq / 2);

  g_autoptr(MailSummary) summary = summarize(texts);

  run(fixture, sql);
  index_text_add(fixture->text, seq, summary, &error);
  g_assert_no_error(error);
  index_text_flush(fixture->text, &error);
  g_assert_no_error(error);
}

static void tend(Fixture *fixture) {
  g_autoptr(GError) error = NULL;
  gboolean done = FALSE;

  while (!done) {
    index_text_tend(fixture->text, 50, &done, &error);
    g_assert_no_error(error);
  }
}

/* The seqs found, "1 2 3". The caller frees. */
static char *find(Fixture *fixture, const char *text) {
  g_autoptr(GError) error = NULL;
  g_autoptr(SearchQuery) query = search_query_parse(text, &(SearchQueryOptions){0}, &error);

  g_assert_no_error(error);
  g_autoptr(IndexSearch) search = index_search_compile(fixture->db, query, &error);
  g_assert_no_error(error);
  g_autofree char *list_sql = index_search_list_sql(search, "mail.seq", NULL, FALSE, 0, 1000);
  g_autofree char *count_sql = index_search_count_sql(search, NULL);
  sqlite3_stmt *statement;
  GString *found = g_string_new(NULL);
  int n_found = 0;

  sql_prepare(fixture->db, list_sql, &statement, &error);
  g_assert_no_error(error);
  index_search_bind(search, statement);
  while (sqlite3_step(statement) == SQLITE_ROW) {
    g_string_append_printf(found, "%s%d", found->len > 0 ? " " : "", sqlite3_column_int(statement, 0));
    n_found++;
  }
  g_assert_cmpint(sqlite3_errcode(fixture->db), ==, SQLITE_DONE);
  sqlite3_finalize(statement);
  sql_prepare(fixture->db, count_sql, &statement, &error);
  g_assert_no_error(error);
  index_search_bind(search, statement);
  g_assert_cmpint(sqlite3_step(statement), ==, SQLITE_ROW);
  g_assert_cmpint(sqlite3_column_int(statement, 0), ==, n_found);
  sqlite3_finalize(statement);
  return g_string_free(found, FALSE);
}

static void check(Fixture *fixture, const char *query, const char *expected) {
  g_autofree char *found = find(fixture, query);

  if (strcmp(found, expected) != 0)
    g_error("%s: found \"%s\", not \"%s\"", query, found, expected);
}

typedef struct Case {
  const char *query;
  const char *found;
} Case;

static void add_examples(Fixture *fixture) {
  add(fixture, 1,
      (const char *const[SEARCHABLE_N]){
          [SEARCHABLE_FROM] = "Zed Bra <zed@example.com>",
          [SEARCHABLE_TO] = "ann@example.org",
          [SEARCHABLE_CC] = "carl@example.net",
          [SEARCHABLE_BCC] = "",
          [SEARCHABLE_REPLY_TO] = "reply@example.com",
          [SEARCHABLE_RETURN_PATH] = "bounce@example.com",
          [SEARCHABLE_RCPT] = "ann@example.org",
          [SEARCHABLE_SUBJECT] = "Hello World",
          [SEARCHABLE_MESSAGE_ID] = "id1@host",
          [SEARCHABLE_ATTACHMENTS] = "plan.PDF",
          [SEARCHABLE_HEADERS] = "X-Mailer: Foo Bar 1.0\nX-Empty: ",
          [SEARCHABLE_BODY] = "The zebra, crossing. https://app.example/confirm?token=1",
      });
  add(fixture, 2,
      (const char *const[SEARCHABLE_N]){[SEARCHABLE_FROM] = "\xc3\x84rger <bob@example.com>",
                                        [SEARCHABLE_BCC] = "hidden@example.org",
                                        [SEARCHABLE_SUBJECT] = "say \"hi\" * (now)",
                                        [SEARCHABLE_BODY] = "zebra crossing \xe6\x9d\xb1\xe4\xba\xac"
                                                            "! e-mail"});
  add(fixture, 3, (const char *const[SEARCHABLE_N]){[SEARCHABLE_SUBJECT] = "x"});
  run(fixture, "INSERT OR IGNORE INTO tag VALUES(1, 'Big One'), (2, 'other');"
               "INSERT INTO mail_tag VALUES(1, 2), (2, 2), (2, 3);");
}

static const Case cases[] = {
    {"", "1 2 3"},
    {"zebra", "1 2"},
    {"ebra", "1 2"},
    {"EBR", "1 2"},
    {"zebra -hidden", "1"},
    {"-zebra", "3"},
    {"\"zebra crossing\"", "2"},
    {"\"zebra, cross\"", "1"},
    {"\"bra, c\"", "1"},
    {"\"ra cr\"", "2"},
    {"-\"zebra crossing\"", "1 3"},
    {"crossing.", "1"},
    {"crossing!", ""},
    {"confirm?tok", "1"},
    {"://app.", "1"},
    {"?", "1"},
    {"!", "2"},
    {"e-m", "2"},
    {"x", "1 2 3"},
    {"z", "1 2"},
    {"\xe6\x9d\xb1", "2"},
    {"\xe6\x9d\xb1\xe4\xba\xac", "2"},
    {"\xc3\xa4RGER", "2"},
    {"*", "2"},
    {"(now)", "2"},
    {"subject:\"* (n\"", "2"},
    {"from:zed", "1"},
    {"from:ed@ex", "1"},
    {"from:ann", ""},
    {"from:\"bra <z\"", "1"},
    {"to:ann", "1"},
    {"cc:carl", "1"},
    {"bcc:hidden", "2"},
    {"reply-to:reply", "1"},
    {"addressed:example.org", "1 2"},
    {"rcpt:ann", "1"},
    {"subject:hello", "1"},
    {"message-id:id1", "1"},
    {"message-id:<id1@host>", "1"},
    {"id1", ""}, /* free text is not a message id */
    {"bounce@", "1"},
    {"body:hello", ""},
    {"body:zebra", "1 2"},
    {"plan.pdf", "1"},
    {"header:x-mailer=foo", "1"},
    {"header:X-MAILER=\"x\"", ""},
    {"header:mailer=foo", ""},
    {"header:x-mailer", "1"},
    {"header:x-empty", "1"},
    {"header:x-empty=", "1"},
    {"header:x-mail", ""},
    {"header:\"x-mailer =\"", "1"},
    {"header:\"x-mailer = foo\"", "1"},
    {"header:\" =\"", ""},
    {"header:\" = foo\"", ""},
    {"-header:x-mailer=foo", "2 3"},
    {"tag:\"big one\"", "2"},
    {"tag:BIG", ""},
    {"-tag:other", "1"},
    {"is:tagged", "2 3"},
    {"is:untagged", "1"},
    {"is:read", "2"},
    {"is:unread zebra", "1"},
    {"is:flagged", "3"},
    {"larger:1k", "2 3"},
    {"smaller:2000", "1"},
    {"before:\"1970-01-01 00:00:02\"", "1"},
    {"after:\"1970-01-01 00:00:02\" -hidden", "3"},
    {"thread:m3", "2 3"},
    {"thread:none", ""},
    {"is:newest", "1 3"},
    {"-is:newest", "2"},
    {"zebra is:newest", "1"},
    {"thread:m2 is:newest", "3"},
    {"-thread:none", "1 2 3"},
    {"nothing", ""},
    {"-nothing", "1 2 3"},
};

static void test_cases(Fixture *fixture, gconstpointer user_data) {
  add_examples(fixture);
  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++)
    check(fixture, cases[i].query, cases[i].found);
  tend(fixture);
  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++)
    check(fixture, cases[i].query, cases[i].found);
}

/* A text of a few letters and signs, so that parts of it are often found elsewhere. */
static char *make_text(guint max_len) {
  static const char *const letters[] = {"a",  "b",        "ab",           "ba", " ", ".",
                                        ", ", "\xc3\xa4", "\xe6\x9d\xb1", "\"", "~", "x1"};
  GString *text = g_string_new(NULL);
  guint n_letters = (guint)g_test_rand_int_range(1, (gint32)max_len);

  for (guint i = 0; i < n_letters; i++)
    g_string_append(text, letters[g_test_rand_int_range(0, G_N_ELEMENTS(letters))]);
  g_autoptr(GString) folded = g_string_new(NULL);
  search_text_fold(text->str, text->len, G_MAXSIZE, folded);
  g_string_free(text, TRUE);
  return g_strdup(folded->str);
}

static void test_same_as_reading_every_text(Fixture *fixture, gconstpointer user_data) {
  enum { MESSAGES = 150, QUERIES = 800 };

  for (gint64 seq = 1; seq <= MESSAGES; seq++) {
    char *body = make_text(seq % 40 == 0 ? 800 : 20); /* some with words that are cut */
    g_ptr_array_add(fixture->bodies, body);
    add(fixture, seq, (const char *const[SEARCHABLE_N]){[SEARCHABLE_SUBJECT] = body, [SEARCHABLE_BODY] = body});
    if (seq == MESSAGES / 2)
      tend(fixture);
  }
  for (guint i = 0; i < QUERIES; i++) {
    g_autofree char *wanted = make_text(i % 50 == 0 ? 150 : 6);
    g_autoptr(GString) expected = g_string_new(NULL);
    const char *field = i % 2 == 0 ? "body" : "subject";
    g_strdelimit(wanted, "\"", 'a'); /* no query can hold it within quotes */
    if (*wanted == '\0')
      continue;
    for (guint m = 0; m < MESSAGES; m++)
      if (strstr(g_ptr_array_index(fixture->bodies, m), wanted))
        g_string_append_printf(expected, "%s%u", expected->len > 0 ? " " : "", m + 1);
    g_autofree char *query = g_strdup_printf("%s:\"%s\"", field, wanted);
    check(fixture, query, expected->str);
  }
}

static void test_removed_messages_are_not_found(Fixture *fixture, gconstpointer user_data) {
  g_autoptr(GError) error = NULL;

  add_examples(fixture);
  run(fixture, "DELETE FROM mail WHERE seq = 1");
  g_assert_true(index_text_remove(fixture->text, 1, &error));
  g_assert_true(index_text_remove(fixture->text, 1, &error)); /* is gone already */
  check(fixture, "zebra", "2");
  check(fixture, "example.net", "");
  check(fixture, "-zebra", "3");
  run(fixture, "DELETE FROM mail");
  g_assert_true(index_text_clear(fixture->text, &error));
  check(fixture, "zebra", "");
  add_examples(fixture);
  check(fixture, "zebra", "1 2");
}

static void test_a_part_of_too_many_words_is_read_for(Fixture *fixture, gconstpointer user_data) {
  for (gint64 seq = 1; seq <= 3; seq++) {
    g_autoptr(GString) body = g_string_new("end qq");
    for (int i = 0; i < INDEX_SEARCH_WORDS_MAX / 2; i++)
      g_string_append_printf(body, " w%dq%d", (int)seq, i);
    add(fixture, seq, (const char *const[SEARCHABLE_N]){[SEARCHABLE_BODY] = body->str});
  }
  check(fixture, "w", "1 2 3");
  check(fixture, "-w", "");
  check(fixture, "w2q", "2");
  check(fixture, "q", "1 2 3");
  check(fixture, "\"q1 w1q2\"", "1");
  check(fixture, "\"1 w3q2\" -zz", "3");
}

static void test_rolled_back_words_are_found_again(Fixture *fixture, gconstpointer user_data) {
  run(fixture, "BEGIN");
  add_examples(fixture);
  run(fixture, "ROLLBACK");
  index_text_forget(fixture->text);
  check(fixture, "zebra", "");
  add_examples(fixture);
  check(fixture, "ebra", "1 2");
}

int main(int argc, char **argv) {
  static const struct {
    const char *name;
    void (*test)(Fixture *fixture, gconstpointer user_data);
  } tests[] = {
      {"/index_search/cases", test_cases},
      {"/index_search/same_as_reading_every_text", test_same_as_reading_every_text},
      {"/index_search/removed_messages_are_not_found", test_removed_messages_are_not_found},
      {"/index_search/a_part_of_too_many_words_is_read_for", test_a_part_of_too_many_words_is_read_for},
      {"/index_search/rolled_back_words_are_found_again", test_rolled_back_words_are_found_again},
  };

  g_test_init(&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS(tests); i++)
    g_test_add(tests[i].name, Fixture, NULL, set_up, tests[i].test, tear_down);
  return g_test_run();
}
