#include "message/html_base.h"
#include "message/html_token.h"
#include "message/text_urls.h"
#include <string.h>

struct HtmlBase {
  GUri *uri;
  char *address;
  gsize n_left; /* bytes that whole addresses may still have */
};

static const GUriFlags uri_flags = G_URI_FLAGS_ENCODED | G_URI_FLAGS_PARSE_RELAXED | G_URI_FLAGS_HAS_PASSWORD;

/* GLib takes what it cannot read for a path, even right after a host, and objects when it is to print that. */
static GUri *take_sound(GUri *uri) {
  if (!uri)
    return NULL;
  const char *path = g_uri_get_path(uri);
  const char *host = g_uri_get_host(uri);
  if (host && *host && (*path == '\0' || *path == '/'))
    return uri;
  g_uri_unref(uri);
  return NULL;
}

HtmlBase *html_base_new(const char *address, gsize n_bytes) {
  g_autofree char *whole = html_base_resolve(NULL, address);

  if (!whole || !url_is_web(whole) || strlen(whole) > HTML_BASE_BYTES_MAX)
    return NULL;
  g_autoptr(GUri) uri = take_sound(g_uri_parse(whole, uri_flags, NULL));
  if (!uri)
    return NULL;
  HtmlBase *base = g_new(HtmlBase, 1);
  *base = (HtmlBase){
      .uri = g_steal_pointer(&uri), .address = g_steal_pointer(&whole), .n_left = 2 * n_bytes + HTML_BASE_SPARE_BYTES};
  return base;
}

HtmlBase *html_base_find(const char *html) {
  HtmlReader reader;
  HtmlToken token;

  html_reader_init(&reader, html, strlen(html));
  while (html_reader_next(&reader, &token)) {
    if (token.kind != HTML_TOKEN_START || strcmp(token.name, "base") != 0)
      continue;
    g_autofree char *address = html_token_attribute(&token, "href");
    if (address)
      return html_base_new(address, strlen(html));
  }
  return NULL;
}

void html_base_free(HtmlBase *base) {
  if (!base)
    return;
  g_uri_unref(base->uri);
  g_free(base->address);
  g_free(base);
}

/* Browsers skip blanks at both ends and line ends anywhere. */
static char *tidy(const char *address) {
  GString *out = g_string_new(NULL);

  while (*address != '\0' && (guchar)*address <= ' ')
    address++;
  for (; *address; address++)
    if (!strchr("\t\r\n", *address))
      g_string_append_c(out, *address);
  return g_strchomp(g_string_free(out, FALSE));
}

static gboolean is_slash(char c) {
  return c == '/' || c == '\\';
}

char *html_base_resolve(HtmlBase *base, const char *address) {
  g_autofree char *tidied = tidy(address);
  g_autofree char *scheme = g_uri_parse_scheme(tidied);

  if (scheme)
    return g_steal_pointer(&tidied);
  if (!base && is_slash(tidied[0]) && is_slash(tidied[1]))
    return g_strconcat("https://", tidied + 2, NULL);
  gsize n_bytes = base ? strlen(base->address) + strlen(tidied) : 0;
  if (!base || base->n_left < n_bytes)
    return NULL;
  base->n_left -= n_bytes;
  gsize n_path = strcspn(tidied, "?#");
  for (gsize i = 0; i < n_path; i++)
    if (tidied[i] == '\\')
      tidied[i] = '/';
  g_autoptr(GUri) uri = take_sound(g_uri_parse_relative(base->uri, tidied, uri_flags, NULL));
  return uri ? g_uri_to_string(uri) : NULL;
}
