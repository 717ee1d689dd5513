#include "index/index_search.h"

#include "index/index_text.h"
#include "index/index_vocabulary.h"
#include "index/sql.h"
#include <string.h>

/* What is whole in some piece of any word (syntax/search_text.h), less what pieces give way for whole characters. */
enum { WHOLE_BYTES_MAX = SEARCH_PIECE_BYTES_MAX - SEARCH_PIECE_STEP_BYTES - 8 };

struct IndexSearch {
  GString *match;        /* FTS5: what all terms ask of the words; empty: nothing */
  GPtrArray *conditions; /* char *: SQL over mail and mail_text */
  GPtrArray *values;     /* char *: ?1 to ?n; the first is for `match`, whatever that becomes */
  gboolean needs_texts;  /* mail_text is to be joined */
  guint words_left;      /* of INDEX_SEARCH_WORDS_MAX */
};

#define BIT(column) (1U << (column))

/* --- a text as an expression over the words there are */

/* A text cut into words as the index has them. In the text searched, the first may have something before it and the
 * last something behind. */
typedef struct Phrase {
  GPtrArray *words;   /* char *, never empty */
  gboolean is_prefix; /* the last word begins with the last one here */
  gboolean partly;    /* they don't say all of the text */
} Phrase;

static void phrase_clear(Phrase *phrase) {
  g_clear_pointer(&phrase->words, g_ptr_array_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Phrase, phrase_clear)

static char *print_word(const char *word, gsize len) {
  GString *out = g_string_new(NULL);

  search_text_print_word(word, len, out);
  return g_string_free(out, FALSE);
}

static void phrase_init(Phrase *phrase, SearchWords words, const char *text) {
  const char *end = text + strlen(text);
  const char *word;
  gsize len;

  *phrase = (Phrase){.words = g_ptr_array_new_with_free_func(g_free)};
  for (const char *cursor = text; search_text_next(words, &cursor, end, &word, &len) && !phrase->partly;) {
    /* How a long word is cut depends on where it begins; a part that is whole in some piece has to do. */
    phrase->partly = len > WHOLE_BYTES_MAX;
    if (phrase->partly) {
      for (len = WHOLE_BYTES_MAX; ((guchar)word[len] & 0xc0) == 0x80; len--)
        ;
      g_ptr_array_set_size(phrase->words, 0);
    }
    g_ptr_array_add(phrase->words, print_word(word, len));
  }
  phrase->is_prefix = phrase->words->len > 1;
}

/* "first second thi" * : the first word given, the others as in the phrase. */
static void append_phrase(GString *out, const Phrase *phrase, const char *first) {
  g_autoptr(GString) all = g_string_new(first);

  for (guint i = 1; i < phrase->words->len; i++)
    g_string_append_printf(all, " %s", (const char *)g_ptr_array_index(phrase->words, i));
  g_string_append(out, out->len > 0 ? " OR " : "");
  sql_append_quoted(out, all->str, all->len);
  g_string_append(out, phrase->is_prefix ? " *" : "");
}

typedef struct Expression {
  GString *match;    /* FTS5: finds all that is meant, and maybe more */
  gboolean verify;   /* more: read the text itself */
  gboolean wordless; /* the words don't help: read all texts */
} Expression;

static void expression_clear(Expression *expression) {
  if (expression->match)
    g_string_free(expression->match, TRUE);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Expression, expression_clear)

/* TRUE: the index has such signs in words of texts that have none. */
static gboolean has_mark(const char *text) {
  return strstr(text, SEARCH_BLANK_MARK) || strstr(text, INDEX_TEXT_PIECE_MARK);
}

/* Adds the text in those of the columns whose words end in this way. */
static gboolean express_in(sqlite3 *db, IndexSearch *search, Expression *expression, SearchWords words, guint columns,
                           const char *text, GError **error) {
  g_autoptr(GPtrArray) firsts = NULL;
  g_autoptr(GString) alternatives = g_string_new(NULL);
  g_autoptr(GString) filter = g_string_new(NULL);

  for (guint i = 0; i < SEARCHABLE_N; i++)
    if ((columns & BIT(i)) != 0 && index_text_words(i) == words)
      g_string_append_printf(filter, "%s ", index_text_column(i));
  if (filter->len == 0)
    return TRUE;
  g_auto(Phrase) phrase = {0};
  phrase_init(&phrase, words, text);
  expression->verify |= phrase.partly || has_mark(text);
  const char *first = g_ptr_array_index(phrase.words, 0);
  firsts = index_vocabulary_find(db, phrase.words->len == 1 ? INDEX_VOCABULARY_CONTAIN : INDEX_VOCABULARY_END_WITH,
                                 first, search->words_left, error);
  if (!firsts)
    return FALSE;
  gboolean too_many = firsts->len > search->words_left;
  search->words_left -= MIN(firsts->len, search->words_left);
  expression->verify |= too_many;
  if (too_many && phrase.words->len == 1) {
    expression->wordless = TRUE;
  } else if (too_many) { /* the words after the first have to do */
    g_ptr_array_remove_index(phrase.words, 0);
    append_phrase(alternatives, &phrase, g_ptr_array_index(phrase.words, 0));
  } else {
    for (guint i = 0; i < firsts->len; i++)
      append_phrase(alternatives, &phrase, g_ptr_array_index(firsts, i));
  }
  if (alternatives->len > 0)
    g_string_append_printf(expression->match, "%s({%s} : (%s))", expression->match->len > 0 ? " OR " : "", filter->str,
                           alternatives->str);
  return TRUE;
}

/* FTS5 has no expression that finds nothing; no word has a blank in it. */
#define NOTHING "\"nothing\" NOT \"nothing\""

static gboolean express(sqlite3 *db, IndexSearch *search, Expression *expression, guint columns, const char *text,
                        GError **error) {
  expression->match = g_string_new(NULL);
  for (SearchWords words = SEARCH_WORDS_BLANK; words <= SEARCH_WORDS_PUNCTUATION && !expression->wordless; words++)
    if (!express_in(db, search, expression, words, columns, text, error))
      return FALSE;
  if (expression->match->len == 0)
    g_string_append(expression->match, NOTHING);
  return TRUE;
}

/* --- terms */

static guint add_value(IndexSearch *search, const char *value) {
  g_ptr_array_add(search->values, g_strdup(value));
  return search->values->len;
}

/* SQL: the text stands in one of the columns of mail_text. The caller frees. */
static char *print_test(IndexSearch *search, const SearchTerm *term) {
  g_autoptr(GString) test = g_string_new(NULL);
  guint value = add_value(search, term->text);

  if (term->field == SEARCH_HEADER)
    return g_strdup_printf("has_header(mail_text.headers, ?%u)", value);
  for (guint i = 0; i < SEARCHABLE_N; i++)
    if ((searchable_texts_of(term->field) & BIT(i)) != 0)
      g_string_append_printf(test, "%sinstr(mail_text.%s, ?%u)", test->len > 0 ? " OR " : "", index_text_column(i),
                             value);
  return g_strdup_printf("(%s)", test->str);
}

/* What the words are looked for by; of a header its value, or else its name. The caller frees. */
static char *text_to_express(const SearchTerm *term) {
  const char *equals = term->field == SEARCH_HEADER ? strchr(term->text, '=') : NULL;

  if (!equals)
    return g_strdup(term->text);
  char *value = g_strstrip(g_strdup(equals + 1));
  if (*value != '\0')
    return value;
  g_free(value);
  return g_strchomp(g_strndup(term->text, (gsize)(equals - term->text)));
}

static void add_negated_text(IndexSearch *search, const SearchTerm *term, const Expression *expression) {
  g_autofree char *test = expression->verify || expression->wordless ? print_test(search, term) : NULL;
  char *condition;

  if (expression->wordless) {
    condition = g_strdup_printf("NOT %s", test);
    search->needs_texts = TRUE;
  } else if (expression->verify) {
    condition = g_strdup_printf("mail.seq NOT IN (SELECT mail_words.rowid FROM mail_words CROSS JOIN mail_text"
                                " ON mail_text.seq = mail_words.rowid WHERE mail_words MATCH ?%u AND %s)",
                                add_value(search, expression->match->str), test);
  } else {
    condition = g_strdup_printf("mail.seq NOT IN (SELECT rowid FROM mail_words WHERE mail_words MATCH ?%u)",
                                add_value(search, expression->match->str));
  }
  g_ptr_array_add(search->conditions, condition);
}

static void add_text(IndexSearch *search, const SearchTerm *term, const Expression *expression) {
  if (!expression->wordless)
    g_string_append_printf(search->match, "%s(%s)", search->match->len > 0 ? " AND " : "", expression->match->str);
  if (expression->verify || expression->wordless) {
    g_ptr_array_add(search->conditions, print_test(search, term));
    search->needs_texts = TRUE;
  }
}

static gboolean take_text(sqlite3 *db, IndexSearch *search, const SearchTerm *term, GError **error) {
  g_autofree char *text = text_to_express(term);
  g_auto(Expression) expression = {.verify = term->field == SEARCH_HEADER};

  if (!express(db, search, &expression, searchable_texts_of(term->field), text, error))
    return FALSE;
  (term->negated ? add_negated_text : add_text)(search, term, &expression);
  return TRUE;
}

typedef enum { VALUE_NONE, VALUE_TEXT, VALUE_TIME, VALUE_SIZE } ValueKind;

/* The fields that are columns of `mail` or stand beside it: SQL before and behind the value. */
static const struct {
  const char *before;
  ValueKind kind;
  const char *behind;
} facts[] = {
    [SEARCH_TAG] =
        {"mail.seq IN (SELECT mail_tag.seq FROM mail_tag JOIN tag ON tag.id = mail_tag.tag WHERE tag.name = ",
         VALUE_TEXT, " COLLATE NOCASE)"},
    [SEARCH_THREAD] = {"mail.thread_id IN (SELECT it.thread_id FROM mail AS it WHERE it.id = ", VALUE_TEXT, ")"},
    [SEARCH_BEFORE] = {"mail.received_us < ", VALUE_TIME, ""},
    [SEARCH_AFTER] = {"mail.received_us >= ", VALUE_TIME, ""},
    [SEARCH_LARGER] = {"mail.size > ", VALUE_SIZE, ""},
    [SEARCH_SMALLER] = {"mail.size < ", VALUE_SIZE, ""},
    [SEARCH_READ] = {"mail.is_read = 1", VALUE_NONE, ""},
    [SEARCH_TAGGED] = {"mail.seq IN (SELECT seq FROM mail_tag)", VALUE_NONE, ""},
    [SEARCH_FLAGGED] = {"mail.is_flagged = 1", VALUE_NONE, ""},
    [SEARCH_NEWEST] = {"NOT EXISTS (SELECT 1 FROM mail AS later WHERE later.thread_id = mail.thread_id"
                       " AND later.seq > mail.seq)",
                       VALUE_NONE, ""},
    [SEARCH_ATTACHMENT] = {"mail.n_attachments > 0", VALUE_NONE, ""},
    [SEARCH_INLINE] = {"mail.n_inline > 0", VALUE_NONE, ""},
};

static void take_fact(IndexSearch *search, const SearchTerm *term) {
  GString *condition = g_string_new(term->negated ? "NOT (" : "(");

  g_string_append(condition, facts[term->field].before);
  if (facts[term->field].kind == VALUE_TEXT)
    g_string_append_printf(condition, "?%u", add_value(search, term->text));
  else if (facts[term->field].kind == VALUE_TIME)
    g_string_append_printf(condition, "%" G_GINT64_FORMAT, term->time_us);
  else if (facts[term->field].kind == VALUE_SIZE)
    g_string_append_printf(condition, "%" G_GUINT64_FORMAT, term->size_bytes);
  g_string_append_printf(condition, "%s)", facts[term->field].behind);
  g_ptr_array_add(search->conditions, g_string_free(condition, FALSE));
}

static gboolean take_terms(sqlite3 *db, IndexSearch *search, const SearchQuery *query, GError **error) {
  guint n_terms = 0;
  const SearchTerm *terms = search_query_terms(query, &n_terms);

  for (guint i = 0; i < n_terms; i++) {
    if (searchable_texts_of(terms[i].field) == 0)
      take_fact(search, &terms[i]);
    else if (!take_text(db, search, &terms[i], error))
      return FALSE;
  }
  return TRUE;
}

IndexSearch *index_search_compile(sqlite3 *db, const SearchQuery *query, GError **error) {
  g_autoptr(IndexSearch) search = g_new0(IndexSearch, 1);

  search->match = g_string_new(NULL);
  search->conditions = g_ptr_array_new_with_free_func(g_free);
  search->values = g_ptr_array_new_with_free_func(g_free);
  search->words_left = INDEX_SEARCH_WORDS_MAX;
  g_ptr_array_add(search->values, NULL);
  if (query && !take_terms(db, search, query, error))
    return NULL;
  return g_steal_pointer(&search);
}

void index_search_free(IndexSearch *search) {
  if (!search)
    return;
  g_string_free(search->match, TRUE);
  g_ptr_array_unref(search->conditions);
  g_ptr_array_unref(search->values);
  g_free(search);
}

/* --- the SQL of the whole */

/* " FROM ... WHERE ...". With words, they lead: the index gives their messages in the order of seq. */
static void print_source(const IndexSearch *search, gboolean needs_mail, const char *condition, GString *sql) {
  gboolean by_words = search->match->len > 0;
  const char *seq = by_words ? "mail_words.rowid" : "mail.seq";

  g_string_append(sql, by_words ? " FROM mail_words" : " FROM mail");
  if (by_words && needs_mail)
    g_string_append(sql, " CROSS JOIN mail ON mail.seq = mail_words.rowid");
  if (search->needs_texts)
    g_string_append_printf(sql, " CROSS JOIN mail_text ON mail_text.seq = %s", seq);
  g_string_append(sql, by_words ? " WHERE mail_words MATCH ?1" : " WHERE 1");
  for (guint i = 0; i < search->conditions->len; i++)
    g_string_append_printf(sql, " AND %s", (const char *)g_ptr_array_index(search->conditions, i));
  if (condition)
    g_string_append_printf(sql, " AND (%s)", condition);
}

char *index_search_count_sql(const IndexSearch *search, const char *condition) {
  GString *sql = g_string_new("SELECT count(*)");

  print_source(search, search->conditions->len > 0 || condition != NULL, condition, sql);
  return g_string_free(sql, FALSE);
}

char *index_search_list_sql(const IndexSearch *search, const char *columns, const char *condition, gboolean descending,
                            guint64 offset, guint64 limit) {
  GString *sql = g_string_new("SELECT ");

  g_string_append(sql, columns);
  print_source(search, TRUE, condition, sql);
  g_string_append_printf(sql, " ORDER BY %s %s LIMIT %" G_GUINT64_FORMAT " OFFSET %" G_GUINT64_FORMAT,
                         search->match->len > 0 ? "mail_words.rowid" : "mail.seq", descending ? "DESC" : "ASC",
                         MIN(limit, G_MAXINT64), MIN(offset, G_MAXINT64));
  return g_string_free(sql, FALSE);
}

void index_search_bind(const IndexSearch *search, sqlite3_stmt *statement) {
  if (search->match->len > 0)
    sqlite3_bind_text(statement, 1, search->match->str, (int)search->match->len, SQLITE_STATIC);
  for (guint i = 1; i < search->values->len; i++)
    sql_bind_text(statement, (int)i + 1, g_ptr_array_index(search->values, i));
}

/* --- has_header(headers, "name=value") */

static void has_header(sqlite3_context *context, int n_values, sqlite3_value **values) {
  const char *headers = (const char *)sqlite3_value_text(values[0]);
  const char *wanted = (const char *)sqlite3_value_text(values[1]);

  sqlite3_result_int(context, headers && wanted && searchable_has_header(headers, wanted));
}

gboolean index_search_prepare(sqlite3 *db, GError **error) {
  return sqlite3_create_function(db, "has_header", 2, SQLITE_UTF8 | SQLITE_DETERMINISTIC, NULL, has_header, NULL,
                                 NULL) == SQLITE_OK ||
         sql_failed(db, error);
}
