#pragma once
/* The SMTP server of a running dsmtpd: where it listens, who may log in, what the log says about its connections.
 *
 * Owns: the service, its listeners and logins; what it is given is borrowed.
 * Thread: the loop thread.
 * Errors: NET_ERROR, AUTH_USERS_ERROR.
 * Units and limits: those of net/service.h and smtp/server.h.
 * Source: RFC 8314 3.3 (implicit TLS); docs/smtp.md, docs/log.md. */
#include "app/listen.h"
#include "app/options.h"
#include "app/reload.h"
#include "auth/guard.h"
#include "intake/intake.h"
#include "tls/context.h"

typedef struct SmtpFront SmtpFront;

typedef struct SmtpListener {
  const NetAddress *address; /* borrowed from the service */
  gboolean implicit_tls;
} SmtpListener;

/* Messages go to `intake`. `stopped` is called after smtp_front_stop(). */
SmtpFront *smtp_front_new(const ServerSettings *settings, struct event_base *base, LoopQueue *queue, AuthGuard *guard,
                          Log *log, Intake *intake, void (*stopped)(gpointer user_data), gpointer user_data);

/* Reads the user file and opens all listeners; `sockets`, descriptors a service manager opened, take the place of
 * interfaces and port. `tls` may be NULL. */
gboolean smtp_front_open(SmtpFront *front, const GArray *sockets, Listening *listening, TlsContext *tls,
                         GError **error);

/* SmtpListener; empty before they are open. Borrowed. */
const GArray *smtp_front_listeners(const SmtpFront *front);

/* Adds the user file, if there is one. */
void smtp_front_add_parts(const SmtpFront *front, Reload *reload);

/* Fewer connections than the options say, because of descriptors. */
void smtp_front_set_max_connections(SmtpFront *front, guint n);

/* Connections are taken from now on. */
void smtp_front_release(SmtpFront *front);

void smtp_front_stop(SmtpFront *front, guint grace_ms);

/* Ends all connections, before the queue is freed. What was being stored for them is reported until then. NULL is fine.
 */
void smtp_front_close(SmtpFront *front);

/* After the queue. NULL is fine. */
void smtp_front_free(SmtpFront *front);
