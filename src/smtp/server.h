#pragma once
/* An SMTP server: the sessions behind a set of listeners.
 *
 * Owns: its listeners, connections and sessions.
 * Thread: the loop thread.
 * Errors: NET_ERROR when a listener can't be opened.
 * Units and limits: max_connections over all listeners, those of proxies that have not said who is behind them and
 *         those in a TLS handshake included; who comes beyond it is told 421 and closed. A PROXY header may take
 *         SMTP_PROXY_TIMEOUT_MS and a handshake SMTP_HANDSHAKE_TIMEOUT_MS, or timeout_s when that is shorter.
 * Source: RFC 5321 4.5.3.2 (timeouts), 3.8 (421); RFC 3207; RFC 8314 3.3 (implicit TLS); docs/smtp.md. */
#include "net/listener.h"
#include "smtp/session.h"
#include "tls/context.h"

enum { SMTP_PROXY_TIMEOUT_MS = 10 * 1000, SMTP_HANDSHAKE_TIMEOUT_MS = 30 * 1000 };

typedef struct SmtpServerOptions {
  SmtpSettings session;
  guint max_connections;
  guint max_connections_per_address; /* 0: no limit */
  const GArray *proxies;             /* NetCidr, lent: whose connections begin with a PROXY header; NULL: nobody's */
  const GArray *xclients;            /* NetCidr, lent: who may say XCLIENT; NULL: nobody */
  guint timeout_s;                   /* without progress: a command answered, or 4 KiB of a message */
} SmtpServerOptions;

/* What holds for the connections of one listener. */
typedef struct SmtpListenerOptions {
  TlsContext *tls;       /* NULL: no TLS; the server takes a reference */
  gboolean implicit_tls; /* the handshake comes first, and not after STARTTLS */
} SmtpListenerOptions;

typedef enum {
  SMTP_NOT_TAKEN_ALL,    /* the server has max_connections */
  SMTP_NOT_TAKEN_ADDRESS /* the client's address has max_connections_per_address */
} SmtpNotTaken;

typedef struct SmtpServerEvents {
  /* A connection was rejected (`reply` was sent, `reason` is an SmtpNotTaken) or could not be taken at all (`reply` is
   * NULL, `reason` is errno). */
  void (*not_taken)(gpointer user_data, const char *peer, const SmtpReply *reply, int reason);
  /* A proxy's connection is taken; the log names it by `peer`, whom the proxy speaks for. */
  void (*proxied)(gpointer user_data, const char *peer, const char *proxy);
  /* A proxy's connection was closed without a word. */
  void (*turned_back)(gpointer user_data, const char *proxy, const char *why);
  /* A client did something about TLS that somebody should know of. `event` is its fixed name. */
  void (*tls_noticed)(gpointer user_data, const char *event, const char *peer, const char *text);
  /* After smtp_server_stop(): the last session has ended. */
  void (*stopped)(gpointer user_data);
} SmtpServerEvents;

typedef struct SmtpServer SmtpServer;

/* All but `base` are lent and must outlive the server; each table is called with the data that follows it. */
SmtpServer *smtp_server_new(struct event_base *base, const SmtpServerOptions *options, const SmtpHandler *handler,
                            gpointer handler_data, const SmtpServerEvents *events, gpointer events_data);

/* Opens a listener, or takes over a socket that listens. Returns its address, lent, or NULL. */
const NetAddress *smtp_server_listen(SmtpServer *server, const NetAddress *address, const SmtpListenerOptions *options,
                                     GError **error);
const NetAddress *smtp_server_adopt(SmtpServer *server, int fd, const SmtpListenerOptions *options, GError **error);

/* Takes no more connections, answers what is in hand and says 421. A client in the middle of a message may send its
 * rest for `grace_ms`. Then `stopped`. */
void smtp_server_stop(SmtpServer *server, guint grace_ms);

/* Drops everything. NULL is fine. */
void smtp_server_free(SmtpServer *server);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(SmtpServer, smtp_server_free)
