#include "message/web_links.h"
#include "message/html_token.h"
#include <string.h>

typedef struct Found {
  GPtrArray *urls;
  GHashTable *seen; /* the same */
} Found;

/* Where each element has its address. */
static const struct {
  const char *element;
  const char *attribute;
} places[] = {{"a", "href"}, {"area", "href"}, {"img", "src"}, {"link", "href"}};

static gsize scheme_len(const char *text) {
  if (g_ascii_strncasecmp(text, "https://", 8) == 0)
    return 8;
  return g_ascii_strncasecmp(text, "http://", 7) == 0 ? 7 : 0;
}

/* Takes the URL. */
static void add(Found *found, char *url) {
  gsize len = scheme_len(url);

  if (len == 0 || url[len] == '\0' || strlen(url) > WEB_LINK_OCTETS_MAX || found->urls->len >= WEB_LINKS_MAX ||
      g_hash_table_contains(found->seen, url)) {
    g_free(url);
    return;
  }
  g_ptr_array_add(found->urls, url);
  g_hash_table_add(found->seen, url);
}

static gboolean is_style_sheet(const HtmlToken *token) {
  g_autofree char *rel = html_token_attribute(token, "rel");

  return rel && g_ascii_strcasecmp(g_strstrip(rel), "stylesheet") == 0;
}

static void find_in_html(Found *found, const char *html) {
  HtmlReader reader;
  HtmlToken token;

  html_reader_init(&reader, html, strlen(html));
  while (html_reader_next(&reader, &token)) {
    for (gsize i = 0; token.kind == HTML_TOKEN_START && i < G_N_ELEMENTS(places); i++) {
      if (strcmp(token.name, places[i].element) != 0)
        continue;
      if (strcmp(token.name, "link") == 0 && !is_style_sheet(&token))
        continue;
      char *url = html_token_attribute(&token, places[i].attribute);
      if (url)
        add(found, g_strstrip(url));
    }
  }
}

/* Without the punctuation of the sentence around it; a bracket stays when the URL opens it. */
static gsize trimmed_len(const char *url, gsize len) {
  while (len > 0 && strchr(".,;:!?'*)]}", url[len - 1])) {
    if (url[len - 1] == ')' && memchr(url, '(', len))
      break;
    len--;
  }
  return len;
}

static void find_in_text(Found *found, const char *text) {
  for (const char *at = text; *at != '\0';) {
    if ((*at != 'h' && *at != 'H') || scheme_len(at) == 0) {
      at++;
      continue;
    }
    gsize len = strcspn(at, " \t\r\n<>\"`|\\^{}");
    add(found, g_strndup(at, trimmed_len(at, len)));
    at += len;
  }
}

GPtrArray *web_links_find(const Message *message) {
  Found found = {.urls = g_ptr_array_new_with_free_func(g_free), .seen = g_hash_table_new(g_str_hash, g_str_equal)};
  const GPtrArray *parts = message_parts(message);
  g_autofree char *html = message_html(message);

  if (html)
    find_in_html(&found, html);
  for (guint i = 0; i < parts->len; i++) {
    const MessagePart *part = g_ptr_array_index(parts, i);
    if (part->kind != MESSAGE_PART_TEXT)
      continue;
    g_autofree char *text = message_part_text(message, part);
    find_in_text(&found, text);
  }
  g_hash_table_unref(found.seen);
  return found.urls;
}
