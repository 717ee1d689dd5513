#pragma once
/* Where SMTP is listened for, as the options say: plain ports, and one that begins with TLS beside each.
 *
 * Owns: the list of what was opened; the listeners are the server's.
 * Thread: the main thread at the start.
 * Errors: NET_ERROR.
 * Source: RFC 8314 3.3 (implicit TLS). */
#include "app/listen.h"
#include "app/options.h"
#include "smtp/server.h"

typedef struct SmtpListener {
  const NetAddress *address; /* lent by the server */
  gboolean implicit_tls;
} SmtpListener;

/* Opens all; `sockets`, descriptors a service manager opened, take the place of interfaces and port. `tls` may be NULL.
 * Returns an array of SmtpListener, or NULL. */
GArray *smtp_listeners_open(SmtpServer *server, const ServerSettings *settings, const GArray *sockets,
                            Listening *listening, TlsContext *tls, GError **error);
