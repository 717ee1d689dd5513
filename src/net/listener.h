#pragma once
/* One socket that takes connections.
 *
 * Owns: the descriptor, and the path of a unix socket, which is removed at the end.
 * Thread: the loop thread.
 * Errors: NET_ERROR_ADDRESS when this machine has no such address, NET_ERROR_IN_USE when another program has it,
 *         NET_ERROR_LISTEN for all else; the message names the address and, unless it is in use, what to do.
 * Units and limits: when the process is out of descriptors or memory, taking pauses for 100 ms at a time.
 * Source: docs/design.md. */
#include "net/address.h"
#include <event2/event.h>

typedef struct NetListener NetListener;

typedef struct NetListenerEvents {
  /* A connection was taken; `fd` is the callee's, `local` says over which listener. Both addresses are lent. */
  void (*accepted)(int fd, const NetAddress *peer, NetListener *listener, gpointer user_data);
  /* A connection could not be taken (`reason` is errno); taking goes on after a pause. */
  void (*failed)(int reason, NetListener *listener, gpointer user_data);
} NetListenerEvents;

/* Binds and listens. A unix socket that nobody answers on any more is replaced. */
NetListener *net_listener_open(struct event_base *base, const NetAddress *address, const NetListenerEvents *events,
                               gpointer user_data, GError **error);

/* Takes over a socket that listens already, such as one systemd passed. It owns no path. */
NetListener *net_listener_adopt(struct event_base *base, int fd, const NetListenerEvents *events, gpointer user_data,
                                GError **error);

/* Whether it takes connections, as it does at first. Those that come otherwise wait. */
void net_listener_set_taking(NetListener *listener, gboolean is_taking);

/* Where it listens, with the port the system chose. Lent. */
const NetAddress *net_listener_address(const NetListener *listener);

/* NULL is fine. Not while a connection is reported. */
void net_listener_close(NetListener *listener);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(NetListener, net_listener_close)
