#pragma once
/* What a server needs for TLS: certificates and their keys, whom it trusts to vouch for clients, and what it takes.
 *
 * Taken: TLS 1.2 and 1.3, ECDHE with AES-GCM or ChaCha20-Poly1305 alone. No compression, no renegotiation. Sessions are
 * resumed by tickets; the server keeps nothing of them.
 *
 * Owns: the files' contents. Connections made from a context go on with what it held then.
 * Thread: the loop thread.
 * Errors: TLS_ERROR_FILE; the message names the file and what to do.
 * Source: RFC 8446, RFC 5246, RFC 9325 (recommendations), RFC 6066 3 (server names), RFC 5077 and 8446 4.6.1 (tickets).
 */
#include "tls/error.h"
#include <openssl/ssl.h>

typedef struct TlsContext TlsContext;

typedef struct TlsContextOptions {
  /* NULL-terminated, at least one. The first is for clients that name no host, or one that none is for. */
  const char *const *certificate_files;
  /* NULL-terminated or NULL, in the order of the certificates; a certificate without one has its key in its file. */
  const char *const *key_files;
  /* Clients are asked for a certificate, and one that they show has to be vouched for here. NULL: not asked. */
  const char *client_ca_file;
} TlsContextOptions;

/* Options are copied. */
TlsContext *tls_context_new(const TlsContextOptions *options, GError **error);

/* After the connections made from it have ended. NULL is fine. */
void tls_context_free(TlsContext *context);

/* Reads the files again, on any thread. The caller frees, or has it used. */
SSL_CTX *tls_context_read(const TlsContext *context, GError **error);

/* From now on connections are made from what was read, which is taken. Tickets given out stay good, unless other CAs
 * vouch for clients now. */
void tls_context_use(TlsContext *context, SSL_CTX *what_is_new);

/* The server's side of a new connection, ready for SSL_do_handshake(); without a socket yet. NULL: no memory. */
SSL *tls_context_accept(TlsContext *context);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(TlsContext, tls_context_free)
