#include "message/html_features.h"
#include "message/html_token.h"
#include <string.h>

void html_features_add(GHashTable *features, const char *format, ...) {
  va_list arguments;

  va_start(arguments, format);
  char *name = g_strdup_vprintf(format, arguments);
  va_end(arguments);
  gpointer count;
  gboolean is_known = g_hash_table_lookup_extended(features, name, NULL, &count);
  if (strlen(name) > HTML_FEATURE_OCTETS_MAX || (!is_known && g_hash_table_size(features) >= HTML_FEATURES_MAX)) {
    g_free(name);
    return;
  }
  g_hash_table_replace(features, name, GUINT_TO_POINTER(is_known ? GPOINTER_TO_UINT(count) + 1 : 1));
}

/* An attribute as it is written. */
typedef struct Attribute {
  const char *name;
  gsize name_len;
  const char *value; /* without quotes */
  gsize value_len;
} Attribute;

static const char *skip_spaces(const char *at, const char *end) {
  while (at < end && g_ascii_isspace(*at))
    at++;
  return at;
}

/* Behind the value. */
static const char *read_value(Attribute *attribute, const char *at, const char *end) {
  gboolean is_quoted = at < end && (*at == '"' || *at == '\'');
  char quote = is_quoted ? *at++ : '\0';

  attribute->value = at;
  while (at < end && (is_quoted ? *at != quote : !g_ascii_isspace(*at)))
    at++;
  attribute->value_len = (gsize)(at - attribute->value);
  return at + (is_quoted && at < end);
}

/* FALSE: no more. */
static gboolean next_attribute(const char **cursor, const char *end, Attribute *attribute) {
  const char *at = *cursor;

  while (at < end && (g_ascii_isspace(*at) || *at == '/' || *at == '='))
    at++;
  *attribute = (Attribute){.name = at, .value = at};
  while (at < end && !g_ascii_isspace(*at) && !strchr("=/>", *at))
    at++;
  attribute->name_len = (gsize)(at - attribute->name);
  const char *equals = skip_spaces(at, end);
  if (equals < end && *equals == '=')
    at = read_value(attribute, skip_spaces(equals + 1, end), end);
  *cursor = at;
  return attribute->name_len > 0;
}

static void add_attribute(GHashTable *features, const HtmlToken *token, const Attribute *attribute) {
  g_autofree char *name = g_ascii_strdown(attribute->name, (gssize)MIN(attribute->name_len, 60));
  g_autoptr(GString) value = g_string_new(NULL);

  html_features_add(features, "[%s", name);
  html_append_decoded(value, attribute->value, attribute->value + attribute->value_len);
  if (strcmp(name, "style") == 0)
    html_features_add_css(features, value->str, value->len, TRUE);
  g_string_ascii_down(value);
  g_strstrip(value->str);
  if (strcmp(name, "type") == 0 || strcmp(name, "name") == 0)
    html_features_add(features, "<%s[%s=%.40s", token->name, name, value->str);
  if (strcmp(name, "href") == 0 && value->str[0] == '#')
    html_features_add(features, "[href=#");
  if (strcmp(name, "href") == 0 && g_str_has_prefix(value->str, "mailto:"))
    html_features_add(features, "[href=mailto:");
}

/* What the reader steps over and yet is a feature. */
static void add_declarations(GHashTable *features, const char *html) {
  for (const char *at = strstr(html, "<!"); at; at = strstr(at + 2, "<!")) {
    if (g_str_has_prefix(at, "<!--"))
      html_features_add(features, "<!--");
    else if (g_ascii_strncasecmp(at, "<!doctype", 9) == 0)
      html_features_add(features, "<!doctype");
  }
}

GHashTable *html_features_count(const char *html, guint *n_elements) {
  GHashTable *features = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  HtmlReader reader;
  HtmlToken token;

  *n_elements = 0;
  html_reader_init(&reader, html, strlen(html));
  while (html_reader_next(&reader, &token)) {
    if (token.kind != HTML_TOKEN_START)
      continue;
    (*n_elements)++;
    html_features_add(features, "<%s", token.name);
    const char *at = token.start;
    Attribute attribute;
    while (next_attribute(&at, token.end, &attribute))
      add_attribute(features, &token, &attribute);
    gsize sheet_len;
    const char *sheet = html_reader_skipped(&reader, &token, &sheet_len);
    if (strcmp(token.name, "style") == 0)
      html_features_add_css(features, sheet, sheet_len, FALSE);
  }
  add_declarations(features, html);
  return features;
}
