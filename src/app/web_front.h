#pragma once
/* The web server of a running dsmtpd: where it listens, who may come in, what it logs.
 *
 * Owns: an HttpServer with its routes, gate and logins; options and log are lent.
 * Thread: the loop thread.
 * Errors: NET_ERROR when it can't listen where the user said, AUTH_USERS_ERROR when the user file can't be read.
 * Units and limits: those of net/service.h and http/server.h; WEB_FRONT_HELD_MAX bytes of bodies and answers in memory;
 *         WEB_FRONT_CONNECTIONS_MAX connections, or --max-connections when that is less.
 * Source: docs/http.md, docs/log.md. */
#include "api/api.h"
#include "app/listen.h"
#include "app/options.h"
#include "app/reload.h"
#include "auth/guard.h"
#include "base/job.h"
#include "tls/context.h"

enum { WEB_FRONT_HELD_MAX = 256 * 1024 * 1024, WEB_FRONT_CONNECTIONS_MAX = 512 };

typedef struct WebFront WebFront;

/* How many connections it may have; 0 when it is off. */
guint web_front_max_connections(const ServerSettings *settings);

/* Fewer than that, from now on. */
void web_front_set_max_connections(WebFront *front, guint n);

/* `api`, which is lent like guard and log, has the routes. `stopped` is called after web_front_stop(). */
WebFront *web_front_new(const ServerSettings *settings, struct event_base *base, LoopQueue *queue, AuthGuard *guard,
                        Log *log, Api *api, void (*stopped)(gpointer user_data), gpointer user_data);

/* Lent. */
const HttpCounters *web_front_counters(const WebFront *front);

/* Reads the user file and listens. Where nobody asked for an address, that is the usual port or, when it is in use, the
 * next free one; the log says so. `tls`, NULL when there is none, is for HTTPS; lent. */
gboolean web_front_open(WebFront *front, Listening *listening, TlsContext *tls, GError **error);

/* Adds the user file, if there is one. */
void web_front_add_parts(WebFront *front, Reload *reload);

/* Says in the log where it serves. */
void web_front_announce(const WebFront *front);

/* Where a program on this machine asks, "http://127.0.0.1:8025/mail" or "unix:/path"; NULL: nowhere. The caller frees.
 */
char *web_front_url(const WebFront *front);

/* Connections are taken from now on. */
void web_front_release(WebFront *front);

void web_front_stop(WebFront *front, guint grace_ms);

/* NULL is fine. */
void web_front_free(WebFront *front);
