#pragma once
/* The searchable text of the messages: which words are in which mail, and which words there are.
 *
 * Searches mean substrings ("ebra" finds "zebra"). An index of all substrings costs several times the messages; so
 * messages are indexed by their words, and the words by three characters each: a search first finds the words that
 * contain it (index/index_search.h). New words are indexed later, by index_text_tend(); until then they are looked
 * through.
 *
 * Owns: the tables mail_text, mail_words, word, word_new and word_parts in the index's database; an IndexText owns its
 *         statements and a list of words it knows to be there.
 * Thread: the one that writes the index. Transactions are the caller's.
 * Errors: INBOX_ERROR; the tables are then as far as the statement that failed: roll back.
 * Units and limits: see message/searchable.h.
 * Source: docs/search.md. */
#include "message/searchable.h"
#include "syntax/search_text.h"
#include <glib.h>
#include <sqlite3.h>

typedef struct IndexText IndexText;

/* Makes the tables; part of making the index. */
gboolean index_text_create(sqlite3 *db, GError **error);

IndexText *index_text_new(sqlite3 *db, GError **error);

/* NULL is fine. Before the database is closed. */
void index_text_free(IndexText *text);

/* Adds what of the message `seq`, which has no text yet, is searched for. New words may be kept back until
 * index_text_flush(). */
gboolean index_text_add(IndexText *text, gint64 seq, const MailSummary *summary, GError **error);

/* Writes the new words that were kept back: to be called before a transaction is committed. */
gboolean index_text_flush(IndexText *text, GError **error);

/* A message without text is none to be removed: fine. */
gboolean index_text_remove(IndexText *text, gint64 seq, GError **error);

/* Removes all. */
gboolean index_text_clear(IndexText *text, GError **error);

/* Indexes `max_words` new words or some hundreds more, in a transaction of the caller's. *out_done: none is left. */
gboolean index_text_tend(IndexText *text, guint max_words, gboolean *out_done, GError **error);

/* To be called when a transaction was rolled back: words thought to be there may not be. */
void index_text_forget(IndexText *text);

/* A column of mail_text and mail_words: its name there, and where its words end. */
const char *index_text_column(SearchableText column);
SearchWords index_text_words(SearchableText column);

/* A word of its own between the pieces of a long one, or two words could be found where there is one. */
#define INDEX_TEXT_PIECE_MARK "\u2423"

/* Takes the next three characters of a word, a word of word_parts, off *cursor. FALSE when fewer are left. */
gboolean index_text_next_part(const char **cursor, const char *end, const char **out_part, gsize *out_len);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(IndexText, index_text_free)
