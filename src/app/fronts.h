#pragma once
/* All that clients can connect to: SMTP and HTTP, with TLS, logins, and connections as descriptors allow.
 *
 * Owns: the fronts, certificates, and the guard against guesses that they share; what it is given is borrowed.
 * Thread: the loop thread; fronts_open() at the start.
 * Errors: those of app/smtp_front.h, app/web_front.h, app/tls_setup.h and app/descriptors.h.
 * Source: docs/design.md, "Services". */
#include "api/api.h"
#include "app/options.h"
#include "app/reload.h"
#include "app/server_file.h"

typedef struct Fronts Fronts;

/* Messages go to `intake`; `api` has the routes. `stopped` is called after fronts_stop(). */
Fronts *fronts_new(const ServerSettings *settings, struct event_base *base, LoopQueue *queue, Log *log, Intake *intake,
                   Api *api, void (*stopped)(gpointer user_data), gpointer user_data);

/* Opens all listeners; connections wait for fronts_release(). What SIGHUP reads again is added to `reload`. Of
 * `descriptor_limit`, `n_kept` are for others. */
gboolean fronts_open(Fronts *fronts, Reload *reload, guint64 descriptor_limit, guint n_kept, GError **error);

/* SmtpListener. Borrowed. */
const GArray *fronts_smtp_listeners(const Fronts *fronts);

/* Borrowed. */
const HttpCounters *fronts_http_counters(const Fronts *fronts);

/* Where clients connect to; the caller frees what it sets. */
void fronts_collect_facts(const Fronts *fronts, ServerFacts *facts);

/* Appends where SMTP listens, for the API (ApiSmtpListener). */
void fronts_name_listeners(const Fronts *fronts, GArray *out_listeners);

/* Says in the log where they listen. */
void fronts_announce(const Fronts *fronts);

/* Connections are taken from now on. */
void fronts_release(Fronts *fronts);

/* What is under way may end for `grace_ms`. */
void fronts_stop(Fronts *fronts, guint grace_ms);

/* Ends all connections, before the queue is freed; what logins still report comes until then. NULL is fine. */
void fronts_close(Fronts *fronts);

/* After the queue. NULL is fine. */
void fronts_free(Fronts *fronts);
