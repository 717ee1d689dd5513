#pragma once
/* Blocks of addresses, to tell by where a peer comes from what it may do.
 *
 * Owns: nothing; a NetCidr is a value.
 * Thread: any; pure.
 * Errors: NET_ERROR_ADDRESS, with the text given, escaped, and what is wrong with it.
 * Units and limits: 0 to 32 bits for IPv4, 0 to 128 for IPv6.
 * Source: RFC 4632 3.1 (IPv4), RFC 4291 2.3 (IPv6) and 2.5.5.2 (IPv4 mapped into IPv6). */
#include "net/address.h"

typedef struct NetCidr {
  sa_family_t family; /* AF_INET, AF_INET6 or AF_UNIX */
  guint8 ip[16];      /* IPv4: the first four; bits behind n_bits are 0 */
  guint n_bits;
} NetCidr;

/* "192.0.2.0/24", "2001:db8::/32", "[::1]", an address alone for itself, or "unix" for every client of a unix socket.
 * Bits set behind the prefix are rejected, for then one of the two is a mistake. Mapped IPv4 is IPv4. */
gboolean net_cidr_parse(const char *text, NetCidr *out_cidr, GError **error);

/* Are the first bits of an address, in network order, those of `prefix`? */
gboolean net_ip_has_prefix(const guint8 *ip, const guint8 *prefix, guint n_bits);

gboolean net_cidr_contains(const NetCidr *cidr, const NetAddress *address);

/* Of this machine or of a network that is not the Internet: loopback, private, link-local. RFC 1122 3.2.1.3, 1918,
 * 3927, 4193, 4291. */
gboolean net_cidr_is_private(const NetAddress *address);

/* TRUE when one of `cidrs`, an array of NetCidr, contains it. NULL is an empty array. */
gboolean net_cidrs_contain(const GArray *cidrs, const NetAddress *address);
