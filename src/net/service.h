#pragma once
/* What servers share: listeners, who is let in, PROXY headers, TLS and the end. What is said over a connection is a
 * NetProtocol's affair.
 *
 * Owns: the listeners, the connections and, by way of the protocol, their sessions.
 * Thread: the loop thread. A protocol's functions come from the loop, but session_new() and start() of
 *         net_service_take().
 * Errors: NET_ERROR when a listener can't be opened.
 * Units and limits: max_connections over all listeners, those of proxies whose PROXY header has not come and those in a
 *         handshake included. A PROXY header may take NET_SERVICE_PROXY_MS and a handshake NET_SERVICE_HANDSHAKE_MS, or
 *         timeout_ms when that is shorter.
 * Source: docs/design.md, "Services"; RFC 8314 3.3 (implicit TLS). */
#include "net/conn.h"
#include "net/listener.h"
#include "net/peer_count.h"

enum { NET_SERVICE_PROXY_MS = 10 * 1000, NET_SERVICE_HANDSHAKE_MS = 30 * 1000 };

typedef struct NetServiceOptions {
  guint max_connections;
  guint max_connections_per_address; /* 0: no limit */
  const GArray *proxies; /* NetCidr, borrowed: whose connections begin with a PROXY header; NULL: nobody's */
  gint64 timeout_ms;     /* bounds what comes before a session */
  gboolean is_held;      /* connections wait for net_service_release() */
} NetServiceOptions;

typedef enum {
  NET_TURNED_AWAY_ALL,    /* the service has max_connections */
  NET_TURNED_AWAY_ADDRESS /* the client's address has max_connections_per_address */
} NetTurnedAway;

typedef struct NetServiceEvents {
  /* A client was told that there are too many. */
  void (*turned_away)(gpointer user_data, const char *peer, NetTurnedAway why);
  /* A connection to this listener could not be accepted; `reason` is errno. */
  void (*failed)(gpointer user_data, const char *listener, int reason);
  /* A proxy's connection is accepted; the log names it by `peer`, the client that the proxy speaks for. */
  void (*proxied)(gpointer user_data, const char *peer, const char *proxy);
  /* A proxy's connection was closed without a reply. */
  void (*turned_back)(gpointer user_data, const char *proxy, const char *why);
  /* A handshake failed. NULL: nobody wants to know. */
  void (*tls_failed)(gpointer user_data, const char *peer, const char *why);
  /* After net_service_stop(): the last connection has ended. */
  void (*stopped)(gpointer user_data);
} NetServiceEvents;

typedef struct NetService NetService;
typedef struct NetClient NetClient; /* one connection */

/* Who is at the other end, and how they came. Borrowed by session_new(). */
typedef struct NetOrigin {
  NetAddress peer;     /* the client's own, also behind a proxy; of a unix socket the listener's */
  NetAddress local;    /* the listener's */
  const char *name;    /* "127.0.0.1:50312", as the log calls it; lives as long as the client */
  NetPeerKey key;      /* by which the connections and logins of one client count together */
  gboolean is_unix;    /* by a unix socket, where nobody can listen in */
  gboolean is_local;   /* on this machine, as far as addresses tell; behind a proxy only if that is here, and said so */
  gboolean can_secure; /* net_client_secure() may work: TLS begins when the session asks for it */
} NetOrigin;

typedef enum {
  NET_STEP_WAIT,    /* for input, or for net_client_wake() */
  NET_STEP_BLOCKED, /* until no more than NET_CONN_OUTPUT_LOW waits to be sent */
  NET_STEP_DONE,    /* send the output, then close */
  NET_STEP_CUT,     /* the same, and let it arrive though the client still sends */
  NET_STEP_DROPPED  /* close at once */
} NetStep;

/* What sessions of one protocol do. `server` is what net_service_new() was given. */
typedef struct NetProtocol {
  /* A client has come; it hears nothing before start(). */
  gpointer (*session_new)(gpointer server, NetClient *client, const NetOrigin *origin);

  /* Bytes can pass: at once, or after a handshake, which the session may have asked for. step() follows. NULL:
   * there is nothing to greet with. */
  void (*start)(gpointer session, const NetSecured *secured);

  /* Takes what it can from the input, and answers. Called whenever something happened. */
  NetStep (*step)(gpointer session);

  /* After a step, when its output is on the way: how long the client may take for what it is doing; 0: it has taken too
   * long; -1: it is our turn. */
  gint64 (*time_left_ms)(gpointer session);

  /* It has taken too long; step() follows. */
  void (*expire)(gpointer session);

  /* The client sends no more; step() follows. */
  void (*input_ended)(gpointer session);

  /* The service stops: finish what is under way and begin nothing else; `now`: the grace is over. step() follows. */
  void (*stop)(gpointer session, gboolean now);

  /* As net_conn_set_quiet() asked. NULL: never. */
  void (*quiet)(gpointer session);

  /* The connection is over, broken or as asked; session_free() follows. NULL: nothing to do. */
  void (*ended)(gpointer session);

  void (*session_free)(gpointer session);

  /* What a client is told that is one too many, in one write that may be lost. The caller frees. */
  char *(*turn_away)(gpointer server, NetTurnedAway why);
} NetProtocol;

/* The options are copied. All else but `base` is borrowed and must outlive the service; each table is called with the
 * data that follows it. */
NetService *net_service_new(struct event_base *base, const NetServiceOptions *options, const NetProtocol *protocol,
                            gpointer server, const NetServiceEvents *events, gpointer events_data);

/* For connections to come. */
void net_service_set_max_connections(NetService *service, guint n);

/* How the connections of a listener get TLS. */
typedef struct NetServiceTls {
  NetSecurity security;
  gboolean is_implicit; /* the handshake comes first, and not when a session asks for it */
} NetServiceTls;

/* Opens a listener, or takes over a socket that listens. `tls` NULL: no TLS. Returns its address, borrowed, or NULL. */
const NetAddress *net_service_listen(NetService *service, const NetAddress *address, const NetServiceTls *tls,
                                     GError **error);
const NetAddress *net_service_adopt(NetService *service, int fd, const NetServiceTls *tls, GError **error);

/* Connections that waited, and those to come, are taken. */
void net_service_release(NetService *service);

/* Serves a socket that is connected already, and takes it over. */
void net_service_take(NetService *service, int fd);

/* Accepts no more connections. Sessions may finish what is under way for `grace_ms`. Then `stopped`. */
void net_service_stop(NetService *service, guint grace_ms);

/* Drops everything. NULL is fine. */
void net_service_free(NetService *service);

/* --- for sessions */

/* Borrowed: its buffers, and what a session may set: net_conn_read_on(), net_conn_hold(), net_conn_set_quiet(),
 * net_conn_acknowledge_quickly(). The rest is the service's to call. */
NetConn *net_client_conn(NetClient *client);

/* Asks for step() from the loop. */
void net_client_wake(NetClient *client);

/* From within step(): once the output is sent, the handshake begins, and start() follows. FALSE: no TLS is available.
 */
gboolean net_client_secure(NetClient *client);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(NetService, net_service_free)
