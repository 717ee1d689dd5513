#include "syntax/web_url.h"
#include "syntax/http_head.h"
#include <string.h>

G_DEFINE_QUARK(dsmtpd - web - url - error - quark, web_url_error)

static gboolean set_error(GError **error, const char *text) {
  g_set_error_literal(error, WEB_URL_ERROR, WEB_URL_ERROR_WRONG, text);
  return FALSE;
}

void web_url_clear(WebUrl *url) {
  g_free(url->text);
  g_free(url->authority);
  g_free(url->target);
  *url = (WebUrl){0};
}

/* What may not stand in a URL is encoded, so that nothing in it ends a line of a request. */
static void append_encoded(GString *out, const char *text) {
  static const char allowed[] = "!#$%&'()*+,/:;=?@[]-._~";

  for (; *text != '\0'; text++)
    if (g_ascii_isalnum(*text) || strchr(allowed, *text))
      g_string_append_c(out, *text);
    else
      g_string_append_printf(out, "%%%02X", (guint8)*text);
}

static GUri *parse(const char *text, const WebUrl *base) {
  const GUriFlags flags = G_URI_FLAGS_ENCODED | G_URI_FLAGS_PARSE_RELAXED | G_URI_FLAGS_HAS_PASSWORD;
  g_autoptr(GUri) base_uri = base ? g_uri_parse(base->text, flags, NULL) : NULL;

  return base ? g_uri_parse_relative(base_uri, text, flags, NULL) : g_uri_parse(text, flags, NULL);
}

static gboolean set_scheme(WebUrl *url, const GUri *uri, GError **error) {
  const char *scheme = g_uri_get_scheme((GUri *)uri);

  url->is_https = g_ascii_strcasecmp(scheme, "https") == 0;
  return url->is_https || g_ascii_strcasecmp(scheme, "http") == 0 || set_error(error, "it is neither http nor https");
}

static gboolean set_host(WebUrl *url, const GUri *uri, GError **error) {
  const char *host = g_uri_get_host((GUri *)uri);
  g_autofree char *ascii = host ? g_hostname_to_ascii(host) : NULL;
  const guint16 usual_port = url->is_https ? HTTPS_PORT : HTTP_PORT;
  int port = g_uri_get_port((GUri *)uri);
  gboolean is_ip6 = ascii && strchr(ascii, ':');
  g_autofree char *named = ascii ? g_strconcat(is_ip6 ? "[" : "", ascii, is_ip6 ? "]" : "", NULL) : NULL;

  /* A dot at the end is dropped, and no name has two. */
  if (!named || strstr(named, "..") || !http_host_parse(named, strlen(named), &url->host) || url->host.port != 0)
    return set_error(error, "it names no host");
  if (port == 0 || port > G_MAXUINT16)
    return set_error(error, "its port is invalid");
  url->host.port = port > 0 ? (guint16)port : usual_port;
  gboolean has_colons = url->host.kind == HTTP_HOST_IP6;
  g_autofree char *shown_port = url->host.port == usual_port ? g_strdup("") : g_strdup_printf(":%u", url->host.port);
  url->authority = g_strconcat(has_colons ? "[" : "", url->host.name, has_colons ? "]" : "", shown_port, NULL);
  return TRUE;
}

static gboolean set_target(WebUrl *url, const GUri *uri, GError **error) {
  const char *path = g_uri_get_path((GUri *)uri);
  const char *query = g_uri_get_query((GUri *)uri);
  GString *target = g_string_new(*path == '/' ? NULL : "/");

  append_encoded(target, path);
  if (query) {
    g_string_append_c(target, '?');
    append_encoded(target, query);
  }
  gsize len = target->len;
  url->target = g_string_free(target, FALSE);
  return len <= HTTP_TARGET_MAX || set_error(error, "it is too long");
}

gboolean web_url_parse(const char *text, const WebUrl *base, WebUrl *out_url, GError **error) {
  *out_url = (WebUrl){0};
  if (strlen(text) > WEB_URL_MAX)
    return set_error(error, "it is too long");
  g_autoptr(GUri) uri = parse(text, base);
  if (!uri)
    return set_error(error, "it is not a URL");
  out_url->had_login = g_uri_get_userinfo(uri) != NULL;
  if (!set_scheme(out_url, uri, error) || !set_host(out_url, uri, error) || !set_target(out_url, uri, error)) {
    web_url_clear(out_url);
    return FALSE;
  }
  out_url->text = g_strconcat(out_url->is_https ? "https://" : "http://", out_url->authority, out_url->target, NULL);
  return TRUE;
}
