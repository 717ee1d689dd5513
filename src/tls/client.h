#pragma once
/* TLS from the side that connects: a server has to show a certificate for its name, from somebody who is trusted.
 *
 * Thread: any.
 * Errors: TLS_ERROR.
 * Units and limits: TLS 1.2 and 1.3.
 * Source: RFC 8446, RFC 9525 (names in certificates); SSL_CERT_FILE and SSL_CERT_DIR are OpenSSL's. */
#include "tls/error.h"
#include <openssl/ssl.h>

/* What is trusted: the system's CAs, or those that SSL_CERT_FILE and SSL_CERT_DIR name, and those in `ca_file` (NULL:
 * none); the system's are looked for where OpenSSL expects them, then as ca_places.h says. Reads files. The caller
 * frees it by SSL_CTX_free(), also while connections use it. */
SSL_CTX *tls_client_trust_new(const char *ca_file, GError **error);

/* A connection to `host`, a name or an address, for tls_stream_new_client(). */
SSL *tls_client_connect(SSL_CTX *trust, const char *host, GError **error);
