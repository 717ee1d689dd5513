#pragma once
/* Which addresses belong to the public Internet, and what the others are for.
 *
 * Thread: any; pure.
 * Source: the IANA special-purpose registries of IPv4 and IPv6 (RFC 6890 and what came since: RFC 6598, RFC 8215,
 *         RFC 9637, RFC 9602); RFC 4291 2.5.5 (IPv4 within IPv6), RFC 6052 2.1 (NAT64), RFC 3056 2 (6to4). */
#include "net/address.h"

/* "a private", "a loopback": what kind of address it is, for "... address"; NULL: a public one. An IPv6 address that
 * stands for one of IPv4 is what that is. What the registries do not know, and a unix socket, is not public. */
const char *net_reach_kind(const NetAddress *address);
