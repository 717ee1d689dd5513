#pragma once
/* One connection to an HTTP server, from the side that asks: one question at a time, each answered in pieces as they
 * come.
 *
 * Why not libevent's client: it connects by itself, by host name, so that neither a unix socket nor a pair of sockets
 * can be asked; why not libcurl: docs/design.md, "The command line".
 *
 * Owns: the connection.
 * Thread: the loop thread. Callbacks come from the loop, and must not free the client.
 * Errors: HTTP_CLIENT_ERROR, in one line without the server's name.
 * Units and limits: heads as in syntax/http_head.h; bodies have no limit, for they are handed on as they come.
 * Source: RFC 9112, 6.3 above all; RFC 9110 9.3.2 (HEAD), 15.2 (1xx). */
#include "syntax/http_head.h"
#include "tls/stream.h"
#include <event2/event.h>

#define HTTP_CLIENT_ERROR (http_client_error_quark())
GQuark http_client_error_quark(void);

typedef enum {
  HTTP_CLIENT_ERROR_BROKEN, /* the connection ended before the answer did, or TLS could not be agreed on */
  HTTP_CLIENT_ERROR_ANSWER, /* what came is not an answer */
  HTTP_CLIENT_ERROR_SILENT  /* nothing came for as long as the question allows */
} HttpClientError;

typedef struct HttpClient HttpClient;

typedef struct HttpQuestion {
  const char *method;
  const char *target;       /* path and query, encoded */
  const char *content_type; /* of the body */
  GBytes *body;             /* NULL: none */
  guint patience_ms;        /* for the next byte, either way */
} HttpQuestion;

typedef struct HttpClientEvents {
  /* The answer begins; lent for the call. */
  void (*headed)(const HttpHead *head, gpointer user_data);
  /* A piece of its body, decoded. */
  void (*came)(const char *bytes, gsize len, gpointer user_data);
  /* The whole answer has come, or with `error` none will: the client is of no more use then. */
  void (*ended)(const GError *error, gpointer user_data);
} HttpClientEvents;

/* Takes over `fd`, which is connected, and `tls`, which is NULL when there is none. `host` is what the header Host
 * says, `authorization` what the header of that name does, or NULL. */
HttpClient *http_client_new(struct event_base *base, int fd, TlsStream *tls, const char *host,
                            const char *authorization, const HttpClientEvents *events, gpointer user_data);

/* Not while another question waits for its answer. */
void http_client_ask(HttpClient *client, const HttpQuestion *question);

/* FALSE: the server has ended the connection, or will not take another question over it. */
gboolean http_client_can_ask(const HttpClient *client);

/* NULL is fine. */
void http_client_free(HttpClient *client);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(HttpClient, http_client_free)
