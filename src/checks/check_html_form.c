/* Is the HTML well-formed, as far as mail programs care? They repair it, each in its own way. */
#include "checks/checks_private.h"
#include "checks/html_nesting.h"
#include "message/html_entity.h"
#include "message/html_token.h"
#include <string.h>

enum { IDS_MAX = 10 * 1000, ATTRIBUTES_MAX = 64, REFERENCE_BYTES_MAX = 32 };

/* --- the doctype */

/* Those of browsers' quirks mode that messages have (WHATWG HTML 13.2.6.4.1); of some only without a system identifier.
 */
static const struct {
  const char *start;
  gboolean is_modern_with_system;
} quirky_doctypes[] = {
    {"-//IETF//DTD HTML", FALSE},
    {"-//W3C//DTD HTML 3", FALSE},
    {"-//W3C//DTD HTML 4.0 Frameset//", FALSE},
    {"-//W3C//DTD HTML 4.0 Transitional//", FALSE},
    {"-//W3C//DTD HTML 4.01 Frameset//", TRUE},
    {"-//W3C//DTD HTML 4.01 Transitional//", TRUE},
    {"HTML\"", FALSE},
    {"HTML'", FALSE},
};

/* From "<!doctype" to its end. */
static gboolean is_quirky(const char *doctype, const char *end) {
  g_autofree char *text = g_strndup(doctype, MIN((gsize)(end - doctype), 1000));
  char *name = text + strlen("<!doctype");

  name += strspn(name, " \t\n\r\f");
  if (g_ascii_strncasecmp(name, "html", 4) != 0 || g_ascii_isalnum(name[4]))
    return TRUE;
  char *identifier = strpbrk(name, "\"'");
  if (!identifier || !g_ascii_strncasecmp(name + 4 + strspn(name + 4, " \t\n\r\f"), "system", 6))
    return FALSE;
  const char *closing = strchr(identifier + 1, *identifier);
  gboolean has_system = closing && strpbrk(closing + 1, "\"'");
  for (gsize i = 0; i < G_N_ELEMENTS(quirky_doctypes); i++)
    if (g_ascii_strncasecmp(identifier + 1, quirky_doctypes[i].start, strlen(quirky_doctypes[i].start)) == 0)
      return !(quirky_doctypes[i].is_modern_with_system && has_system);
  return FALSE;
}

/* Comments and an XML declaration may come before it. `first` is the first tag. */
static void check_doctype(Checks *checks, const char *first) {
  const char *at = checks->html;

  while ((at = memchr(at, '<', (gsize)(first - at)))) {
    const char *close = g_str_has_prefix(at, "<!--") ? strstr(at + 4, "-->") : strchr(at, '>');
    if (g_ascii_strncasecmp(at, "<!doctype", 9) == 0) {
      if (is_quirky(at, close ? close : first))
        checks_add_at(checks, RULE_HTML_DOCTYPE, at, NULL);
      return;
    }
    at = close && close < first ? close : first;
  }
  checks_add_at(checks, RULE_HTML_DOCTYPE, first, NULL);
}

/* --- attributes */

static gboolean contains(const char *text, const char *end, const char *characters) {
  for (; text < end; text++)
    if (strchr(characters, *text))
      return TRUE;
  return FALSE;
}

static gboolean is_unquoted(const HtmlAttribute *attribute) {
  return attribute->value && attribute->value[-1] != '"' && attribute->value[-1] != '\'';
}

/* Its quotation marks are not where they should be. */
static gboolean is_misquoted(const HtmlAttribute *attribute) {
  return contains(attribute->name, attribute->name + attribute->name_len, "\"'<") ||
         (is_unquoted(attribute) && contains(attribute->value, attribute->value_end, "\"'"));
}

static gboolean is_same(const char *a, gsize a_len, const char *b, gsize b_len) {
  return a_len == b_len && (a_len == 0 || g_ascii_strncasecmp(a, b, a_len) == 0);
}

/* Does an earlier attribute have its name and another value? Repeating a value changes nothing. */
static gboolean is_repeated(const HtmlAttribute *attribute, const HtmlAttribute *earlier, gsize n) {
  gsize len = (gsize)(attribute->value_end - attribute->value);

  for (gsize i = 0; i < n; i++)
    if (is_same(earlier[i].name, earlier[i].name_len, attribute->name, attribute->name_len))
      return !is_same(earlier[i].value, (gsize)(earlier[i].value_end - earlier[i].value), attribute->value, len);
  return FALSE;
}

static void check_id(Checks *checks, GHashTable *ids, const HtmlAttribute *attribute) {
  if (attribute->name_len != 2 || g_ascii_strncasecmp(attribute->name, "id", 2) != 0 ||
      attribute->value == attribute->value_end)
    return;
  g_autofree char *id = g_strndup(attribute->value, (gsize)(attribute->value_end - attribute->value));
  if (g_hash_table_contains(ids, id))
    checks_add_at(checks, RULE_HTML_ID_TWICE, attribute->name, id);
  else if (g_hash_table_size(ids) < IDS_MAX)
    g_hash_table_add(ids, g_steal_pointer(&id));
}

/* Of a start tag; is it `<x … />`? */
static gboolean check_attributes(Checks *checks, GHashTable *ids, const HtmlToken *token) {
  HtmlAttribute attributes[ATTRIBUTES_MAX];
  const char *value_end = NULL;
  gsize n = 0;

  for (const char *at = token->start; n < ATTRIBUTES_MAX && html_token_next_attribute(token, &at, &attributes[n]);) {
    const HtmlAttribute *attribute = &attributes[n];
    g_autofree char *name = g_strndup(attribute->name, MIN(attribute->name_len, CHECK_DETAIL_BYTES_MAX));
    value_end = attribute->value_end;
    if (is_misquoted(attribute)) {
      checks_add_at(checks, RULE_HTML_QUOTES, token->tag, name);
      return FALSE; /* the others may be parts of a value */
    }
    if (is_repeated(attribute, attributes, n))
      checks_add_at(checks, RULE_HTML_ATTRIBUTE_TWICE, token->tag, name);
    if (is_unquoted(attribute) && contains(attribute->value, attribute->value_end, "=<`"))
      checks_add_at(checks, RULE_HTML_UNQUOTED, token->tag, name);
    check_id(checks, ids, attribute);
    n++;
  }
  return token->end > token->start && token->end[-1] == '/' && value_end != token->end;
}

/* --- character references */

static void check_references(Checks *checks, const HtmlToken *token) {
  for (const char *at = token->start; (at = memchr(at, '&', (gsize)(token->end - at))); at++) {
    gsize len = 1;
    while (len < REFERENCE_BYTES_MAX && at + len < token->end && g_ascii_isalnum(at[len]))
      len++;
    gunichar characters[2];
    gboolean is_named = len > 2 && g_ascii_isalpha(at[1]) && at + len < token->end && at[len] == ';';
    if (!is_named || html_entity_read(at, len + 1, characters) > 0)
      continue;
    g_autofree char *reference = g_strndup(at, len + 1);
    checks_add_at(checks, RULE_HTML_REFERENCE, at, reference);
  }
}

/* --- the whole */

void checks_html_form(Checks *checks) {
  if (!checks->html)
    return;
  g_autoptr(GHashTable) ids = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr(HtmlNesting) nesting = html_nesting_new(checks);
  const char *first = NULL;
  HtmlReader reader;
  HtmlToken token;

  html_reader_init(&reader, checks->html, strlen(checks->html));
  while (html_reader_next(&reader, &token)) {
    if (reader.cut == token.tag)
      continue; /* its attributes are what follows it */
    gboolean is_self_closing = token.kind == HTML_TOKEN_START && check_attributes(checks, ids, &token);
    if (token.kind == HTML_TOKEN_TEXT)
      check_references(checks, &token);
    else if (!first)
      first = token.tag;
    html_nesting_read(nesting, &token, is_self_closing);
  }
  html_nesting_finish(nesting);
  if (first)
    check_doctype(checks, first);
  if (reader.cut)
    checks_add_at(checks, RULE_HTML_CUT, reader.cut, NULL);
}
