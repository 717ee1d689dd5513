/* A search: what is strict is also read when not, terms hold what they promise, and folding keeps what is folded. */
#include "fuzz.h"
#include "syntax/search_query.h"
#include "syntax/search_text.h"

#include <string.h>

static void check_text(const char *text) {
  g_autoptr(GString) again = g_string_new(NULL);

  g_assert_true(*text != '\0' && g_utf8_validate(text, -1, NULL));
  search_text_fold(text, strlen(text), G_MAXSIZE, again);
  g_assert_cmpstr(again->str, ==, text);
}

static void check_words(SearchWords words, const char *text) {
  const char *cursor = text;
  const char *end = text + strlen(text);
  const char *word;
  gsize len;

  while (search_text_next(words, &cursor, end, &word, &len)) {
    g_assert_true(len > 0 && len <= SEARCH_PIECE_BYTES_MAX && word + len <= end);
    g_assert_true(cursor > word && cursor <= word + len);
    g_assert_true(g_utf8_validate(word, (gssize)len, NULL));
  }
}

static void check_query(const SearchQuery *query) {
  guint n_terms;
  const SearchTerm *terms = search_query_terms(query, &n_terms);

  g_assert_true(n_terms <= SEARCH_QUERY_TERMS_MAX);
  for (guint i = 0; i < n_terms; i++) {
    if (!terms[i].text || terms[i].field == SEARCH_THREAD)
      continue;
    check_text(terms[i].text);
    check_words(SEARCH_WORDS_BLANK, terms[i].text);
    check_words(SEARCH_WORDS_PUNCTUATION, terms[i].text);
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len) {
  g_autofree char *text = g_strndup((const char *)bytes, len);
  g_autoptr(GError) error = NULL;
  g_autoptr(SearchQuery) loose = search_query_parse(text, &(SearchQueryOptions){0}, NULL);
  g_autoptr(SearchQuery) strict = search_query_parse(text, &(SearchQueryOptions){.strict = TRUE}, &error);

  g_assert_true(loose || !strict);
  g_assert_true(!strict == (error != NULL));
  if (loose)
    check_query(loose);
  if (error)
    g_assert_true(g_utf8_validate(error->message, -1, NULL) && !strchr(error->message, '\n'));
  return 0;
}
