#pragma once
/* Connections from proxies, kept until the PROXY header has told who is behind them.
 *
 * Owns: the sockets that wait.
 * Thread: the loop thread. Callbacks come from the loop.
 * Errors: told by `turned_back`.
 * Units and limits: a header has `timeout_ms` to be whole; proxy_header.h bounds its length. How many may wait is the
 *         caller's to say, by net_proxy_gate_n_waiting().
 * Source: proxy-protocol.txt 2 ("the receiver must be configured to only receive the protocol", "may wait at least
 *         3 seconds"). The bytes after the header stay in the socket, so that TLS or SMTP begins there. */
#include "net/address.h"
#include <event2/event.h>

typedef struct NetProxyGate NetProxyGate;

typedef struct NetProxyGateEvents {
  /* The header is read, and `fd` the callee's. `peer` is whom the proxy names, or the proxy itself where it names
   * nobody. `tag` came with the socket. */
  void (*passed)(int fd, const NetAddress *peer, const NetAddress *proxy, gpointer tag, gpointer user_data);
  /* The connection was closed without a word; `why` is for the log. */
  void (*turned_back)(const NetAddress *proxy, const char *why, gpointer tag, gpointer user_data);
} NetProxyGateEvents;

/* `events` are lent. */
NetProxyGate *net_proxy_gate_new(struct event_base *base, gint64 timeout_ms, const NetProxyGateEvents *events,
                                 gpointer user_data);

/* Takes over `fd`. */
void net_proxy_gate_take(NetProxyGate *gate, int fd, const NetAddress *proxy, gpointer tag);

guint net_proxy_gate_n_waiting(const NetProxyGate *gate);

/* Closes all that wait, without a word to anybody. */
void net_proxy_gate_clear(NetProxyGate *gate);

/* NULL is fine. */
void net_proxy_gate_free(NetProxyGate *gate);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(NetProxyGate, net_proxy_gate_free)
