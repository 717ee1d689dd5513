#include "message/html_features.h"
#include "message/html_token.h"
#include <string.h>

void html_features_add(HtmlFeatures *features, const char *format, ...) {
  va_list arguments;

  va_start(arguments, format);
  char *name = g_strdup_vprintf(format, arguments);
  va_end(arguments);
  HtmlFeature *feature = g_hash_table_lookup(features->found, name);
  if (feature)
    feature->count++;
  if (feature || strlen(name) > HTML_FEATURE_BYTES_MAX || g_hash_table_size(features->found) >= HTML_FEATURES_MAX) {
    g_free(name);
    return;
  }
  feature = g_new(HtmlFeature, 1);
  *feature = (HtmlFeature){1, features->at};
  g_hash_table_insert(features->found, name, feature);
}

const HtmlFeature *html_features_find(const HtmlFeatures *features, const char *name) {
  return g_hash_table_lookup(features->found, name);
}

HtmlFeatures *html_features_new(void) {
  HtmlFeatures *features = g_new0(HtmlFeatures, 1);

  features->found = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
  return features;
}

void html_features_free(HtmlFeatures *features) {
  if (!features)
    return;
  g_hash_table_unref(features->found);
  g_free(features);
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

static void add_attribute(HtmlFeatures *features, const HtmlToken *token, const Attribute *attribute) {
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
static void add_declarations(HtmlFeatures *features, const char *html) {
  for (const char *at = strstr(html, "<!"); at; at = strstr(at + 2, "<!")) {
    features->at = (gsize)(at - html);
    if (g_str_has_prefix(at, "<!--"))
      html_features_add(features, "<!--");
    else if (g_ascii_strncasecmp(at, "<!doctype", 9) == 0)
      html_features_add(features, "<!doctype");
  }
}

HtmlFeatures *html_features_read(const char *html) {
  HtmlFeatures *features = html_features_new();
  HtmlReader reader;
  HtmlToken token;

  html_reader_init(&reader, html, strlen(html));
  while (html_reader_next(&reader, &token)) {
    if (token.kind != HTML_TOKEN_START)
      continue;
    features->n_elements++;
    features->at = (gsize)(token.start - html);
    html_features_add(features, "<%s", token.name);
    const char *at = token.start;
    Attribute attribute;
    while (next_attribute(&at, token.end, &attribute)) {
      features->at = (gsize)(attribute.name - html);
      add_attribute(features, &token, &attribute);
    }
    gsize sheet_len;
    const char *sheet = html_reader_skipped(&reader, &token, &sheet_len);
    if (strcmp(token.name, "style") == 0) {
      features->at = (gsize)(sheet - html);
      html_features_add_css(features, sheet, sheet_len, FALSE);
    }
  }
  add_declarations(features, html);
  return features;
}
