/* Queries as people write them, and the terms they mean. */
#include "syntax/search_query.h"

#include <string.h>

/* "field[!]=text" for each term, with a blank between. */
typedef struct Vector {
  const char *name;
  const char *query;
  const char *terms;
  const char *strict; /* NULL: the same terms; else a part of the error's text */
} Vector;

static const char *const field_names[] = {
    [SEARCH_ANY] = "any",         [SEARCH_FROM] = "from",
    [SEARCH_TO] = "to",           [SEARCH_CC] = "cc",
    [SEARCH_BCC] = "bcc",         [SEARCH_REPLY_TO] = "reply-to",
    [SEARCH_ADDRESSED] = "addr",  [SEARCH_RCPT] = "rcpt",
    [SEARCH_SUBJECT] = "subject", [SEARCH_MESSAGE_ID] = "message-id",
    [SEARCH_BODY] = "body",       [SEARCH_HEADER] = "header",
    [SEARCH_TAG] = "tag",         [SEARCH_THREAD] = "thread",
    [SEARCH_BEFORE] = "before",   [SEARCH_AFTER] = "after",
    [SEARCH_LARGER] = "larger",   [SEARCH_SMALLER] = "smaller",
    [SEARCH_READ] = "read",       [SEARCH_TAGGED] = "tagged",
    [SEARCH_FLAGGED] = "flagged", [SEARCH_ATTACHMENT] = "attachment",
    [SEARCH_INLINE] = "inline",   [SEARCH_NEWEST] = "newest",
};

static const Vector vectors[] = {
    {"empty", "", "", NULL},
    {"blank", " \t\r\n ", "", NULL},
    {"word", "Zebra", "any=zebra", NULL},
    {"words", "one  two\tthree", "any=one any=two any=three", NULL},
    {"phrase", "\"Two  Words\" x", "any=two_words any=x", NULL},
    {"negated", "-one !two", "any!=one any!=two", NULL},
    {"negated_phrase", "-\"a b\" !\"c d\"", "any!=a_b any!=c_d", NULL},
    {"lone_signs", "- !", "any=- any=!", NULL},
    {"sign_inside", "one-two", "any=one-two", NULL},
    {"two_signs", "--a", "any!=-a", NULL},
    {"folded", "\xc3\x84\xc3\x96 STRASSE", "any=\xc3\xa4\xc3\xb6 any=strasse", NULL},
    {"octets", "a\xff", "any=a\xef\xbf\xbd", NULL},

    {"fields", "from:a to:b cc:c bcc:d reply-to:e addressed:f subject:g",
     "from=a to=b cc=c bcc=d reply-to=e addr=f subject=g", NULL},
    {"more_fields", "rcpt:a body:b tag:c thread:D1 message-id:e", "rcpt=a body=b tag=c thread=D1 message-id=e", NULL},
    {"fields_in_any_case", "FROM:a Is:Read", "from=a read", NULL},
    {"field_with_phrase", "subject:\"Hello  World\" -from:\"a b\"", "subject=hello_world from!=a_b", NULL},
    {"message_id_in_brackets", "message-id:<A@b>", "message-id=a@b", NULL},
    {"header", "header:X-Mailer=Foo header:List-Id", "header=x-mailer=foo header=list-id", NULL},
    {"header_phrase", "header:\"X-A=b c\"", "header=x-a=b_c", NULL},
    {"header_without_name", "header:=x", "any=header:=x", "at 8: header: needs"},
    {"header_without_name_after_space", "header:\" = x\"", "any=header:\"_=_x", "at 9: header: needs"},
    {"states", "is:read is:unread is:tagged is:untagged is:flagged is:unflagged is:newest",
     "read read!= tagged tagged!= flagged flagged!= newest", NULL},
    {"negated_states", "-is:read !is:unread", "read!= read", NULL},
    {"has", "has:attachment has:attachments has:inline -has:inlines", "attachment attachment inline inline!=", NULL},
    {"sizes", "larger:1000 smaller:1k larger:1.5MB smaller:2kb larger:0.5m larger:7b",
     "larger=1000 smaller=1024 larger=1572864 smaller=2048 larger=524288 larger=7", NULL},
    {"huge_size", "larger:99999999999999999999999", "larger=1000000000000000000", NULL},
    {"dates", "before:2026-01-02 after:2026/1/2", "before=1767312000 after=1767312000", NULL},
    {"date_time", "after:\"2026-01-02 03:04:05\"", "after=1767323045", NULL},
    {"rfc3339", "after:2026-01-02T03:04:05+01:00", "after=1767319445", NULL},

    {"colon_in_text", "12:30 a:b", "any=12:30 any=a:b", "at 7: there is no field \"a:\"; Fields are"},
    {"link", "https://a.example/b?c=d", "any=https://a.example/b?c=d", NULL},
    {"unknown_field", "form:bob", "any=form:bob",
     "at 1: there is no field \"form:\"; did you mean from:? Fields are from: to:"},
    {"quoted_colon", "\"form:bob\"", "any=form:bob", NULL},
    {"no_value", "from:", "", "at 6: from: needs"},
    {"no_value_then_word", "from: bob", "any=bob", "at 6: from: needs"},
    {"empty_quotes", "\"\" x", "any=x", "at 1: there is nothing to look for"},
    {"unclosed_quote", "x \"a b", "any=x any=a_b", "at 3: the quote is not closed"},
    {"lone_quote", "\"", "", "at 1: the quote is not closed"},
    {"unclosed_field", "\xc3\xa4 to:\"a b", "any=\xc3\xa4 to=a_b", "at 6: the quote is not closed"},
    {"wrong_size", "larger:abc larger:1.2.3 larger:", "any=larger:abc any=larger:1.2.3", "at 8: larger: needs"},
    {"wrong_unit", "smaller:5x", "any=smaller:5x", "at 9: smaller: needs"},
    {"wrong_date", "x before:yesterday", "any=x", "at 10: before: needs"},
    {"no_such_day", "after:2026-02-30", "", "at 7: after: needs"},
    {"wrong_state", "is:foo has:legs", "any=is:foo any=has:legs", "at 4: is: needs"},
};

static void print_term(GString *out, const SearchTerm *term) {
  g_string_append_printf(out, "%s%s%s", out->len > 0 ? " " : "", field_names[term->field], term->negated ? "!" : "");
  if (term->text) {
    g_autofree char *text = g_strdup(term->text);
    g_string_append_printf(out, "=%s", g_strdelimit(text, " ", '_'));
  } else if (term->field == SEARCH_BEFORE || term->field == SEARCH_AFTER) {
    g_string_append_printf(out, "=%" G_GINT64_FORMAT, term->time_us / G_USEC_PER_SEC);
  } else if (term->field == SEARCH_LARGER || term->field == SEARCH_SMALLER) {
    g_string_append_printf(out, "=%" G_GUINT64_FORMAT, term->size_bytes);
  } else if (term->negated) {
    g_string_append(out, "=");
  }
}

static void check_terms(const SearchQuery *query, const char *expected) {
  g_autoptr(GString) printed = g_string_new(NULL);
  guint n_terms;
  const SearchTerm *terms = search_query_terms(query, &n_terms);

  for (guint i = 0; i < n_terms; i++)
    print_term(printed, &terms[i]);
  g_assert_cmpstr(printed->str, ==, expected);
}

static void test_vector(gconstpointer test_data) {
  const Vector *vector = test_data;
  g_autoptr(GError) error = NULL;
  g_autoptr(SearchQuery) query = search_query_parse(vector->query, &(SearchQueryOptions){0}, &error);
  g_autoptr(SearchQuery) strict = NULL;

  g_assert_no_error(error);
  check_terms(query, vector->terms);
  strict = search_query_parse(vector->query, &(SearchQueryOptions){.strict = TRUE}, &error);
  if (vector->strict) {
    g_assert_error(error, SEARCH_QUERY_ERROR, SEARCH_QUERY_ERROR_SYNTAX);
    g_assert_nonnull(strstr(error->message, vector->strict));
    g_assert_null(strchr(error->message, '\n'));
  } else {
    g_assert_no_error(error);
    check_terms(strict, vector->terms);
  }
}

static gint64 after_in(const char *text, const char *time_zone) {
  g_autofree char *quoted = g_strdup_printf("after:\"%s\"", text);
  g_autoptr(SearchQuery) query = search_query_parse(quoted, &(SearchQueryOptions){.time_zone = time_zone}, NULL);
  guint n_terms;
  const SearchTerm *terms = search_query_terms(query, &n_terms);

  g_assert_cmpuint(n_terms, ==, 1);
  return terms[0].time_us;
}

static void test_dates_are_in_the_time_zone(void) {
  gint64 utc_us = after_in("2026-01-02 00:00", NULL);

  g_assert_cmpint(after_in("2026-01-02", "Europe/Berlin"), ==, utc_us - G_TIME_SPAN_HOUR);
  g_assert_cmpint(after_in("2026-01-02", "+05:30"), ==, utc_us - 5 * G_TIME_SPAN_HOUR - 30 * G_TIME_SPAN_MINUTE);
  g_assert_cmpint(after_in("2026-01-02", "No/Such"), ==, utc_us);
  g_assert_cmpint(after_in("2026-01-02 00:00Z", "Europe/Berlin"), ==, utc_us);
  g_assert_cmpint(after_in("2026-01-02 00:00 -0100", "Europe/Berlin"), ==, utc_us + G_TIME_SPAN_HOUR);
  g_assert_cmpint(after_in("2026-01-02 00:00:00.25", NULL), ==, utc_us + 250 * 1000);
}

static void test_length_has_a_limit(void) {
  g_autoptr(GError) error = NULL;
  g_autofree char *most = g_strnfill(SEARCH_QUERY_BYTES_MAX, 'a');
  g_autofree char *more = g_strnfill(SEARCH_QUERY_BYTES_MAX + 1, 'a');
  g_autoptr(SearchQuery) query = search_query_parse(most, &(SearchQueryOptions){0}, &error);

  g_assert_no_error(error);
  g_autofree char *expected = g_strconcat("any=", most, NULL);
  check_terms(query, expected);
  g_assert_null(search_query_parse(more, &(SearchQueryOptions){0}, &error));
  g_assert_error(error, SEARCH_QUERY_ERROR, SEARCH_QUERY_ERROR_LIMIT);
}

static void test_terms_have_a_limit(void) {
  g_autoptr(GString) text = g_string_new(NULL);
  g_autoptr(GError) error = NULL;

  for (guint i = 0; i < SEARCH_QUERY_TERMS_MAX; i++)
    g_string_append(text, "a ");
  g_autoptr(SearchQuery) query = search_query_parse(text->str, &(SearchQueryOptions){0}, &error);
  g_assert_no_error(error);
  g_string_append(text, "-a");
  g_assert_null(search_query_parse(text->str, &(SearchQueryOptions){0}, &error));
  g_assert_error(error, SEARCH_QUERY_ERROR, SEARCH_QUERY_ERROR_LIMIT);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS(vectors); i++) {
    g_autofree char *path = g_strconcat("/search_query/", vectors[i].name, NULL);
    g_test_add_data_func(path, &vectors[i], test_vector);
  }
  g_test_add_func("/search_query/dates_are_in_the_time_zone", test_dates_are_in_the_time_zone);
  g_test_add_func("/search_query/length_has_a_limit", test_length_has_a_limit);
  g_test_add_func("/search_query/terms_have_a_limit", test_terms_have_a_limit);
  return g_test_run();
}
