/* What the HTML holds for mail programs, and for readers who do not see it. */
#include "checks/checks_private.h"
#include "message/html_text.h"
#include "message/html_token.h"
#include "message/remote_content.h"
#include <stdlib.h>
#include <string.h>

enum { GMAIL_BYTES_MAX = 102 * 1024, TEXT_LITTLE_BYTES = 40, TABLES_OPEN_MAX = 1000 };

typedef struct OpenTable {
  const char *place;
  gboolean is_told; /* it says what it is */
  gboolean has_heading;
} OpenTable;

typedef struct Reading {
  Checks *checks;
  GArray *tables; /* OpenTable */
  guint n_pictures;
  gboolean has_lang;
  const char *root; /* the html element; NULL: there is none */
} Reading;

static void check_address(Checks *checks, const HtmlToken *token, const char *attribute) {
  g_autofree char *address = html_token_attribute(token, attribute);

  if (!address || *address == '\0' || *address == '#' || remote_content_is_remote(address))
    return;
  g_autofree char *scheme = g_uri_parse_scheme(address);
  if (scheme || strchr("{[%<$*", *address) || own_parts_find(checks->parts, address, NULL))
    return; /* a template's mark is another rule's */
  checks_add_at(checks, own_parts_base(checks->parts) ? RULE_BASE_NEEDED : RULE_RELATIVE_ADDRESS, token->start,
                address);
}

static gboolean is_pixel(const char *width, const char *height) {
  return width && height && strlen(width) <= 3 && strlen(height) <= 3 && atoi(width) <= 1 && atoi(height) <= 1 &&
         g_ascii_isdigit(*width) && g_ascii_isdigit(*height);
}

static void check_picture(Reading *reading, const HtmlToken *token) {
  g_autofree char *alternative = html_token_attribute(token, "alt");
  g_autofree char *source = html_token_attribute(token, "src");
  g_autofree char *width = html_token_attribute(token, "width");
  g_autofree char *height = html_token_attribute(token, "height");
  g_autofree char *style = html_token_attribute(token, "style");
  gboolean is_counting = source && remote_content_is_remote(source) && is_pixel(width, height);

  reading->n_pictures++;
  if (is_counting)
    checks_add_at(reading->checks, RULE_TRACKING_PIXEL, token->start, source);
  if (!alternative)
    checks_add_at(reading->checks, RULE_IMG_NO_ALT, token->start, source);
  if (!width && !(style && strstr(style, "width")))
    checks_add_at(reading->checks, RULE_IMG_NO_SIZE, token->start, source);
  check_address(reading->checks, token, "src");
}

static void begin_table(Reading *reading, const HtmlToken *token) {
  g_autofree char *role = html_token_attribute(token, "role");
  OpenTable table = {.place = token->start, .is_told = role != NULL};

  if (reading->tables->len < TABLES_OPEN_MAX)
    g_array_append_val(reading->tables, table);
}

static void end_table(Reading *reading) {
  if (reading->tables->len == 0)
    return;
  OpenTable table = g_array_index(reading->tables, OpenTable, reading->tables->len - 1);
  g_array_set_size(reading->tables, reading->tables->len - 1);
  if (!table.is_told && !table.has_heading)
    checks_add_at(reading->checks, RULE_LAYOUT_TABLE, table.place, NULL);
}

/* Attributes "on…", which html_token_attribute() would need the names of. */
static gboolean has_handler(const HtmlToken *token) {
  for (const char *at = token->start; at + 3 < token->end; at++)
    if (g_ascii_isspace(at[0]) && g_ascii_strncasecmp(at + 1, "on", 2) == 0) {
      const char *end = at + 3;
      while (end < token->end && g_ascii_isalpha(*end))
        end++;
      if (end > at + 4 && end < token->end && *end == '=')
        return TRUE;
    }
  return FALSE;
}

static void check_element(Reading *reading, const HtmlToken *token) {
  static const struct {
    const char *name;
    CheckRule rule;
  } elements[] = {{"script", RULE_HTML_SCRIPT}, {"form", RULE_HTML_FORM},    {"iframe", RULE_HTML_FRAME},
                  {"frame", RULE_HTML_FRAME},   {"object", RULE_HTML_FRAME}, {"embed", RULE_HTML_FRAME}};

  for (gsize i = 0; i < G_N_ELEMENTS(elements); i++)
    if (strcmp(token->name, elements[i].name) == 0)
      checks_add_at(reading->checks, elements[i].rule, token->start, NULL);
  if (has_handler(token))
    checks_add_at(reading->checks, RULE_HTML_SCRIPT, token->start, NULL);
}

static void read_start(Reading *reading, const HtmlToken *token) {
  const char *name = token->name;

  if (strcmp(name, "html") == 0)
    reading->root = token->start;
  if (strcmp(name, "html") == 0 || strcmp(name, "body") == 0 || strcmp(name, "div") == 0) {
    g_autofree char *language = html_token_attribute(token, "lang");
    reading->has_lang |= language && *language != '\0';
  }
  if (strcmp(name, "img") == 0)
    check_picture(reading, token);
  else if (strcmp(name, "table") == 0)
    begin_table(reading, token);
  else if (strcmp(name, "th") == 0 && reading->tables->len > 0)
    g_array_index(reading->tables, OpenTable, reading->tables->len - 1).has_heading = TRUE;
  else if (strcmp(name, "a") == 0)
    check_address(reading->checks, token, "href");
  check_element(reading, token);
}

static void check_remote(Checks *checks) {
  g_autoptr(GPtrArray) remote = remote_content_find(checks->html, checks->parts);

  for (guint i = 0; i < remote->len; i++) {
    const RemoteReference *reference = g_ptr_array_index(remote, i);
    if (g_ascii_strncasecmp(reference->url, "http:", 5) == 0)
      checks_add(checks, RULE_REMOTE_PLAIN, reference->url);
  }
}

void checks_html(Checks *checks) {
  if (!checks->html)
    return;
  g_autoptr(GArray) tables = g_array_new(FALSE, FALSE, sizeof(OpenTable));
  g_autofree char *text = html_text(checks->html, 0, 4 * TEXT_LITTLE_BYTES);
  Reading reading = {.checks = checks, .tables = tables};
  gsize len = strlen(checks->html);
  HtmlReader reader;
  HtmlToken token;

  html_reader_init(&reader, checks->html, len);
  while (html_reader_next(&reader, &token)) {
    if (token.kind == HTML_TOKEN_START)
      read_start(&reading, &token);
    else if (token.kind == HTML_TOKEN_END && strcmp(token.name, "table") == 0)
      end_table(&reading);
  }
  while (tables->len > 0)
    end_table(&reading);
  if (!reading.has_lang)
    checks_add_at(checks, RULE_NO_LANG, reading.root, NULL);
  if (reading.n_pictures > 0 && strlen(text) < TEXT_LITTLE_BYTES)
    checks_add(checks, RULE_LITTLE_TEXT, text);
  if (len > GMAIL_BYTES_MAX)
    checks_add_many(checks, RULE_HTML_CLIPPED, len / 1024, NULL, NULL);
  check_remote(checks);
}
