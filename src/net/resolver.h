#pragma once
/* Addresses of host names, looked up on threads, for the system's resolver blocks for as long as it likes.
 *
 * Owns: the lookups under way. A thread that waits for a name server is not waited for: it ends by itself, also behind
 *       net_resolver_free().
 * Thread: the loop thread.
 * Errors: NET_ERROR_ADDRESS.
 * Units and limits: NET_RESOLVER_THREADS_MAX lookups at a time, the others wait for their turn; no time limit, so who
 *         asks cancels.
 * Source: getaddrinfo(3); pthread locks as in base/job.h. */
#include "base/job.h"
#include "net/address.h"

enum { NET_RESOLVER_THREADS_MAX = 4 };

typedef struct NetResolver NetResolver;
typedef struct NetLookup NetLookup;

/* `addresses`, of NetAddress and never empty, is lent; NULL: `error`. */
typedef void (*NetResolved)(const GArray *addresses, const GError *error, gpointer user_data);

NetResolver *net_resolver_new(LoopQueue *queue);

/* Before the end of the queue. Lookups under way are cancelled. NULL is fine. */
void net_resolver_free(NetResolver *resolver);

/* `host` is a name, an address or unix:/path. `resolved` is called once, from the loop; then the lookup is gone. */
NetLookup *net_resolver_ask(NetResolver *resolver, const char *host, guint16 port, NetResolved resolved,
                            gpointer user_data);

/* `resolved` is not called. NULL is fine. */
void net_lookup_cancel(NetLookup *lookup);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(NetResolver, net_resolver_free)
