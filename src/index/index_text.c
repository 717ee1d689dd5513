#include "index/index_text.h"

#include "index/sql.h"
#include <string.h>

/* Words lately seen, by their hashes: most words of a message are old ones, and writing each again would be slow. A
 * word that is thought to be there and is not could not be found by a part of it; at 64 bits that does not happen. */
enum { KNOWN_SLOTS = 64 * 1024, KNOWN_WORDS_MAX = KNOWN_SLOTS / 2 };

/* Of new words in a row, which mostly fits a page with them: looking through a few long texts is much faster than
 * through many short ones. */
enum { FRESH_BYTES = 3800 };

typedef enum {
  ADD_TEXT,
  ADD_WORDS,
  READ_TEXT,
  REMOVE_WORDS,
  REMOVE_TEXT,
  ADD_NEW_WORDS,
  READ_NEW_WORDS,
  DROP_NEW_WORDS,
  ADD_WORD,
  ADD_PARTS,
  STATEMENTS_N
} Statement;

struct IndexText {
  sqlite3 *db;
  sqlite3_stmt *statements[STATEMENTS_N];
  guint64 *known; /* KNOWN_SLOTS hashes, 0: free */
  guint n_known;
  guint64 seed;
  GString *folded[SEARCHABLE_N]; /* kept for their room */
  GString *words[SEARCHABLE_N];
  GString *parts;
  GString *fresh; /* new words of this transaction, a blank behind each; they become a row when they are many */
};

static const struct {
  const char *name;
  SearchWords words;
} columns[SEARCHABLE_N] = {
    [SEARCHABLE_BODY] = {"body", SEARCH_WORDS_PUNCTUATION},
    [SEARCHABLE_HEADERS] = {"headers", SEARCH_WORDS_PUNCTUATION},
    [SEARCHABLE_FROM] = {"from_", SEARCH_WORDS_BLANK},
    [SEARCHABLE_TO] = {"to_", SEARCH_WORDS_BLANK},
    [SEARCHABLE_CC] = {"cc", SEARCH_WORDS_BLANK},
    [SEARCHABLE_BCC] = {"bcc", SEARCH_WORDS_BLANK},
    [SEARCHABLE_REPLY_TO] = {"reply_to", SEARCH_WORDS_BLANK},
    [SEARCHABLE_RETURN_PATH] = {"return_path", SEARCH_WORDS_BLANK},
    [SEARCHABLE_RCPT] = {"rcpt", SEARCH_WORDS_BLANK},
    [SEARCHABLE_SUBJECT] = {"subject", SEARCH_WORDS_BLANK},
    [SEARCHABLE_MESSAGE_ID] = {"message_id", SEARCH_WORDS_BLANK},
    [SEARCHABLE_ATTACHMENTS] = {"attachments", SEARCH_WORDS_BLANK},
};

#define COLUMNS "body, headers, from_, to_, cc, bcc, reply_to, return_path, rcpt, subject, message_id, attachments"
#define VALUES "?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13"

/* We cut the words; the tokenizer only has to split at the blanks we put between them. */
#define WORDS "columnsize = 0, content = '', tokenize = \"ascii tokenchars '!\"\"#$%&''()*+,-./:;<=>?@[\\]^_`{|}~'\""

/* A contentless table can forget a message only when told its words again; mail_text is there for that. New words are
 * put aside first: one by one, each would change a page of its own. */
static const char schema[] =
    "CREATE TABLE mail_text(seq INTEGER PRIMARY KEY, " COLUMNS ");"
    "CREATE VIRTUAL TABLE mail_words USING fts5(" COLUMNS ", " WORDS ");"
    "CREATE TABLE word_new(id INTEGER PRIMARY KEY, words TEXT NOT NULL);" /* a blank behind each; some are old */
    "CREATE TABLE word(id INTEGER PRIMARY KEY, word TEXT NOT NULL UNIQUE);"
    "CREATE VIRTUAL TABLE word_parts USING fts5(parts, detail = none, " WORDS ");";

static const char *const sql[STATEMENTS_N] = {
    [ADD_TEXT] = "INSERT INTO mail_text(seq, " COLUMNS ") VALUES(?1, " VALUES ")",
    [ADD_WORDS] = "INSERT INTO mail_words(rowid, " COLUMNS ") VALUES(?1, " VALUES ")",
    [READ_TEXT] = "SELECT " COLUMNS " FROM mail_text WHERE seq = ?1",
    [REMOVE_WORDS] = "INSERT INTO mail_words(mail_words, rowid, " COLUMNS ") VALUES('delete', ?1, " VALUES ")",
    [REMOVE_TEXT] = "DELETE FROM mail_text WHERE seq = ?1",
    [ADD_NEW_WORDS] = "INSERT INTO word_new(words) VALUES(?1)",
    [READ_NEW_WORDS] = "SELECT id, words FROM word_new ORDER BY id",
    [DROP_NEW_WORDS] = "DELETE FROM word_new WHERE id <= ?1",
    [ADD_WORD] = "INSERT OR IGNORE INTO word(word) VALUES(?1)",
    [ADD_PARTS] = "INSERT INTO word_parts(rowid, parts) VALUES(?1, ?2)",
};

gboolean index_text_create(sqlite3 *db, GError **error) {
  return sql_run(db, schema, error);
}

IndexText *index_text_new(sqlite3 *db, GError **error) {
  g_autoptr(IndexText) text = g_new0(IndexText, 1);

  text->db = db;
  text->seed = ((guint64)g_random_int() << 32) | g_random_int();
  text->known = g_new0(guint64, KNOWN_SLOTS);
  text->parts = g_string_new(NULL);
  text->fresh = g_string_new(NULL);
  for (guint i = 0; i < SEARCHABLE_N; i++) {
    text->folded[i] = g_string_new(NULL);
    text->words[i] = g_string_new(NULL);
  }
  for (guint i = 0; i < STATEMENTS_N; i++)
    if (!sql_prepare(db, sql[i], &text->statements[i], error))
      return NULL;
  return g_steal_pointer(&text);
}

void index_text_free(IndexText *text) {
  if (!text)
    return;
  for (guint i = 0; i < STATEMENTS_N; i++)
    sqlite3_finalize(text->statements[i]);
  for (guint i = 0; i < SEARCHABLE_N; i++) {
    g_string_free(text->folded[i], TRUE);
    g_string_free(text->words[i], TRUE);
  }
  g_string_free(text->parts, TRUE);
  g_string_free(text->fresh, TRUE);
  g_free(text->known);
  g_free(text);
}

const char *index_text_column(SearchableText column) {
  return columns[column].name;
}

SearchWords index_text_words(SearchableText column) {
  return columns[column].words;
}

/* --- the words there are */

/* Eight bytes at a time, each mixed twice: or a sender could make two words of one hash without knowing the seed. */
static guint64 hash_word(const IndexText *text, const char *word, gsize len) {
  const guint64 odd = G_GUINT64_CONSTANT(0x9e3779b97f4a7c15);
  guint64 hash = text->seed ^ len;

  for (; len > 0; word += MIN(len, sizeof hash), len -= MIN(len, sizeof hash)) {
    guint64 bytes = 0;
    memcpy(&bytes, word, MIN(len, sizeof bytes));
    hash = (hash ^ bytes) * odd;
    hash = (hash ^ (hash >> 32)) * odd;
    hash ^= hash >> 29;
  }
  return hash != 0 ? hash : 1;
}

static void forget_known(IndexText *text) {
  memset(text->known, 0, KNOWN_SLOTS * sizeof *text->known);
  text->n_known = 0;
}

/* TRUE: it is known. Else it is from now on. */
static gboolean know_word(IndexText *text, const char *word, gsize len) {
  guint64 hash = hash_word(text, word, len);
  gsize slot = (hash >> 16) % KNOWN_SLOTS;

  for (; text->known[slot] != 0; slot = (slot + 1) % KNOWN_SLOTS)
    if (text->known[slot] == hash)
      return TRUE;
  if (text->n_known >= KNOWN_WORDS_MAX) {
    forget_known(text);
    slot = (hash >> 16) % KNOWN_SLOTS;
  }
  text->known[slot] = hash;
  text->n_known++;
  return FALSE;
}

void index_text_forget(IndexText *text) {
  forget_known(text);
  g_string_truncate(text->fresh, 0);
}

gboolean index_text_flush(IndexText *text, GError **error) {
  if (text->fresh->len == 0)
    return TRUE;
  sqlite3_bind_text(text->statements[ADD_NEW_WORDS], 1, text->fresh->str, (int)text->fresh->len, SQLITE_STATIC);
  gboolean added = sql_done(text->statements[ADD_NEW_WORDS], error);
  g_string_truncate(text->fresh, 0);
  return added;
}

/* --- what words are made of */

/* Behind the end, so that the last characters begin a part too. Where a word has this one, too much is found at most.
 */
#define END_MARK "~~"

gboolean index_text_next_part(const char **cursor, const char *end, const char **out_part, gsize *out_len) {
  const char *at = *cursor;
  const char *second = NULL;

  for (int i = 0; i < 3; i++) {
    if (at >= end)
      return FALSE;
    for (at++; at < end && ((guchar)*at & 0xc0) == 0x80; at++)
      ;
    if (i == 0)
      second = at;
  }
  *out_part = *cursor;
  *out_len = (gsize)(at - *cursor);
  *cursor = second;
  return TRUE;
}

static gboolean add_parts(IndexText *text, gint64 id, const char *word, GError **error) {
  g_autofree char *marked = g_strconcat(word, END_MARK, NULL);
  const char *end = marked + strlen(marked);
  const char *part;
  gsize len;

  g_string_truncate(text->parts, 0);
  for (const char *cursor = marked; index_text_next_part(&cursor, end, &part, &len);) {
    g_string_append_len(text->parts, part, (gssize)len);
    g_string_append_c(text->parts, ' ');
  }
  sqlite3_bind_int64(text->statements[ADD_PARTS], 1, id);
  sqlite3_bind_text(text->statements[ADD_PARTS], 2, text->parts->str, (int)text->parts->len, SQLITE_STATIC);
  return sql_done(text->statements[ADD_PARTS], error);
}

/* The oldest, as many rows of them as it takes for `max`. The caller frees. NULL: an error. */
static GPtrArray *read_new_words(IndexText *text, guint max, gint64 *out_last_id, GError **error) {
  g_autoptr(GPtrArray) words = g_ptr_array_new_with_free_func(g_free);
  sqlite3_stmt *read = text->statements[READ_NEW_WORDS];
  int result = SQLITE_DONE;

  while (words->len < max && (result = sqlite3_step(read)) == SQLITE_ROW) {
    *out_last_id = sqlite3_column_int64(read, 0);
    const char *at = (const char *)sqlite3_column_text(read, 1);
    for (const char *blank; at && (blank = strchr(at, ' ')); at = blank + 1)
      g_ptr_array_add(words, g_strndup(at, (gsize)(blank - at)));
  }
  sqlite3_reset(read);
  if (result != SQLITE_ROW && result != SQLITE_DONE)
    return sql_failed(text->db, error), NULL;
  return g_steal_pointer(&words);
}

static gint compare_words(gconstpointer first, gconstpointer second) {
  return strcmp(*(const char *const *)first, *(const char *const *)second);
}

static gboolean index_word(IndexText *text, const char *word, GError **error) {
  sql_bind_text(text->statements[ADD_WORD], 1, word);
  if (!sql_done(text->statements[ADD_WORD], error))
    return FALSE;
  return sqlite3_changes(text->db) == 0 || add_parts(text, sqlite3_last_insert_rowid(text->db), word, error);
}

gboolean index_text_tend(IndexText *text, guint max_words, gboolean *out_done, GError **error) {
  gint64 last_id = 0;
  g_autoptr(GPtrArray) words = read_new_words(text, max_words, &last_id, error);

  if (!words)
    return FALSE;
  g_ptr_array_sort(words, compare_words); /* neighbours share pages */
  for (guint i = 0; i < words->len; i++)
    if (!index_word(text, g_ptr_array_index(words, i), error))
      return FALSE;
  sqlite3_bind_int64(text->statements[DROP_NEW_WORDS], 1, last_id);
  *out_done = words->len < max_words;
  return sql_done(text->statements[DROP_NEW_WORDS], error);
}

/* --- messages */

static void bind_texts(sqlite3_stmt *statement, gint64 seq, GString *const texts[SEARCHABLE_N]) {
  sqlite3_bind_int64(statement, 1, seq);
  for (int i = 0; i < SEARCHABLE_N; i++)
    sqlite3_bind_text(statement, i + 2, texts[i]->str, (int)texts[i]->len, SQLITE_STATIC);
}

/* Adds the words of a column to its text, a blank behind each. The same each time for the same folded text, for words
 * can be removed only as they were added. */
static void cut_words(IndexText *text, SearchableText column) {
  GString *out = text->words[column];
  const char *cursor = text->folded[column]->str;
  const char *end = cursor + text->folded[column]->len;
  const char *word;
  gsize len;

  g_string_truncate(out, 0);
  while (search_text_next(columns[column].words, &cursor, end, &word, &len)) {
    search_text_print_word(word, len, out);
    g_string_append_c(out, ' ');
    if (cursor < word + len)
      g_string_append(out, INDEX_TEXT_PIECE_MARK " ");
  }
}

static void add_new_words(IndexText *text, SearchableText column) {
  const char *at = text->words[column]->str;

  for (const char *blank; (blank = strchr(at, ' ')); at = blank + 1)
    if (!know_word(text, at, (gsize)(blank - at)))
      g_string_append_len(text->fresh, at, blank + 1 - at);
}

gboolean index_text_add(IndexText *text, gint64 seq, const MailSummary *summary, GError **error) {
  searchable_read(summary, text->folded);
  for (guint i = 0; i < SEARCHABLE_N; i++) {
    cut_words(text, i);
    add_new_words(text, i);
  }
  bind_texts(text->statements[ADD_TEXT], seq, text->folded);
  bind_texts(text->statements[ADD_WORDS], seq, text->words);
  return sql_done(text->statements[ADD_TEXT], error) && sql_done(text->statements[ADD_WORDS], error) &&
         (text->fresh->len < FRESH_BYTES || index_text_flush(text, error));
}

gboolean index_text_remove(IndexText *text, gint64 seq, GError **error) {
  sqlite3_stmt *read = text->statements[READ_TEXT];

  sqlite3_bind_int64(read, 1, seq);
  int result = sqlite3_step(read);
  for (int i = 0; result == SQLITE_ROW && i < SEARCHABLE_N; i++) {
    g_string_truncate(text->folded[i], 0);
    g_string_append_len(text->folded[i], (const char *)sqlite3_column_text(read, i), sqlite3_column_bytes(read, i));
    cut_words(text, i);
  }
  sqlite3_reset(read);
  if (result == SQLITE_DONE)
    return TRUE;
  if (result != SQLITE_ROW)
    return sql_failed(text->db, error);
  bind_texts(text->statements[REMOVE_WORDS], seq, text->words);
  sqlite3_bind_int64(text->statements[REMOVE_TEXT], 1, seq);
  return sql_done(text->statements[REMOVE_WORDS], error) && sql_done(text->statements[REMOVE_TEXT], error);
}

gboolean index_text_clear(IndexText *text, GError **error) {
  index_text_forget(text);
  return sql_run(text->db,
                 "INSERT INTO mail_words(mail_words) VALUES('delete-all');"
                 "INSERT INTO word_parts(word_parts) VALUES('delete-all');"
                 "DELETE FROM mail_text; DELETE FROM word; DELETE FROM word_new;",
                 error);
}
