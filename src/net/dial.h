#pragma once
/* Connecting to a host by name, without waiting: its addresses one after the other until one answers.
 *
 * Owns: a lookup and a socket under way.
 * Thread: the loop thread. The callback comes from the loop, never from inside a call.
 * Errors: NET_ERROR_ADDRESS: there is no such host, or none of its addresses may be connected to (with the error of
 *         `may`); NET_ERROR_CONNECT: none answered.
 * Units and limits: NET_DIAL_ADDRESSES_MAX addresses are tried, each for NET_DIAL_ADDRESS_MS; no limit on the whole, so
 *         who dials cancels.
 * Source: connect(2). */
#include "net/resolver.h"

enum { NET_DIAL_ADDRESSES_MAX = 8, NET_DIAL_ADDRESS_MS = 5000 };

typedef struct NetDial NetDial;

typedef struct NetDialEvents {
  /* Asked of each address before it is connected to, which is then this one and no other: FALSE, with the error set,
   * leaves it out. NULL: every address may. */
  gboolean (*may)(const NetAddress *address, gpointer user_data, GError **error);
  /* `fd` is connected, does not block and is the callee's; -1: `error`. The dial is gone. */
  void (*dialed)(int fd, const GError *error, gpointer user_data);
} NetDialEvents;

/* `host` is a name, an address or unix:/path. */
NetDial *net_dial(NetResolver *resolver, struct event_base *base, const char *host, guint16 port,
                  const NetDialEvents *events, gpointer user_data);

/* `dialed` is not called. NULL is fine. */
void net_dial_cancel(NetDial *dial);
