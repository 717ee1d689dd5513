#include "syntax/search_query.h"

#include "base/suggest.h"
#include "syntax/search_date.h"
#include "syntax/search_text.h"
#include <math.h>
#include <string.h>

struct SearchQuery {
  gint n_refs; /* atomic */
  GArray *terms;
};

G_DEFINE_QUARK(dsmtpd - search - query - error, search_query_error)

/* One term as it stands in the text. */
typedef struct Word {
  const char *start; /* with sign and field */
  const char *value;
  gsize value_len;
  gsize field_len; /* 0: no field */
  const char *field;
  gboolean negated;
  gboolean quoted;
  gboolean closed; /* the quote has its end */
} Word;

typedef struct Parser {
  const char *text;
  const char *at;
  const char *end;
  const SearchQueryOptions *options;
  GArray *terms;
} Parser;

typedef struct FieldRow FieldRow;
struct FieldRow {
  const char *name;
  SearchField field;
  /* Fills the term. FALSE: the value is none for this field. */
  gboolean (*read)(const Parser *parser, const Word *word, SearchTerm *term);
  const char *allowed;    /* what may stand behind the colon, in words */
  gboolean drops_invalid; /* when not strict, a wrong value is left out instead of looked for as text */
};

/* --- values */

static gboolean read_text(const Parser *parser, const Word *word, SearchTerm *term) {
  g_autoptr(GString) folded = g_string_new(NULL);

  search_text_fold(word->value, word->value_len, SEARCH_QUERY_BYTES_MAX, folded);
  if (folded->len == 0)
    return FALSE;
  term->text = g_string_free(g_steal_pointer(&folded), FALSE);
  return TRUE;
}

/* Message ids are written with and without their brackets. */
static gboolean read_message_id(const Parser *parser, const Word *word, SearchTerm *term) {
  Word inner = *word;

  if (inner.value_len > 2 && inner.value[0] == '<' && inner.value[inner.value_len - 1] == '>') {
    inner.value++;
    inner.value_len -= 2;
  }
  return read_text(parser, &inner, term);
}

static gboolean read_id(const Parser *parser, const Word *word, SearchTerm *term) {
  if (word->value_len == 0 || !g_utf8_validate_len(word->value, word->value_len, NULL))
    return FALSE;
  term->text = g_strndup(word->value, word->value_len);
  return TRUE;
}

static gboolean read_header(const Parser *parser, const Word *word, SearchTerm *term) {
  if (!read_text(parser, word, term))
    return FALSE;
  if (*term->text == '=') /* no name */
    g_clear_pointer(&term->text, g_free);
  return term->text != NULL;
}

static gboolean read_time(const Parser *parser, const Word *word, SearchTerm *term) {
  g_autofree char *text = g_strndup(word->value, word->value_len);

  return search_date_parse(text, parser->options->time_zone, &term->time_us);
}

/* "1000", "1.5MB", "20 k" */
static gboolean read_size(const Parser *parser, const Word *word, SearchTerm *term) {
  static const struct {
    const char *unit;
    double bytes;
  } units[] = {{"", 1}, {"b", 1}, {"k", 1024}, {"kb", 1024}, {"m", 1024 * 1024}, {"mb", 1024 * 1024}};
  g_autofree char *text = g_strndup(word->value, word->value_len);
  gsize n_digits = strspn(text, "0123456789.");
  g_autofree char *unit = g_ascii_strdown(text + n_digits, -1);
  char *number_end = NULL;

  text[n_digits] = '\0';
  double number = g_ascii_strtod(text, &number_end);
  if (n_digits == 0 || *number_end != '\0' || !g_ascii_isdigit(*text))
    return FALSE;
  g_strstrip(unit);
  for (gsize i = 0; i < G_N_ELEMENTS(units); i++) {
    if (strcmp(unit, units[i].unit) == 0) {
      double bytes = floor(number * units[i].bytes);
      term->size_bytes = bytes < 1e18 ? (guint64)bytes : (guint64)1e18;
      return TRUE;
    }
  }
  return FALSE;
}

typedef struct StateRow {
  const char *name;
  SearchField field;
  gboolean negated;
} StateRow;

static gboolean read_state(const StateRow *rows, const Word *word, SearchTerm *term) {
  for (; rows->name; rows++) {
    if (strlen(rows->name) == word->value_len && g_ascii_strncasecmp(rows->name, word->value, word->value_len) == 0) {
      term->field = rows->field;
      term->negated = term->negated != rows->negated;
      return TRUE;
    }
  }
  return FALSE;
}

static gboolean read_is(const Parser *parser, const Word *word, SearchTerm *term) {
  static const StateRow rows[] = {{"read", SEARCH_READ, FALSE},       {"unread", SEARCH_READ, TRUE},
                                  {"tagged", SEARCH_TAGGED, FALSE},   {"untagged", SEARCH_TAGGED, TRUE},
                                  {"flagged", SEARCH_FLAGGED, FALSE}, {"unflagged", SEARCH_FLAGGED, TRUE},
                                  {"newest", SEARCH_NEWEST, FALSE},   {NULL, 0, FALSE}};

  return read_state(rows, word, term);
}

static gboolean read_has(const Parser *parser, const Word *word, SearchTerm *term) {
  static const StateRow rows[] = {{"attachment", SEARCH_ATTACHMENT, FALSE},
                                  {"attachments", SEARCH_ATTACHMENT, FALSE},
                                  {"inline", SEARCH_INLINE, FALSE},
                                  {"inlines", SEARCH_INLINE, FALSE},
                                  {NULL, 0, FALSE}};

  return read_state(rows, word, term);
}

#define SOME_TEXT "a text, in quotes when it has spaces"
#define SOME_DATE "a date: 2026-01-31, 2026/01/31 or \"2026-01-31 13:45\""
#define SOME_SIZE "a size: 5000, 20k or 1.5M"

static const FieldRow fields[] = {
    {"from", SEARCH_FROM, read_text, SOME_TEXT, FALSE},
    {"to", SEARCH_TO, read_text, SOME_TEXT, FALSE},
    {"cc", SEARCH_CC, read_text, SOME_TEXT, FALSE},
    {"bcc", SEARCH_BCC, read_text, SOME_TEXT, FALSE},
    {"reply-to", SEARCH_REPLY_TO, read_text, SOME_TEXT, FALSE},
    {"addressed", SEARCH_ADDRESSED, read_text, SOME_TEXT, FALSE},
    {"rcpt", SEARCH_RCPT, read_text, SOME_TEXT, FALSE},
    {"subject", SEARCH_SUBJECT, read_text, SOME_TEXT, FALSE},
    {"message-id", SEARCH_MESSAGE_ID, read_message_id, "a message id", FALSE},
    {"body", SEARCH_BODY, read_text, SOME_TEXT, FALSE},
    {"header", SEARCH_HEADER, read_header, "a header's name, or Name=value", FALSE},
    {"tag", SEARCH_TAG, read_text, "a tag's whole name, in quotes when it has spaces", FALSE},
    {"thread", SEARCH_THREAD, read_id, "a message's ID", FALSE},
    {"before", SEARCH_BEFORE, read_time, SOME_DATE, TRUE},
    {"after", SEARCH_AFTER, read_time, SOME_DATE, TRUE},
    {"larger", SEARCH_LARGER, read_size, SOME_SIZE, FALSE},
    {"smaller", SEARCH_SMALLER, read_size, SOME_SIZE, FALSE},
    {"is", SEARCH_READ, read_is, "read, unread, tagged, untagged, flagged, unflagged or newest", FALSE},
    {"has", SEARCH_ATTACHMENT, read_has, "attachment or inline", FALSE},
};

/* --- words */

static gboolean is_blank(char byte) {
  return (guchar)byte <= ' ';
}

static gboolean is_field_byte(char byte) {
  return g_ascii_isalpha(byte) || byte == '-';
}

/* Takes the next word off the text. FALSE at its end. */
static gboolean next_word(Parser *parser, Word *word) {
  while (parser->at < parser->end && is_blank(*parser->at))
    parser->at++;
  if (parser->at == parser->end)
    return FALSE;
  const char *at = parser->at;
  *word = (Word){.start = at};
  if ((*at == '-' || *at == '!') && at + 1 < parser->end && !is_blank(at[1])) {
    word->negated = TRUE;
    at++;
  }
  word->field = at;
  while (at < parser->end && is_field_byte(*at))
    at++;
  if (at > word->field && at < parser->end && *at == ':') {
    word->field_len = (gsize)(at - word->field);
    at++;
  } else {
    at = word->field;
  }
  word->value = at;
  if (at < parser->end && *at == '"') {
    word->quoted = TRUE;
    word->value = ++at;
    while (at < parser->end && *at != '"')
      at++;
    word->value_len = (gsize)(at - word->value);
    word->closed = at < parser->end;
    parser->at = word->closed ? at + 1 : at;
    return TRUE;
  }
  while (at < parser->end && !is_blank(*at))
    at++;
  word->value_len = (gsize)(at - word->value);
  parser->at = at;
  return TRUE;
}

static const FieldRow *find_field(const Word *word) {
  for (gsize i = 0; i < G_N_ELEMENTS(fields); i++)
    if (strlen(fields[i].name) == word->field_len &&
        g_ascii_strncasecmp(fields[i].name, word->field, word->field_len) == 0)
      return &fields[i];
  return NULL;
}

/* --- what strict queries are told */

static guint column_of(const Parser *parser, const char *at) {
  g_autofree char *before = g_utf8_make_valid(parser->text, at - parser->text);

  return (guint)g_utf8_strlen(before, -1) + 1;
}

/* The "//host" of a link follows no field. */
static gboolean looks_like_field(const Word *word) {
  return word->field_len > 0 && !(word->value_len >= 2 && memcmp(word->value, "//", 2) == 0);
}

static gboolean reject_field(const Parser *parser, const Word *word, GError **error) {
  g_autofree char *name = g_ascii_strdown(word->field, (gssize)word->field_len);
  g_autoptr(GString) names = g_string_new(NULL);
  Suggestion suggestion = {.word = name};

  for (gsize i = 0; i < G_N_ELEMENTS(fields); i++) {
    g_string_append_printf(names, " %s:", fields[i].name);
    suggestion_offer(&suggestion, fields[i].name);
  }
  g_autofree char *advice =
      suggestion.nearest ? g_strdup_printf("did you mean %s:? ", suggestion.nearest) : g_strdup("");
  g_set_error(error, SEARCH_QUERY_ERROR, SEARCH_QUERY_ERROR_SYNTAX,
              "at %u: there is no field \"%.*s:\"; %sFields are%s; put the text in quotes to search for it",
              column_of(parser, word->field), (int)word->field_len, word->field, advice, names->str);
  return FALSE;
}

static gboolean check_strict(const Parser *parser, const Word *word, const FieldRow *row, gboolean valid,
                             GError **error) {
  if (word->quoted && !word->closed) {
    g_set_error(error, SEARCH_QUERY_ERROR, SEARCH_QUERY_ERROR_SYNTAX, "at %u: the quote is not closed",
                column_of(parser, word->value - 1));
  } else if (!row && looks_like_field(word)) {
    return reject_field(parser, word, error);
  } else if (row && !valid) {
    g_set_error(error, SEARCH_QUERY_ERROR, SEARCH_QUERY_ERROR_SYNTAX, "at %u: %s: needs %s",
                column_of(parser, word->value), row->name, row->allowed);
  } else if (!row && !valid) {
    g_set_error(error, SEARCH_QUERY_ERROR, SEARCH_QUERY_ERROR_SYNTAX, "at %u: there is nothing to look for",
                column_of(parser, word->start));
  } else {
    return TRUE;
  }
  return FALSE;
}

/* --- the whole */

/* The word as a text to be found, with what was no field. */
static gboolean read_plain(const Parser *parser, const Word *word, SearchTerm *term) {
  Word whole = *word;

  if (word->field_len > 0) {
    whole.value = word->field;
    whole.value_len = (gsize)(word->value + word->value_len - word->field);
  }
  term->field = SEARCH_ANY;
  return read_text(parser, &whole, term);
}

static gboolean take_word(Parser *parser, const Word *word, GError **error) {
  const FieldRow *row = word->field_len > 0 ? find_field(word) : NULL;
  SearchTerm term = {.field = row ? row->field : SEARCH_ANY, .negated = word->negated};
  gboolean valid = row ? row->read(parser, word, &term) : read_plain(parser, word, &term);

  if (parser->options->strict && !check_strict(parser, word, row, valid, error)) {
    g_free(term.text);
    return FALSE;
  }
  if (!valid && row && !row->drops_invalid)
    valid = word->value_len > 0 && read_plain(parser, word, &term);
  if (valid)
    g_array_append_val(parser->terms, term);
  return TRUE;
}

static void term_clear(gpointer data) {
  SearchTerm *term = data;

  g_free(term->text);
}

SearchQuery *search_query_parse(const char *text, const SearchQueryOptions *options, GError **error) {
  gsize len = strlen(text);
  g_autoptr(GArray) terms = g_array_new(FALSE, FALSE, sizeof(SearchTerm));
  Parser parser = {.text = text, .at = text, .end = text + len, .options = options, .terms = terms};
  Word word;

  g_array_set_clear_func(terms, term_clear);
  if (len > SEARCH_QUERY_BYTES_MAX) {
    g_set_error(error, SEARCH_QUERY_ERROR, SEARCH_QUERY_ERROR_LIMIT,
                "the query has %" G_GSIZE_FORMAT " bytes; the limit is %d", len, SEARCH_QUERY_BYTES_MAX);
    return NULL;
  }
  while (next_word(&parser, &word)) {
    if (!take_word(&parser, &word, error))
      return NULL;
    if (terms->len > SEARCH_QUERY_TERMS_MAX) {
      g_set_error(error, SEARCH_QUERY_ERROR, SEARCH_QUERY_ERROR_LIMIT, "at %u: the query has more than %d terms",
                  column_of(&parser, word.start), SEARCH_QUERY_TERMS_MAX);
      return NULL;
    }
  }
  SearchQuery *query = g_new0(SearchQuery, 1);
  query->n_refs = 1;
  query->terms = g_steal_pointer(&terms);
  return query;
}

SearchQuery *search_query_ref(SearchQuery *query) {
  if (query)
    g_atomic_int_inc(&query->n_refs);
  return query;
}

void search_query_free(SearchQuery *query) {
  if (!query || !g_atomic_int_dec_and_test(&query->n_refs))
    return;
  g_array_unref(query->terms);
  g_free(query);
}

const SearchTerm *search_query_terms(const SearchQuery *query, guint *out_n_terms) {
  *out_n_terms = query->terms->len;
  return (const SearchTerm *)query->terms->data;
}
