#pragma once
/* What goes wrong with TLS, in words.
 *
 * Thread: any; OpenSSL keeps a queue of errors for each thread.
 * Errors: TLS_ERROR_FILE for what somebody has to mend in a file, TLS_ERROR_HANDSHAKE for what a peer did or wants,
 *         TLS_ERROR_FAILED for all else, such as no memory.
 * Source: RFC 8446 6 (alerts). */
#include <glib.h>
#include <openssl/ssl.h>

#define TLS_ERROR (tls_error_quark())
GQuark tls_error_quark(void);

typedef enum { TLS_ERROR_FILE, TLS_ERROR_HANDSHAKE, TLS_ERROR_FAILED } TlsError;

/* What OpenSSL says about its last failure, without the codes. Empties its queue. The caller frees. */
char *tls_error_take_reason(void);

/* The same about a handshake: to the server about its client, with what to do about it where that is known, to the
 * client about its server. `fatal` is what SSL_get_error() said. */
GError *tls_error_of_handshake(const SSL *ssl, int fatal);
