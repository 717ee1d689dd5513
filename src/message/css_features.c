/* The CSS of message/html_features.h. */
#include "message/html_features.h"
#include <string.h>

static gboolean is_word(char c) {
  return g_ascii_isalnum(c) || c == '-' || c == '_';
}

static gsize word_len(const char *at) {
  gsize len = 0;

  while (is_word(at[len]))
    len++;
  return len;
}

/* Lower case, texts blank, comments counted and blank: what is left is structure, each piece where it was. */
static char *simplify(HtmlFeatures *features, const char *css, gsize len) {
  GString *out = g_string_sized_new(len);

  for (gsize i = 0; i < len;) {
    const char *close = NULL;
    gsize end = i + 1;
    if (css[i] == '/' && i + 1 < len && css[i + 1] == '*') {
      close = g_strstr_len(css + i + 2, (gssize)(len - i - 2), "*/");
      end = close ? (gsize)(close - css) + 2 : len;
      html_features_add(features, "css-comment");
    } else if (css[i] == '"' || css[i] == '\'') {
      close = memchr(css + i + 1, css[i], len - i - 1);
      end = close ? (gsize)(close - css) + 1 : len;
    } else {
      g_string_append_c(out, g_ascii_isspace(css[i]) || css[i] == '\0' ? ' ' : g_ascii_tolower(css[i]));
      i = end;
      continue;
    }
    for (; i < end; i++)
      g_string_append_c(out, ' ');
  }
  return g_string_free(out, FALSE);
}

/* --- values */

static void add_number(HtmlFeatures *features, const char **at) {
  while (g_ascii_isdigit(**at) || **at == '.')
    (*at)++;
  gsize len = **at == '%' ? 1 : word_len(*at);
  if (len > 0)
    html_features_add(features, "unit:%.*s", (int)MIN(len, 20), *at);
  *at += len;
}

static void add_value(HtmlFeatures *features, const char *property, gsize property_len, const char *at) {
  while (*at != '\0' && *at != '!') {
    gsize len = word_len(at);
    if (*at == '#') {
      at += 1 + word_len(at + 1);
    } else if (g_ascii_isdigit(*at) || (*at == '.' && g_ascii_isdigit(at[1]))) {
      add_number(features, &at);
    } else if (len > 0 && g_ascii_isalpha(*at)) {
      if (at[len] == '(') {
        html_features_add(features, "fn:%.*s", (int)MIN(len, 40), at);
      } else {
        html_features_add(features, "value:%.*s", (int)MIN(len, 40), at);
        html_features_add(features, "{%.*s:%.*s", (int)MIN(property_len, 30), property, (int)MIN(len, 30), at);
      }
      at += len;
    } else {
      at += len > 0 && !g_ascii_isdigit(at[1]) && at[1] != '.' ? len : 1; /* names of variables, but not "-1px" */
    }
  }
}

static void add_declaration(HtmlFeatures *features, const char *text) {
  const char *property = text + strspn(text, " ");
  gsize len = word_len(property);
  const char *colon = property + len + strspn(property + len, " ");

  if (len == 0 || *colon != ':')
    return;
  if (!g_str_has_prefix(property, "--"))
    html_features_add(features, "{%.*s", (int)MIN(len, 60), property);
  if (strstr(colon, "!important") || strstr(colon, "! important"))
    html_features_add(features, "!important");
  add_value(features, property, len, colon + 1);
}

/* --- preludes: selectors and what rules ask for */

static void add_rule(HtmlFeatures *features, const char *text) {
  gsize len = word_len(text + 1);

  html_features_add(features, "@%.*s", (int)MIN(len, 40), text + 1);
  for (const char *at = strchr(text, '('); at && strncmp(text, "@media", 6) == 0; at = strchr(at + 1, '(')) {
    static const char *const prefixes[] = {"-webkit-", "min-", "max-", "min--moz-", "max--moz-", "-webkit-min-"};
    const char *name = at + 1 + strspn(at + 1, " ");
    gsize name_len = word_len(name);
    for (gsize i = 0; i < G_N_ELEMENTS(prefixes); i++)
      if (name_len > strlen(prefixes[i]) && strncmp(name, prefixes[i], strlen(prefixes[i])) == 0) {
        name += strlen(prefixes[i]);
        name_len -= strlen(prefixes[i]);
      }
    html_features_add(features, "@media:%.*s", (int)MIN(name_len, 40), name);
  }
}

static void add_pseudo(HtmlFeatures *features, const char **at) {
  gboolean is_element = (*at)[1] == ':';
  const char *name = *at + (is_element ? 2 : 1);
  gsize len = word_len(name);
  static const char *const old_elements[] = {"before", "after", "first-line", "first-letter"};

  for (gsize i = 0; i < G_N_ELEMENTS(old_elements); i++)
    is_element |= len == strlen(old_elements[i]) && strncmp(name, old_elements[i], len) == 0;
  html_features_add(features, "%s%.*s", is_element ? "::" : ":", (int)MIN(len, 40), name);
  *at = name + len;
}

/* Each sort of selector, once for each time it is there. */
static void add_selector(HtmlFeatures *features, const char *at) {
  gsize n_simple = 0; /* without a combinator between */

  at += strspn(at, " ");
  while (*at != '\0') {
    if (*at == ':') {
      add_pseudo(features, &at);
    } else if (*at == '[') {
      html_features_add(features, "sel:[");
      at += strcspn(at, "]");
      at += *at == ']';
      n_simple++;
    } else if (*at == '.' || *at == '#') {
      html_features_add(features, "sel:%c", *at);
      at += 1 + word_len(at + 1);
      n_simple++;
    } else if (*at == '*' || is_word(*at)) {
      html_features_add(features, *at == '*' ? "sel:*" : "sel:type");
      at += *at == '*' ? 1 : word_len(at);
      n_simple++;
    } else if (strchr(" >+~,", *at)) {
      const char *combinator = at + strspn(at, " ");
      at = strchr(">+~,", *combinator) && *combinator != '\0' ? combinator + 1 : combinator;
      if (at != combinator)
        html_features_add(features, "sel:%c", *combinator);
      else if (*combinator != '\0')
        html_features_add(features, "sel:space");
      at += strspn(at, " ");
      n_simple = 0;
    } else {
      at++;
    }
    if (n_simple == 2)
      html_features_add(features, "sel:chain");
  }
}

/* --- the whole */

static void add_block_start(HtmlFeatures *features, const char *prelude, guint *selector_depth, GArray *blocks) {
  const char *text = prelude + strspn(prelude, " ");
  gboolean is_rule = *text == '@';

  if (is_rule) {
    add_rule(features, text);
  } else {
    add_selector(features, text);
    if (*selector_depth > 0)
      html_features_add(features, "nesting");
    (*selector_depth)++;
  }
  g_array_append_val(blocks, is_rule);
}

static void add_block_end(guint *selector_depth, GArray *blocks) {
  if (blocks->len == 0)
    return;
  *selector_depth -= !g_array_index(blocks, gboolean, blocks->len - 1);
  g_array_set_size(blocks, blocks->len - 1);
}

void html_features_add_css(HtmlFeatures *features, const char *css, gsize len, gboolean is_inline) {
  g_autofree char *simple = simplify(features, css, len);
  g_autoptr(GArray) blocks = g_array_new(FALSE, FALSE, sizeof(gboolean)); /* open ones: is it a rule's? */
  guint selector_depth = is_inline ? 1 : 0;
  gsize start = features->at;

  for (char *at = simple; at;) {
    gsize piece_len = strcspn(at, "{};");
    char end = at[piece_len];
    at[piece_len] = '\0';
    features->at = is_inline ? start : start + (gsize)(at + strspn(at, " ") - simple);
    if (end == '{')
      add_block_start(features, at, &selector_depth, blocks);
    else if (at[strspn(at, " ")] == '@')
      add_rule(features, at + strspn(at, " "));
    else
      add_declaration(features, at);
    if (end == '}')
      add_block_end(&selector_depth, blocks);
    at = end != '\0' ? at + piece_len + 1 : NULL;
  }
}
