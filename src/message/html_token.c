#include "message/html_token.h"
#include "message/html_entity.h"
#include <string.h>

/* Elements whose content is not text to be read. */
static const char *const hidden_elements[] = {"script", "style", "title", "template"};

void html_reader_init(HtmlReader *reader, const char *html, gsize len) {
  *reader = (HtmlReader){.at = html, .end = html + len};
}

static gboolean is_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

/* After the comment that begins at `at`, which is "<!--"; NULL: nothing ends it. */
static const char *skip_comment(const char *at, const char *end) {
  if (end - at >= 5 && at[4] == '>')
    return at + 5;
  const char *close = g_strstr_len(at + 4, end - at - 4, "-->");
  return close ? close + 3 : NULL;
}

/* After the next '>' outside quotes; NULL: there is none. */
static const char *skip_tag(const char *at, const char *end) {
  for (; at < end; at++) {
    if (*at == '>')
      return at + 1;
    /* Quotes count where a value begins, else an apostrophe among the attributes would hide the rest. */
    if (*at == '=') {
      do
        at++;
      while (at < end && is_space(*at));
      if (at < end && (*at == '"' || *at == '\'')) {
        const char *quote = memchr(at + 1, *at, (gsize)(end - at - 1));
        if (!quote)
          return NULL;
        at = quote;
      } else {
        at--;
      }
    }
  }
  return NULL;
}

/* The end tag of a hidden element, from `at` on; NULL: there is none. */
static const char *find_end_tag(const char *at, const char *end, const char *name) {
  gsize len = strlen(name);

  while ((at = memchr(at, '<', (gsize)(end - at)))) {
    if ((gsize)(end - at) >= len + 2 && at[1] == '/' && g_ascii_strncasecmp(at + 2, name, len) == 0)
      return at;
    at++;
  }
  return NULL;
}

/* Steps over what is in a hidden element. Where nothing ends it the tag counts for nothing, and that is remembered, so
 * that the end is not looked for again from each such tag. */
static void skip_hidden(HtmlReader *reader, const char *name) {
  for (guint i = 0; i < G_N_ELEMENTS(hidden_elements); i++) {
    if (name[0] != hidden_elements[i][0] || strcmp(name, hidden_elements[i]) != 0 || (reader->unended & 1u << i))
      continue;
    const char *end_tag = find_end_tag(reader->at, reader->end, name);
    if (end_tag)
      reader->at = end_tag;
    else
      reader->unended |= 1u << i;
  }
}

static void read_tag(HtmlReader *reader, HtmlToken *token) {
  const char *at = reader->at + 1;

  token->kind = *at == '/' ? HTML_TOKEN_END : HTML_TOKEN_START;
  token->tag = reader->at;
  if (*at == '/')
    at++;
  gsize len = 0;
  for (; at < reader->end && !is_space(*at) && *at != '/' && *at != '>'; at++)
    if (len < HTML_NAME_BYTES_MAX)
      token->name[len++] = g_ascii_tolower(*at);
  token->name[len] = '\0';
  token->start = at;
  const char *behind = skip_tag(at, reader->end);
  if (!behind)
    reader->cut = token->tag;
  reader->at = behind ? behind : reader->end;
  token->end = reader->at > at && reader->at[-1] == '>' ? reader->at - 1 : reader->at;
  if (token->kind == HTML_TOKEN_START)
    skip_hidden(reader, token->name);
}

/* What begins with '<': a tag (TRUE), or something to step over. */
static gboolean read_markup(HtmlReader *reader, HtmlToken *token) {
  const char *at = reader->at;
  gboolean is_comment = reader->end - at >= 4 && memcmp(at, "<!--", 4) == 0;

  if (!is_comment && at[1] != '!' && at[1] != '?') {
    read_tag(reader, token);
    return TRUE;
  }
  const char *close = is_comment ? NULL : memchr(at, '>', (gsize)(reader->end - at));
  const char *behind = is_comment ? skip_comment(at, reader->end) : close ? close + 1 : NULL;
  if (!behind)
    reader->cut = at;
  reader->at = behind ? behind : reader->end;
  return FALSE;
}

static gboolean begins_markup(const char *at, const char *end) {
  if (end - at < 2)
    return FALSE;
  if (at[1] == '/')
    return end - at >= 3 && g_ascii_isalpha(at[2]);
  return g_ascii_isalpha(at[1]) || at[1] == '!' || at[1] == '?';
}

gboolean html_reader_next(HtmlReader *reader, HtmlToken *token) {
  while (reader->at < reader->end) {
    if (*reader->at == '<' && begins_markup(reader->at, reader->end)) {
      if (read_markup(reader, token))
        return TRUE;
      continue;
    }
    token->kind = HTML_TOKEN_TEXT;
    token->name[0] = '\0';
    token->tag = token->start = reader->at;
    do {
      const char *open = memchr(reader->at + 1, '<', (gsize)(reader->end - reader->at - 1));
      reader->at = open ? open : reader->end;
    } while (reader->at < reader->end && !begins_markup(reader->at, reader->end));
    token->end = reader->at;
    return TRUE;
  }
  return FALSE;
}

const char *html_reader_skipped(const HtmlReader *reader, const HtmlToken *token, gsize *len) {
  const char *start = token->end < reader->end ? token->end + 1 : token->end;

  *len = reader->at > start ? (gsize)(reader->at - start) : 0;
  return start;
}

void html_append_decoded(GString *out, const char *text, const char *end) {
  while (text < end) {
    const char *reference = memchr(text, '&', (gsize)(end - text));
    g_string_append_len(out, text, (reference ? reference : end) - text);
    if (!reference)
      return;
    gunichar characters[2];
    gsize len = html_entity_read(reference, (gsize)(end - reference), characters);
    if (len > 0)
      g_string_append_unichar(out, characters[0]);
    else
      g_string_append_c(out, '&');
    if (len > 0 && characters[1] != 0)
      g_string_append_unichar(out, characters[1]);
    text = reference + MAX(len, 1);
  }
}

/* The value that begins at `at`; *behind is set to where it ends, quotes included. */
static void find_value(const char *at, const char *end, const char **value, const char **value_end,
                       const char **behind) {
  if (at < end && (*at == '"' || *at == '\'')) {
    const char *quote = memchr(at + 1, *at, (gsize)(end - at - 1));
    *value = at + 1;
    *value_end = quote ? quote : end;
    *behind = quote ? quote + 1 : end;
    return;
  }
  *value = at;
  while (at < end && !is_space(*at))
    at++;
  *value_end = *behind = at;
}

gboolean html_token_next_attribute(const HtmlToken *token, const char **cursor, HtmlAttribute *attribute) {
  const char *at = *cursor;

  while (at < token->end) {
    while (at < token->end && (is_space(*at) || *at == '/'))
      at++;
    *attribute = (HtmlAttribute){.name = at};
    while (at < token->end && !is_space(*at) && *at != '=' && *at != '/')
      at++;
    attribute->name_len = (gsize)(at - attribute->name);
    while (at < token->end && is_space(*at))
      at++;
    if (at < token->end && *at == '=') {
      do
        at++;
      while (at < token->end && is_space(*at));
      find_value(at, token->end, &attribute->value, &attribute->value_end, &at);
    } else if (attribute->name_len == 0) {
      at++;
      continue;
    }
    *cursor = at;
    return TRUE;
  }
  *cursor = token->end;
  return FALSE;
}

char *html_token_attribute(const HtmlToken *token, const char *name) {
  gsize name_len = strlen(name);
  HtmlAttribute attribute;

  for (const char *at = token->start; html_token_next_attribute(token, &at, &attribute);) {
    if (!attribute.value || attribute.name_len != name_len || g_ascii_strncasecmp(attribute.name, name, name_len) != 0)
      continue;
    g_autoptr(GString) decoded = g_string_new(NULL);
    html_append_decoded(decoded, attribute.value, attribute.value_end);
    return g_strdup(g_strstrip(decoded->str));
  }
  return NULL;
}
