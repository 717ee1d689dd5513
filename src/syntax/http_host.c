#include "syntax/http_host.h"
#include <arpa/inet.h>
#include <string.h>

static gboolean parse_port(const char *text, gsize len, guint16 *out_port) {
  guint port = 0;

  if (len == 0 || len > 5)
    return FALSE;
  for (gsize i = 0; i < len; i++) {
    if (!g_ascii_isdigit(text[i]))
      return FALSE;
    port = port * 10 + (guint)(text[i] - '0');
  }
  *out_port = (guint16)port;
  return port > 0 && port <= G_MAXUINT16;
}

/* `host->name` holds the text between the brackets. An IPv4 address mapped into IPv6 is that IPv4 address. */
static gboolean make_ip6(HttpHost *host) {
  struct in6_addr address;

  if (inet_pton(AF_INET6, host->name, &address) != 1)
    return FALSE;
  if (IN6_IS_ADDR_V4MAPPED(&address)) {
    host->kind = HTTP_HOST_IP4;
    return inet_ntop(AF_INET, address.s6_addr + 12, host->name, sizeof host->name) != NULL;
  }
  host->kind = HTTP_HOST_IP6;
  return inet_ntop(AF_INET6, &address, host->name, sizeof host->name) != NULL;
}

/* Underscores are in no host name, but in names that containers have. */
static gboolean make_name(HttpHost *host) {
  struct in_addr address;
  gsize len = strlen(host->name);

  for (gsize i = 0; i < len; i++) {
    if (!g_ascii_isalnum(host->name[i]) && !strchr("-._", host->name[i]))
      return FALSE;
    host->name[i] = g_ascii_tolower(host->name[i]);
  }
  if (len > 1 && host->name[len - 1] == '.')
    host->name[len - 1] = '\0';
  host->kind = inet_pton(AF_INET, host->name, &address) == 1 ? HTTP_HOST_IP4 : HTTP_HOST_NAME;
  return host->name[0] != '.' && !strstr(host->name, "..");
}

gboolean http_host_parse(const char *text, gsize len, HttpHost *out_host) {
  gboolean bracketed = len > 0 && text[0] == '[';
  const char *name = bracketed ? text + 1 : text;
  const char *name_end = memchr(text, bracketed ? ']' : ':', len);
  const char *end = text + len;
  const char *rest = end;

  *out_host = (HttpHost){0};
  if (bracketed && !name_end)
    return FALSE;
  if (name_end)
    rest = bracketed ? name_end + 1 : name_end;
  else
    name_end = end;
  if (name_end == name || name_end - name > HTTP_HOST_NAME_MAX || memchr(name, '\0', (gsize)(name_end - name)))
    return FALSE;
  memcpy(out_host->name, name, (gsize)(name_end - name));
  if (!(bracketed ? make_ip6(out_host) : make_name(out_host)))
    return FALSE;
  return rest == end || (*rest == ':' && parse_port(rest + 1, (gsize)(end - rest - 1), &out_host->port));
}

gboolean http_origin_parse(const char *text, HttpHost *out_host) {
  static const struct {
    const char *prefix;
    guint16 port;
  } schemes[] = {{"http://", HTTP_PORT}, {"https://", HTTPS_PORT}};

  for (gsize i = 0; i < G_N_ELEMENTS(schemes); i++) {
    gsize prefix_len = strlen(schemes[i].prefix);
    if (g_ascii_strncasecmp(text, schemes[i].prefix, prefix_len) != 0)
      continue;
    if (!http_host_parse(text + prefix_len, strlen(text + prefix_len), out_host))
      return FALSE;
    if (out_host->port == 0)
      out_host->port = schemes[i].port;
    return TRUE;
  }
  return FALSE;
}

gboolean http_host_is_loopback(const HttpHost *host) {
  switch (host->kind) {
  case HTTP_HOST_IP4:
    return g_str_has_prefix(host->name, "127.");
  case HTTP_HOST_IP6:
    return strcmp(host->name, "::1") == 0;
  case HTTP_HOST_NAME:
  default:
    return http_host_matches(host, "localhost") || http_host_matches(host, "*.localhost");
  }
}

static const char wildcard[] = "*.";

/* The name alone, made as names of hosts are. */
static gboolean parse_pattern(const char *pattern, HttpHost *out_host) {
  const char *name = g_str_has_prefix(pattern, wildcard) ? pattern + strlen(wildcard) : pattern;

  return http_host_parse(name, strlen(name), out_host) && out_host->port == 0;
}

gboolean http_host_pattern_is_valid(const char *pattern) {
  HttpHost host;

  return parse_pattern(pattern, &host) && (host.kind == HTTP_HOST_NAME || *pattern != *wildcard);
}

gboolean http_host_matches(const HttpHost *host, const char *pattern) {
  HttpHost wanted;

  if (!parse_pattern(pattern, &wanted))
    return FALSE;
  if (!g_str_has_prefix(pattern, wildcard))
    return strcmp(host->name, wanted.name) == 0;
  gsize name_len = strlen(host->name);
  gsize wanted_len = strlen(wanted.name);
  return host->kind == HTTP_HOST_NAME && name_len > wanted_len && host->name[name_len - wanted_len - 1] == '.' &&
         g_str_has_suffix(host->name, wanted.name);
}
