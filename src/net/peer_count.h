#pragma once
/* How many connections each address has, so that none takes the place of all others.
 *
 * Owns: an entry for each address that has a connection.
 * Thread: the loop thread.
 * Units and limits: an IPv6 network of 64 bits counts as one address, for whoever has one such address has all.
 *         Clients of a unix socket have none and are not counted.
 * Source: RFC 4291 2.5.1 (64 bits of interface identifier), RFC 6177 (what a site gets). */
#include "net/address.h"

typedef struct NetPeerKey {
  guint8 bytes[16]; /* IPv4 as mapped into IPv6; of IPv6 the first 64 bits; all zero: not counted */
} NetPeerKey;

NetPeerKey net_peer_key(const NetAddress *address);

typedef struct NetPeerCount NetPeerCount;

/* `max_per_address` 0: no limit, and nothing is counted. */
NetPeerCount *net_peer_count_new(guint max_per_address);

/* FALSE: the address has as many as it may have; nothing was counted. */
gboolean net_peer_count_enter(NetPeerCount *count, const NetPeerKey *key);

/* Once for each that entered. */
void net_peer_count_leave(NetPeerCount *count, const NetPeerKey *key);

/* NULL is fine. */
void net_peer_count_free(NetPeerCount *count);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(NetPeerCount, net_peer_count_free)
