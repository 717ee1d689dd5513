#include "message/html_base.h"
#include "message/html_token.h"
#include "message/text_urls.h"
#include <string.h>

char *html_base_find(const char *html) {
  HtmlReader reader;
  HtmlToken token;
  html_reader_init(&reader, html, strlen(html));
  while (html_reader_next(&reader, &token)) {
    if (token.kind != HTML_TOKEN_START || strcmp(token.name, "base") != 0)
      continue;
    g_autofree char *address = html_token_attribute(&token, "href");
    if (!address)
      continue;
    g_autofree char *base = html_base_resolve(NULL, address);
    return base && url_is_web(base) ? g_steal_pointer(&base) : NULL;
  }
  return NULL;
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

char *html_base_resolve(const char *base, const char *address) {
  g_autofree char *tidied = tidy(address);
  g_autofree char *scheme = g_uri_parse_scheme(tidied);
  if (scheme)
    return g_steal_pointer(&tidied);
  if (!base && is_slash(tidied[0]) && is_slash(tidied[1]))
    return g_strconcat("https://", tidied + 2, NULL);
  if (!base)
    return NULL;
  gsize n_path = strcspn(tidied, "?#");
  for (gsize i = 0; i < n_path; i++)
    if (tidied[i] == '\\')
      tidied[i] = '/';
  return g_uri_resolve_relative(base, tidied, G_URI_FLAGS_ENCODED | G_URI_FLAGS_PARSE_RELAXED, NULL);
}
