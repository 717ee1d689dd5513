#include "message/html_addresses.h"
#include <string.h>

enum { SCHEME_LEN = sizeof "cid:" - 1 };

void html_address_reader_init(HtmlAddressReader *reader, const char *html) {
  *reader = (HtmlAddressReader){.html_start = html, .done = html, .stretch = G_N_ELEMENTS(reader->stretches)};
  html_reader_init(&reader->html, html, strlen(html));
}

/* --- what there is to search */

/* Up to the attributes of the next start tag, or to the end. */
static void find_stretches(HtmlAddressReader *reader) {
  const char *before = reader->done;
  gboolean is_start = FALSE;

  while (!is_start && html_reader_next(&reader->html, &reader->token))
    is_start = reader->token.kind == HTML_TOKEN_START;
  memset(reader->stretches, 0, sizeof reader->stretches);
  reader->stretch = 0;
  reader->is_at_end = !is_start;
  reader->stretches[0] = (HtmlStretch){before, is_start ? reader->token.start : reader->html.end, HTML_SEARCH_CID};
  if (!is_start)
    return;
  reader->stretches[1] = (HtmlStretch){reader->token.start, reader->token.end, HTML_SEARCH_TAG};
  reader->done = reader->token.end;
  gsize len = 0;
  const char *sheet = html_reader_skipped(&reader->html, &reader->token, &len);
  if (strcmp(reader->token.name, "style") != 0 || len == 0)
    return;
  reader->stretches[2] = (HtmlStretch){sheet, sheet + len, HTML_SEARCH_SHEET};
  reader->done = sheet + len;
}

/* What attributes hold; "*" is any element. */
static const struct {
  const char *element;
  const char *attribute;
  HtmlSearch search;
  HtmlAddressKind kind;
} attributes[] = {
    {"a", "href", HTML_SEARCH_WHOLE, HTML_ADDRESS_LINK},       {"area", "href", HTML_SEARCH_WHOLE, HTML_ADDRESS_LINK},
    {"link", "href", HTML_SEARCH_WHOLE, HTML_ADDRESS_LOAD},    {"image", "href", HTML_SEARCH_WHOLE, HTML_ADDRESS_LOAD},
    {"*", "src", HTML_SEARCH_WHOLE, HTML_ADDRESS_LOAD},        {"*", "srcset", HTML_SEARCH_SET, HTML_ADDRESS_LOAD},
    {"*", "background", HTML_SEARCH_WHOLE, HTML_ADDRESS_LOAD}, {"*", "poster", HTML_SEARCH_WHOLE, HTML_ADDRESS_LOAD},
    {"*", "xlink:href", HTML_SEARCH_WHOLE, HTML_ADDRESS_LOAD}, {"*", "style", HTML_SEARCH_STYLE, HTML_ADDRESS_LOAD},
};

static gboolean next_value(HtmlAddressReader *reader, HtmlStretch *tag) {
  HtmlAttribute attribute;

  if (!html_token_next_attribute(&reader->token, &tag->at, &attribute))
    return FALSE;
  reader->value = (HtmlStretch){attribute.value, attribute.value_end, HTML_SEARCH_CID};
  for (gsize i = 0; i < G_N_ELEMENTS(attributes); i++) {
    gboolean is_element = attributes[i].element[0] == '*' || strcmp(attributes[i].element, reader->token.name) == 0;
    if (!is_element || strlen(attributes[i].attribute) != attribute.name_len ||
        g_ascii_strncasecmp(attribute.name, attributes[i].attribute, attribute.name_len) != 0)
      continue;
    reader->value.search = attributes[i].search;
    reader->value_kind = attributes[i].kind;
    break;
  }
  return TRUE;
}

/* --- searching */

static gboolean is_space(char c) {
  return g_ascii_isspace(c);
}

/* After what opens a value, in an attribute or a style. */
static gboolean begins_value(const char *html, const char *at) {
  return at > html && (strchr("\"'=(,", at[-1]) || is_space(at[-1]));
}

/* An id may have blanks in it where quotes say where it ends. */
static gboolean next_cid(const char *html, HtmlStretch *stretch, HtmlAddress *address) {
  for (const char *at = stretch->at; stretch->end - at > SCHEME_LEN; at++) {
    if ((*at != 'c' && *at != 'C') || g_ascii_strncasecmp(at, "cid:", SCHEME_LEN) != 0 || !begins_value(html, at))
      continue;
    const char *end = at;
    gboolean is_quoted = at[-1] == '"' || at[-1] == '\'';
    while (end < stretch->end && !strchr("\"'<>() \t\r\n", *end))
      end++;
    const char *short_end = end;
    while (is_quoted && end < stretch->end && (*end == ' ' || !strchr("\"'<>()\t\r\n", *end)))
      end++;
    if (!is_quoted || *end != at[-1])
      end = short_end;
    *address = (HtmlAddress){HTML_ADDRESS_CID, at, (gsize)(end - at), (gsize)(short_end - at), FALSE, FALSE};
    stretch->at = short_end;
    return TRUE;
  }
  stretch->at = stretch->end;
  return FALSE;
}

static gboolean next_whole(HtmlStretch *stretch, HtmlAddress *address) {
  while (stretch->at < stretch->end && is_space(*stretch->at))
    stretch->at++;
  const char *end = stretch->end;
  while (end > stretch->at && is_space(end[-1]))
    end--;
  gsize len = (gsize)(end - stretch->at);
  *address = (HtmlAddress){.start = stretch->at, .len = len, .short_len = len};
  stretch->at = stretch->end;
  return len > 0;
}

/* "a.png 1x, b.png 2x": an address ends with a blank, so that it may have commas within. */
static gboolean next_of_set(HtmlStretch *stretch, HtmlAddress *address) {
  const char *at = stretch->at;

  while (at < stretch->end && (is_space(*at) || *at == ','))
    at++;
  const char *start = at;
  while (at < stretch->end && !is_space(*at))
    at++;
  const char *end = at;
  while (end > start && end[-1] == ',')
    end--;
  gboolean has_size = end == at;
  while (has_size && at < stretch->end && *at != ',')
    at++;
  gsize len = (gsize)(end - start);
  *address = (HtmlAddress){.start = start, .len = len, .short_len = len};
  stretch->at = at;
  return len > 0;
}

static const char *skip_quote(const char *at, const char *end, const char **quote) {
  static const char *const quotes[] = {"\"", "'", "&quot;", "&#34;", "&#39;", "&apos;"};

  for (gsize i = 0; i < G_N_ELEMENTS(quotes); i++) {
    gsize len = strlen(quotes[i]);
    if ((gsize)(end - at) >= len && g_ascii_strncasecmp(at, quotes[i], len) == 0) {
      *quote = quotes[i];
      return at + len;
    }
  }
  *quote = ")";
  return at;
}

static const char *find_url(const char *at, const char *end) {
  for (; end - at > 4; at++)
    if ((*at == 'u' || *at == 'U') && g_ascii_strncasecmp(at, "url(", 4) == 0)
      return at + 4;
  return NULL;
}

static gboolean next_of_style(HtmlStretch *stretch, HtmlAddress *address) {
  const char *at = find_url(stretch->at, stretch->end);

  if (!at) {
    stretch->at = stretch->end;
    return FALSE;
  }
  while (at < stretch->end && is_space(*at))
    at++;
  const char *quote;
  const char *start = skip_quote(at, stretch->end, &quote);
  const char *close = g_strstr_len(start, stretch->end - start, quote);
  const char *end = close ? close : stretch->end;
  stretch->at = end;
  while (end > start && is_space(end[-1]))
    end--;
  gsize len = (gsize)(end - start);
  *address = (HtmlAddress){
      .start = start, .len = len, .short_len = len, .in_style = TRUE, .in_sheet = stretch->search == HTML_SEARCH_SHEET};
  return TRUE;
}

/* FALSE: the stretch has no more. */
static gboolean next_in(const char *html, HtmlStretch *stretch, HtmlAddress *address) {
  while (stretch->at < stretch->end) {
    gboolean is_found = FALSE;
    switch (stretch->search) {
    case HTML_SEARCH_WHOLE:
      is_found = next_whole(stretch, address);
      break;
    case HTML_SEARCH_SET:
      is_found = next_of_set(stretch, address);
      break;
    case HTML_SEARCH_STYLE:
    case HTML_SEARCH_SHEET:
      is_found = next_of_style(stretch, address);
      break;
    case HTML_SEARCH_CID:
    case HTML_SEARCH_TAG:
      is_found = next_cid(html, stretch, address);
      break;
    }
    if (is_found && address->len > 0)
      return TRUE;
  }
  return FALSE;
}

/* In the attributes, value by value. */
static gboolean next_in_tag(HtmlAddressReader *reader, HtmlStretch *tag, HtmlAddress *address) {
  do {
    if (next_in(reader->html_start, &reader->value, address)) {
      if (reader->value.search != HTML_SEARCH_CID)
        address->kind = reader->value_kind;
      return TRUE;
    }
  } while (next_value(reader, tag));
  return FALSE;
}

gboolean html_address_reader_next(HtmlAddressReader *reader, HtmlAddress *address) {
  while (TRUE) {
    for (; reader->stretch < G_N_ELEMENTS(reader->stretches); reader->stretch++) {
      HtmlStretch *stretch = &reader->stretches[reader->stretch];
      if (stretch->search == HTML_SEARCH_TAG && next_in_tag(reader, stretch, address))
        return TRUE;
      if (stretch->search != HTML_SEARCH_TAG && next_in(reader->html_start, stretch, address)) {
        if (stretch->search == HTML_SEARCH_SHEET)
          address->kind = HTML_ADDRESS_LOAD;
        return TRUE;
      }
    }
    if (reader->is_at_end)
      return FALSE;
    find_stretches(reader);
  }
}

char *html_address_read(const HtmlAddress *address, gsize len) {
  GString *decoded = g_string_sized_new(len);

  if (address->in_sheet)
    g_string_append_len(decoded, address->start, (gssize)len);
  else
    html_append_decoded(decoded, address->start, address->start + len);
  return g_string_free(decoded, FALSE);
}
