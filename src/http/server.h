#pragma once
/* The sessions of an HTTP server, for a NetService with `http_protocol` and an HttpServer.
 *
 * Owns: what the sessions share.
 * Thread: the loop thread.
 * Units and limits: those of HttpServerOptions and of syntax/http_head.h. A head has to be there 10 s after its first
 *         byte (408); a body has to come, and an answer to be read, in 30 s and a second more for each 16 KiB of it; a
 *         connection may be idle for 60 s.
 * Source: RFC 9112; docs/http.md. */
#include "base/job.h"
#include "http/access.h"
#include "http/gate.h"
#include "http/login.h"
#include "http/routes.h"
#include "net/service.h"

typedef struct HttpServerOptions {
  gsize max_held_bytes; /* of all bodies and answers in memory; beyond it requests are told 503 */
  gint64 keep_alive_ms; /* between heartbeats of an event stream, and pings of a WebSocket */
} HttpServerOptions;

typedef struct HttpServer HttpServer;

extern const NetProtocol http_protocol;

/* `login` NULL: nobody has to log in. `answered`, with its data, is told of each request. All but `base`, `queue` and
 * `options` are borrowed and must outlive the server. */
HttpServer *http_server_new(struct event_base *base, LoopQueue *queue, const HttpServerOptions *options,
                            const HttpRoutes *routes, const HttpGate *gate, HttpLogin *login, HttpAnswered answered,
                            gpointer user_data);

const HttpCounters *http_server_counters(const HttpServer *server);

/* After its service. Requests may still be answered to nobody. NULL is fine. */
void http_server_free(HttpServer *server);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(HttpServer, http_server_free)
