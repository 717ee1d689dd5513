#include "index/index_vocabulary.h"

#include "index/index_text.h"
#include "index/sql.h"
#include <string.h>

/* FTS5: the words with these characters in them, or more. One or two characters begin a part. */
static GString *print_parts(const char *text) {
  GString *parts = g_string_new(NULL);
  const char *end = text + strlen(text);
  const char *part;
  gsize len;

  for (const char *cursor = text; index_text_next_part(&cursor, end, &part, &len);) {
    g_string_append(parts, parts->len > 0 ? " AND " : "");
    sql_append_quoted(parts, part, len);
  }
  if (parts->len == 0) {
    sql_append_quoted(parts, text, strlen(text));
    g_string_append(parts, " *");
  }
  return parts;
}

typedef struct WordSearch {
  IndexVocabulary which;
  const char *text;
  guint max;
  GPtrArray *words; /* char *: found so far */
  GHashTable *seen; /* the same, by what they are */
} WordSearch;

static gboolean search_is_full(const WordSearch *search) {
  return search->words->len > search->max;
}

/* The word has the text in it. */
static void take_word(WordSearch *search, char *word) {
  if (search_is_full(search) || g_hash_table_contains(search->seen, word) ||
      (search->which == INDEX_VOCABULARY_END_WITH && !g_str_has_suffix(word, search->text))) {
    g_free(word);
    return;
  }
  g_ptr_array_add(search->words, word);
  g_hash_table_add(search->seen, word);
}

/* Words with blanks between, and perhaps behind. */
static void take_words(WordSearch *search, const char *words) {
  const char *hit = words;

  while ((hit = strstr(hit, search->text))) {
    const char *start = hit;
    while (start > words && start[-1] != ' ')
      start--;
    gsize len = strcspn(start, " ");
    take_word(search, g_strndup(start, len));
    hit = start + len;
    if (*hit == '\0')
      return;
    hit++;
  }
}

/* Those that are indexed, one a row, and those that are not yet, many a row. */
static const char words_sql[] = "SELECT word.word FROM word_parts CROSS JOIN word ON word.id = word_parts.rowid"
                                " WHERE word_parts MATCH ?1 UNION ALL SELECT words FROM word_new";

GPtrArray *index_vocabulary_find(sqlite3 *db, IndexVocabulary which, const char *text, guint max, GError **error) {
  g_autoptr(GPtrArray) words = g_ptr_array_new_with_free_func(g_free);
  g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
  g_autoptr(GString) parts = print_parts(text);
  WordSearch search = {.which = which, .text = text, .max = max, .words = words, .seen = seen};
  sqlite3_stmt *statement = NULL;
  int result = SQLITE_DONE;

  if (!sql_prepare(db, words_sql, &statement, error))
    return NULL;
  sql_bind_text(statement, 1, parts->str);
  while (!search_is_full(&search) && (result = sqlite3_step(statement)) == SQLITE_ROW) {
    const char *row = (const char *)sqlite3_column_text(statement, 0);
    if (row)
      take_words(&search, row);
  }
  if (result != SQLITE_ROW && result != SQLITE_DONE)
    sql_failed(db, error);
  sqlite3_finalize(statement);
  return result == SQLITE_ROW || result == SQLITE_DONE ? g_steal_pointer(&words) : NULL;
}
