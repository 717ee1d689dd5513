#include "net/cidr.h"
#include <arpa/inet.h>
#include <string.h>

enum { IP4_BITS = 32, IP6_BITS = 128, MAPPED_BITS = 96 };

static gboolean fail(const char *text, const char *what, GError **error) {
  g_autofree char *shown = g_strescape(text, NULL);

  g_set_error(error, NET_ERROR, NET_ERROR_ADDRESS, "\"%s\" %s", shown, what);
  return FALSE;
}

/* No address is IPv4 mapped into IPv6 (net/address.h), so a block of such addresses means those of IPv4. */
static void unmap(NetCidr *cidr) {
  static const guint8 prefix[] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};

  if (cidr->family != AF_INET6 || cidr->n_bits < MAPPED_BITS || memcmp(cidr->ip, prefix, sizeof prefix) != 0)
    return;
  memmove(cidr->ip, cidr->ip + sizeof prefix, 4);
  memset(cidr->ip + 4, 0, sizeof cidr->ip - 4);
  cidr->family = AF_INET;
  cidr->n_bits -= MAPPED_BITS;
}

/* The byte at `i` with only those bits that belong to the prefix. */
static guint8 masked(const guint8 *ip, gsize i, guint n_bits) {
  guint n_kept = n_bits > 8 * i ? MIN(n_bits - 8 * (guint)i, 8) : 0;

  return (guint8)(ip[i] & (0xFF00 >> n_kept));
}

gboolean net_ip_has_prefix(const guint8 *ip, const guint8 *prefix, guint n_bits) {
  for (gsize i = 0; 8 * i < n_bits; i++)
    if (masked(ip, i, n_bits) != masked(prefix, i, n_bits))
      return FALSE;
  return TRUE;
}

static gboolean read_ip(const char *text, NetCidr *out) {
  gsize len = strlen(text);
  g_autofree char *bare =
      len > 2 && text[0] == '[' && text[len - 1] == ']' ? g_strndup(text + 1, len - 2) : g_strdup(text);

  if (inet_pton(AF_INET, bare, out->ip) == 1) {
    out->family = AF_INET;
    out->n_bits = IP4_BITS;
    return TRUE;
  }
  out->family = AF_INET6;
  out->n_bits = IP6_BITS;
  return inet_pton(AF_INET6, bare, out->ip) == 1;
}

gboolean net_cidr_parse(const char *text, NetCidr *out_cidr, GError **error) {
  const char *slash = strchr(text, '/');
  g_autofree char *ip = slash ? g_strndup(text, (gsize)(slash - text)) : g_strdup(text);
  NetCidr cidr = {0};

  if (strcmp(text, "unix") == 0) {
    *out_cidr = (NetCidr){.family = AF_UNIX};
    return TRUE;
  }
  if (!read_ip(ip, &cidr))
    return fail(text, "does not begin with an IP address", error);
  if (slash) {
    guint64 n_bits;
    if (!g_ascii_isdigit(slash[1]) || !g_ascii_string_to_unsigned(slash + 1, 10, 0, cidr.n_bits, &n_bits, NULL))
      return fail(text,
                  cidr.family == AF_INET ? "needs a number from 0 to 32 after its slash"
                                         : "needs a number from 0 to 128 after its slash",
                  error);
    cidr.n_bits = (guint)n_bits;
  }
  for (gsize i = 0; i < sizeof cidr.ip; i++)
    if (masked(cidr.ip, i, cidr.n_bits) != cidr.ip[i])
      return fail(text, "has bits set after its prefix, so the address or the length is wrong", error);
  unmap(&cidr);
  *out_cidr = cidr;
  return TRUE;
}

gboolean net_cidr_contains(const NetCidr *cidr, const NetAddress *address) {
  NetCidr peer = {.family = address->storage.ss_family};

  net_address_ip(address, peer.ip);
  return cidr->family == peer.family && net_ip_has_prefix(peer.ip, cidr->ip, cidr->n_bits);
}

gboolean net_cidr_is_private(const NetAddress *address) {
  static const char *const blocks[] = {"127.0.0.0/8",    "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16",
                                       "169.254.0.0/16", "::1/128",    "fc00::/7",      "fe80::/10"};

  for (gsize i = 0; i < G_N_ELEMENTS(blocks); i++) {
    NetCidr block;
    if (net_cidr_parse(blocks[i], &block, NULL) && net_cidr_contains(&block, address))
      return TRUE;
  }
  return FALSE;
}

gboolean net_cidrs_contain(const GArray *cidrs, const NetAddress *address) {
  for (guint i = 0; cidrs && i < cidrs->len; i++)
    if (net_cidr_contains(&g_array_index(cidrs, NetCidr, i), address))
      return TRUE;
  return FALSE;
}
