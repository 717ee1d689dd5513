#include "checks/url_host.h"
#include "net/cidr.h"
#include <arpa/inet.h>
#include <string.h>

static gboolean is_web(const char *scheme) {
  return g_ascii_strcasecmp(scheme, "http") == 0 || g_ascii_strcasecmp(scheme, "https") == 0;
}

char *url_host_read(const char *url) {
  const GUriFlags flags =
      G_URI_FLAGS_PARSE_RELAXED | G_URI_FLAGS_ENCODED_PATH | G_URI_FLAGS_ENCODED_QUERY | G_URI_FLAGS_ENCODED_FRAGMENT;
  g_autofree char *slashed = g_strdelimit(g_strdup(url), "\\", '/'); /* to browsers both are the same */
  g_autofree char *scheme = NULL;
  g_autofree char *host = NULL;

  if (!g_uri_split(slashed, flags, &scheme, NULL, &host, NULL, NULL, NULL, NULL, NULL) || !scheme || !is_web(scheme) ||
      !host)
    return g_strdup("");
  gsize len = strlen(host);
  return g_ascii_strdown(host, (gssize)(len > 0 && host[len - 1] == '.' ? len - 1 : len));
}

/* Browsers take IPv4 addresses in all the forms of inet_aton(). */
static gboolean read_ip(const char *host, NetAddress *out_address) {
  struct in_addr ip4;
  struct in6_addr ip6;

  if (inet_aton(host, &ip4))
    net_address_from_ip((const guint8 *)&ip4, sizeof ip4, 0, out_address);
  else if (inet_pton(AF_INET6, host, &ip6) == 1)
    net_address_from_ip(ip6.s6_addr, sizeof ip6, 0, out_address);
  else
    return FALSE;
  return TRUE;
}

/* Those that stand for no address lead to this machine, too. */
static gboolean is_local_ip(const NetAddress *address) {
  static const char *const unspecified[] = {"0.0.0.0/8", "::/128"};
  NetCidr block;

  for (gsize i = 0; i < G_N_ELEMENTS(unspecified); i++)
    if (net_cidr_parse(unspecified[i], &block, NULL) && net_cidr_contains(&block, address))
      return TRUE;
  return net_cidr_is_private(address);
}

gboolean url_host_is_local(const char *host) {
  static const char *const suffixes[] = {".localhost", ".local", ".internal", ".test"};
  NetAddress address;

  if (read_ip(host, &address))
    return is_local_ip(&address);
  for (gsize i = 0; i < G_N_ELEMENTS(suffixes); i++)
    if (g_str_has_suffix(host, suffixes[i]))
      return TRUE;
  return strcmp(host, "localhost") == 0;
}
