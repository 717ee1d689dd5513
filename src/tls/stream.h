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

/* The client's side (tls/client.h). Takes over `ssl`. */
TlsStream *tls_stream_new_client(SSL *ssl);

/* NULL is fine. */
void tls_stream_free(TlsStream *stream);

/* What the handshake settled: "TLSv1.3", "TLS_AES_256_GCM_SHA384". Static. */
const char *tls_stream_version(const TlsStream *stream);
const char *tls_stream_cipher(const TlsStream *stream);

/* The server's side: the subject of the certificate the client showed (RFC 4514), as printable UTF-8: what is not is
 * written as \u{...}. NULL: it showed none. The caller frees. */
char *tls_stream_client_name(const TlsStream *stream);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(TlsStream, tls_stream_free)
