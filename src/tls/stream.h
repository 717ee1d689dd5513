#pragma once
/* TLS as the transport of a connection.
 *
 * Owns: the state of one TLS connection. It becomes the carrier of a NetConn with tls_transport.
 * Thread: the loop thread.
 * Errors: TLS_ERROR_HANDSHAKE, in words.
 * Units and limits: a record holds at most 16 KiB; an idle stream keeps no buffers.
 * Source: RFC 8446, RFC 5246. */
#include "net/transport.h"
#include "tls/context.h"

typedef struct TlsStream TlsStream;

extern const NetTransport tls_transport;

/* The server's side. NULL: no memory. */
TlsStream *tls_stream_new(TlsContext *context);

/* For the connections of a server; `context` is borrowed. NULL: no TLS. */
NetSecurity tls_stream_security(TlsContext *context);

/* The client's side (tls/client.h). Takes over `ssl`. */
TlsStream *tls_stream_new_client(SSL *ssl);

/* NULL is fine. */
void tls_stream_free(TlsStream *stream);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(TlsStream, tls_stream_free)
