/* The first line is a query, the rest a message: the index finds it if the matcher says that it matches. */
#include "fuzz.h"
#include "inbox/match.h"
#include "index/index_search.h"
#include "index/index_text.h"
#include "index/sql.h"

#include <string.h>

/* The part of the index's schema that searches use, and the one message there is. */
static const char schema[] =
    "CREATE TABLE mail(seq INTEGER PRIMARY KEY, id TEXT, received_us INTEGER, size INTEGER, is_read INTEGER,"
    " is_flagged INTEGER, n_attachments INTEGER, n_inline INTEGER, thread_id INTEGER);"
    "CREATE TABLE tag(id INTEGER PRIMARY KEY, name TEXT); CREATE TABLE mail_tag(tag INTEGER, seq INTEGER);";

static guint64 thread_of(const char *id, gconstpointer user_data) {
  return strcmp(id, "m1") == 0 ? 1 : 0;
}

static gboolean matches(const SearchQuery *query, InboxMail *mail) {
  GString *texts[SEARCHABLE_N];

  for (guint i = 0; i < SEARCHABLE_N; i++)
    texts[i] = g_string_new(NULL);
  searchable_read(mail->summary, texts);
  gboolean found = match_query(query, &(MatchSubject){mail, texts, TRUE}, thread_of, NULL);
  for (guint i = 0; i < SEARCHABLE_N; i++)
    g_string_free(texts[i], TRUE);
  return found;
}

static gboolean count(sqlite3 *db, const SearchQuery *query) {
  g_autoptr(GError) error = NULL;
  g_autoptr(IndexSearch) search = index_search_compile(db, query, &error);

  g_assert_no_error(error);
  g_autofree char *sql = index_search_count_sql(search, NULL);
  sqlite3_stmt *statement = NULL;

  sql_prepare(db, sql, &statement, &error);
  g_assert_no_error(error);
  index_search_bind(search, statement);
  g_assert_cmpint(sqlite3_step(statement), ==, SQLITE_ROW);
  gint64 n_found = sqlite3_column_int64(statement, 0);
  sqlite3_finalize(statement);
  return n_found == 1;
}

static void fill(sqlite3 *db, const InboxMail *mail) {
  const MailSummary *summary = mail->summary;
  g_autoptr(GError) error = NULL;
  g_autofree char *row = g_strdup_printf("INSERT INTO mail VALUES(1, 'm1', 5, %" G_GUINT64_FORMAT ", 0, 0, %u, %u, 1)",
                                         summary->size_bytes, summary->n_attachments, summary->n_inline);

  g_assert_true(sql_run(db, schema, &error) && sql_run(db, row, &error) && index_text_create(db, &error) &&
                index_search_prepare(db, &error));
  g_autoptr(IndexText) text = index_text_new(db, &error);
  g_assert_true(index_text_add(text, 1, summary, &error) && index_text_flush(text, &error));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len) {
  const char *line_end = memchr(bytes, '\n', len);
  gsize line_len = line_end ? (gsize)(line_end - (const char *)bytes) : len;
  g_autofree char *line = g_strndup((const char *)bytes, line_len);
  g_autoptr(SearchQuery) query = search_query_parse(line, &(SearchQueryOptions){0}, NULL);
  sqlite3 *db = NULL;

  if (!query || len > 64 * 1024)
    return 0;
  g_autoptr(GBytes) message = g_bytes_new(bytes + line_len, len - line_len);
  MailSummary *summary = mail_summary_read(message, 0);
  g_autoptr(InboxMail) mail = inbox_mail_new("m1", summary, g_ptr_array_new_with_free_func(g_free));
  mail->received_us = 5;
  mail->thread = 1;
  g_assert_cmpint(sqlite3_open(":memory:", &db), ==, SQLITE_OK);
  fill(db, mail);
  g_assert_cmpint(matches(query, mail), ==, count(db, query));
  g_assert_cmpint(sqlite3_close(db), ==, SQLITE_OK);
  return 0;
}
