#pragma once
/* Which words there are in the messages: those with a text in them.
 *
 * Owns: nothing; reads the tables word, word_parts and word_new (index/index_text.h).
 * Thread: any, with a connection of its own.
 * Errors: INBOX_ERROR.
 * Source: docs/search.md. */
#include <glib.h>
#include <sqlite3.h>

typedef enum { INDEX_VOCABULARY_CONTAIN, INDEX_VOCABULARY_END_WITH } IndexVocabulary;

/* The words that contain the text, or end with it; at most one more than `max`. char *, the caller's. The text is a
 * word or a part of one, as search_text_print_word() prints it. */
GPtrArray *index_vocabulary_find(sqlite3 *db, IndexVocabulary which, const char *text, guint max, GError **error);
