#include "syntax/spamd_answer.h"
#include <math.h>
#include <string.h>

enum { NUMBER_BYTES_MAX = 20, SHOWN_BYTES_MAX = 200 };

G_DEFINE_QUARK(dsmtpd - spamd - answer - error - quark, spamd_answer_error)

static SpamdStatus set_wrong(GError **error, const char *text) {
  g_set_error(error, SPAMD_ANSWER_ERROR, SPAMD_ANSWER_ERROR_WRONG, "not an answer of spamd: %s", text);
  return SPAMD_WRONG;
}

static void rule_free(gpointer data) {
  SpamdRule *rule = data;

  g_free(rule->name);
  g_free(rule->description);
  g_free(rule);
}

void spamd_reader_clear(SpamdReader *reader) {
  if (reader->bytes)
    g_string_free(reader->bytes, TRUE);
  if (reader->answer)
    g_ptr_array_unref(reader->answer->rules);
  g_free(reader->answer);
  *reader = (SpamdReader){0};
}

/* --- numbers */

/* "-0.5" at *text, which is moved behind it. */
static gboolean take_score(const char **text, double *out_score) {
  gsize len = strspn(*text, "+-.0123456789");
  char *end;

  if (len == 0 || len > NUMBER_BYTES_MAX)
    return FALSE;
  *out_score = g_ascii_strtod(*text, &end);
  if (end != *text + len)
    return FALSE;
  *text = end;
  return isfinite(*out_score);
}

static void skip_blanks(const char **text) {
  *text += strspn(*text, " \t");
}

static gboolean take_char(const char **text, char wanted) {
  skip_blanks(text);
  if (**text != wanted)
    return FALSE;
  (*text)++;
  skip_blanks(text);
  return TRUE;
}

/* --- the head */

/* "SPAMD/1.1 0 EX_OK" */
static SpamdStatus read_status(const char *line, GError **error) {
  const char *at = line;
  char *end;

  if (!g_str_has_prefix(at, "SPAMD/"))
    return set_wrong(error, "it does not begin with SPAMD/");
  at += strlen("SPAMD/");
  at += strspn(at, "0123456789.");
  if (*at != ' ' || !g_ascii_isdigit(at[1]))
    return set_wrong(error, "its first line has no status");
  guint64 status = g_ascii_strtoull(at + 1, &end, 10);
  if (status == 0)
    return SPAMD_MORE;
  g_autofree char *cut = g_strndup(end, SHOWN_BYTES_MAX);
  g_autofree char *shown = g_strescape(g_strstrip(cut), NULL);
  g_set_error(error, SPAMD_ANSWER_ERROR, SPAMD_ANSWER_ERROR_REJECTED,
              "spamd did not check the message: %" G_GUINT64_FORMAT " %s", status, shown);
  return SPAMD_WRONG;
}

static SpamdStatus read_length(SpamdReader *reader, const char *value, GError **error) {
  guint64 len;

  if (reader->has_length)
    return set_wrong(error, "it has two lengths");
  if (!g_ascii_string_to_unsigned(value, 10, 0, G_MAXINT64, &len, NULL))
    return set_wrong(error, "its length is not a number");
  if (len > SPAMD_ANSWER_MAX - SPAMD_HEAD_MAX)
    return set_wrong(error, "it is too long");
  reader->has_length = TRUE;
  reader->body_len = (gsize)len;
  return SPAMD_MORE;
}

/* "True ; 1000.0 / 5.0" */
static SpamdStatus read_verdict(SpamdReader *reader, const char *value, GError **error) {
  static const struct {
    const char *word;
    gboolean is_spam;
  } words[] = {{"True", TRUE}, {"Yes", TRUE}, {"False", FALSE}, {"No", FALSE}};
  g_autofree SpamdAnswer *answer = g_new0(SpamdAnswer, 1);
  const char *at = value + strspn(value, "TRUEFALSYNtruefalsyno");
  gsize word_len = (gsize)(at - value);
  gboolean is_known = FALSE;

  for (gsize i = 0; i < G_N_ELEMENTS(words) && !is_known; i++) {
    is_known = strlen(words[i].word) == word_len && g_ascii_strncasecmp(words[i].word, value, word_len) == 0;
    answer->is_spam = words[i].is_spam;
  }
  if (reader->answer)
    return set_wrong(error, "it has two verdicts");
  if (!is_known || !take_char(&at, ';') || !take_score(&at, &answer->score) || !take_char(&at, '/') ||
      !take_score(&at, &answer->threshold) || *at != '\0')
    return set_wrong(error, "its verdict is not like \"True ; 7.5 / 5.0\"");
  reader->answer = g_steal_pointer(&answer);
  reader->answer->rules = g_ptr_array_new_with_free_func(rule_free);
  return SPAMD_MORE;
}

static SpamdStatus read_header(SpamdReader *reader, char *line, GError **error) {
  char *colon = strchr(line, ':');

  if (!colon)
    return set_wrong(error, "a header has no colon");
  *colon = '\0';
  char *value = g_strstrip(colon + 1);
  if (g_ascii_strcasecmp(line, "Content-length") == 0)
    return read_length(reader, value, error);
  if (g_ascii_strcasecmp(line, "Spam") == 0)
    return read_verdict(reader, value, error);
  return SPAMD_MORE;
}

/* --- the report */

/* "---- ---------------------- ----", above the rules. What is quoted of the message is indented. */
static gboolean is_ruler(const char *line) {
  return g_str_has_prefix(line, "---- -") && line[strspn(line, "- ")] == '\0';
}

/* " 1.2 MISSING_DATE           Missing Date: header" */
static SpamdRule *read_rule(const char *line) {
  const char *at = line;
  double score;

  skip_blanks(&at);
  if (!take_score(&at, &score) || *at != ' ')
    return NULL;
  skip_blanks(&at);
  const char *name = at;
  while (g_ascii_isalnum(*at) || *at == '_')
    at++;
  if (at == name || (*at != ' ' && *at != '\0'))
    return NULL;
  SpamdRule *rule = g_new0(SpamdRule, 1);
  rule->score = score;
  rule->name = g_strndup(name, (gsize)(at - name));
  skip_blanks(&at);
  rule->description = g_strdup(at);
  return rule;
}

/* A long description goes on below itself. */
static gboolean lengthen(SpamdRule *rule, const char *line) {
  const char *text = line;

  skip_blanks(&text);
  if (!rule || text - line < 8 || *text == '\0')
    return FALSE;
  char *whole = g_strconcat(rule->description, *rule->description != '\0' ? " " : "", text, NULL);
  g_free(rule->description);
  rule->description = whole;
  return TRUE;
}

static void cut_description(SpamdRule *rule) {
  if (strlen(rule->description) <= SPAMD_DESCRIPTION_MAX)
    return;
  char *end = g_utf8_find_prev_char(rule->description, rule->description + SPAMD_DESCRIPTION_MAX + 1);
  *end = '\0';
}

static gint compare_rules(gconstpointer a, gconstpointer b) {
  const SpamdRule *first = *(const SpamdRule *const *)a;
  const SpamdRule *second = *(const SpamdRule *const *)b;

  if (first->score != second->score)
    return first->score > second->score ? -1 : 1;
  return strcmp(first->name, second->name);
}

/* Controls would steer a terminal. */
static void tame(char *line) {
  for (; *line != '\0'; line++)
    if (g_ascii_iscntrl(*line))
      *line = ' ';
}

static void read_rules(SpamdReader *reader) {
  const char *body = reader->bytes->str + reader->body_start;
  gsize len = reader->has_length ? reader->body_len : reader->bytes->len - reader->body_start;
  g_autofree char *text = g_utf8_make_valid(body, (gssize)len);
  g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
  GPtrArray *rules = reader->answer->rules;
  char **first = NULL;

  for (char **line = lines; *line; line++) {
    g_strchomp(*line);
    tame(*line);
    if (is_ruler(*line))
      first = line + 1;
  }
  for (char **line = first; line && *line && rules->len <= SPAMD_RULES_MAX; line++) {
    SpamdRule *rule = read_rule(*line);
    if (rule)
      g_ptr_array_add(rules, rule);
    else if (!lengthen(rules->len > 0 ? g_ptr_array_index(rules, rules->len - 1) : NULL, *line))
      break;
  }
  if (rules->len > SPAMD_RULES_MAX)
    g_ptr_array_set_size(rules, SPAMD_RULES_MAX);
  for (guint i = 0; i < rules->len; i++)
    cut_description(g_ptr_array_index(rules, i));
  g_ptr_array_sort(rules, compare_rules);
}

/* --- as it comes */

static SpamdStatus read_line(SpamdReader *reader, gsize len, GError **error) {
  g_autofree char *line = g_strndup(reader->bytes->str + reader->line_start, len);
  gboolean is_first = reader->line_start == 0;

  if (strlen(line) < len)
    return set_wrong(error, "there is a NUL in its head");
  reader->line_start += len + strlen("\r\n");
  if (is_first)
    return read_status(line, error);
  if (len > 0)
    return read_header(reader, line, error);
  reader->body_start = reader->line_start;
  return reader->answer ? SPAMD_MORE : set_wrong(error, "it has no verdict");
}

static SpamdStatus read_head(SpamdReader *reader, GError **error) {
  SpamdStatus status = SPAMD_MORE;

  while (status == SPAMD_MORE && reader->body_start == 0) {
    const char *line = reader->bytes->str + reader->line_start;
    const char *end = memmem(line, reader->bytes->len - reader->line_start, "\r\n", 2);
    gsize head_len = end ? (gsize)(end - reader->bytes->str) + strlen("\r\n") : reader->bytes->len;
    if (head_len > SPAMD_HEAD_MAX)
      return set_wrong(error, "its head is too long");
    if (!end)
      return SPAMD_MORE;
    status = read_line(reader, (gsize)(end - line), error);
  }
  return status;
}

static SpamdStatus finish(SpamdReader *reader) {
  read_rules(reader);
  return SPAMD_WHOLE;
}

SpamdStatus spamd_reader_take(SpamdReader *reader, const char *bytes, gsize len, GError **error) {
  if (!reader->bytes)
    reader->bytes = g_string_new(NULL);
  g_string_append_len(reader->bytes, bytes, (gssize)MIN(len, SPAMD_ANSWER_MAX + 1 - reader->bytes->len));
  SpamdStatus status = read_head(reader, error);
  if (status != SPAMD_MORE || reader->body_start == 0)
    return status;
  if (reader->has_length && reader->bytes->len - reader->body_start >= reader->body_len)
    return finish(reader);
  return reader->bytes->len <= SPAMD_ANSWER_MAX ? SPAMD_MORE : set_wrong(error, "it is too long");
}

SpamdStatus spamd_reader_end(SpamdReader *reader, GError **error) {
  if (reader->body_start > 0 && !reader->has_length)
    return finish(reader);
  g_set_error_literal(error, SPAMD_ANSWER_ERROR, SPAMD_ANSWER_ERROR_CUT,
                      "spamd closed the connection before its answer was complete");
  return SPAMD_WRONG;
}
