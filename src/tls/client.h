#pragma once
/* TLS from the side that connects: a server has to show a certificate for its name, from somebody who is trusted.
 *
 * Owns: nothing.
 * Thread: any.
 * Errors: TLS_ERROR.
 * Units and limits: TLS 1.2 and 1.3.
 * Source: RFC 8446, RFC 9525 (names in certificates); SSL_CERT_FILE and SSL_CERT_DIR are OpenSSL's. */
#include "tls/error.h"
#include <openssl/ssl.h>

/* A connection to `host`, a name or an address, for tls_stream_new_client(). Trusted are the system's CAs, or those
 * that SSL_CERT_FILE and SSL_CERT_DIR name, and those in `ca_file` (NULL: none). */
SSL *tls_client_connect(const char *host, const char *ca_file, GError **error);
