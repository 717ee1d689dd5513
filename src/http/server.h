#pragma once
/* An HTTP server: the connections behind a set of listeners.
 *
 * Owns: its listeners and connections.
 * Thread: the loop thread.
 * Errors: NET_ERROR when a listener can't be opened.
 * Units and limits: those of HttpServerOptions and of syntax/http_head.h. A head has to be there 10 s after its first
 *         byte (408); a body has to come, and an answer to be read, in 30 s and a second more for each 16 KiB of it; a
 *         connection may be idle for 60 s.
 * Source: RFC 9112; docs/http.md. */
#include "base/job.h"
#include "http/access.h"
#include "http/gate.h"
#include "http/login.h"
#include "http/routes.h"
#include "net/listener.h"
#include "tls/context.h"

typedef struct HttpServerOptions {
  guint max_connections; /* one more is told 503 */
  gsize max_held_bytes;  /* of all bodies and answers in memory; beyond it requests are told 503 */
  gint64 keep_alive_ms;  /* between heartbeats of an event stream, and pings of a WebSocket */
} HttpServerOptions;

typedef struct HttpServerEvents {
  void (*answered)(const HttpAccess *access, gpointer user_data);
  /* A connection could not be taken (`reason` is errno), or was one too many (0). */
  void (*not_taken)(const char *peer, int reason, gpointer user_data);
  /* After http_server_stop(): the last connection has ended. */
  void (*stopped)(gpointer user_data);
} HttpServerEvents;

typedef struct HttpServer HttpServer;

/* `login` NULL: nobody has to log in. All but `base` and `queue` are lent and must outlive the server; `events` are
 * called with the data that follows. */
HttpServer *http_server_new(struct event_base *base, LoopQueue *queue, const HttpServerOptions *options,
                            const HttpRoutes *routes, HttpGate *gate, HttpLogin *login, const HttpServerEvents *events,
                            gpointer events_data);

/* Opens a listener and lets its address through the gate. `tls` NULL: no TLS; the server takes a reference. Returns the
 * address, lent, or NULL. */
const NetAddress *http_server_listen(HttpServer *server, const NetAddress *address, TlsContext *tls, GError **error);

/* Serves a unix socket that is connected already, and takes it over. */
void http_server_take(HttpServer *server, int fd);

const HttpCounters *http_server_counters(const HttpServer *server);

/* Takes no more connections, lets answers in hand be sent for `grace_ms`, ends streams. Then `stopped`. */
void http_server_stop(HttpServer *server, guint grace_ms);

/* Drops everything: streams are told `closed`, requests may still be answered to nobody. NULL is fine. */
void http_server_free(HttpServer *server);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(HttpServer, http_server_free)
