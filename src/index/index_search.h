#pragma once
/* A search query made into SQL over the index.
 *
 * Owns: an IndexSearch owns its SQL and values.
 * Thread: that of the connection given.
 * Errors: INBOX_ERROR from the database.
 * Units and limits: a query goes by INDEX_SEARCH_WORDS_MAX words. A text that is part of more (a single letter, mostly)
 *         is looked for by reading the texts themselves: right, and slow.
 * Source: docs/search.md. */
#include "syntax/search_query.h"
#include <sqlite3.h>

enum { INDEX_SEARCH_WORDS_MAX = 4096 };

typedef struct IndexSearch IndexSearch;

/* Makes a connection fit for searches: to be called once, before index_search_compile(). */
gboolean index_search_prepare(sqlite3 *db, GError **error);

/* NULL is the query that matches everything. The words are looked up now: run the search in the same transaction. */
IndexSearch *index_search_compile(sqlite3 *db, const SearchQuery *query, GError **error);

/* NULL is fine. */
void index_search_free(IndexSearch *search);

/* SQL that counts the messages found. `condition` is a further one over `mail`, or NULL. The caller frees. */
char *index_search_count_sql(const IndexSearch *search, const char *condition);

/* SQL that gives `columns` of `mail` for the messages found, by their seq. The caller frees. */
char *index_search_list_sql(const IndexSearch *search, const char *columns, const char *condition, gboolean descending,
                            guint64 offset, guint64 limit);

/* Binds the search's values, which are ?1 to ?n. What it lends lives as long as the search. */
void index_search_bind(const IndexSearch *search, sqlite3_stmt *statement);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(IndexSearch, index_search_free)
