#pragma once
/* TLS as the options ask for it: whose certificate it is, and where it comes from.
 *
 * Owns: the context, which services borrow.
 * Thread: the main thread at the start, then the loop thread.
 * Errors: TLS_ERROR.
 * Units and limits: a certificate of our own has up to TLS_NAMES_MAX names that were asked for, and as many that are
 *         known.
 * Source: dsmtpd(1). */
#include "app/options.h"
#include "app/reload.h"
#include "base/log.h"
#include "tls/context.h"

enum { TLS_NAMES_MAX = 100 };

typedef struct TlsSetup TlsSetup;

/* TRUE when the options ask for TLS. Without, OpenSSL is not touched at all. */
gboolean tls_setup_is_wanted(const ServerSettings *settings);

/* Reads or makes the certificates, and says in the log what clients need. `sockets` are descriptors that listen
 * already, whose addresses the certificate is to name as well as those of the options. Options and log are lent. */
TlsSetup *tls_setup_new(const ServerSettings *settings, const GArray *sockets, Log *log, GError **error);

/* Lent. */
TlsContext *tls_setup_context(const TlsSetup *setup);

/* What vouches for a certificate made here; NULL: the certificate was given. The caller frees. */
char *tls_setup_ca_file(const TlsSetup *setup);

/* Of a TlsSetup: reads the files again, and renews what runs out. */
extern const ReloadPart tls_setup_part;

/* NULL is fine. */
void tls_setup_free(TlsSetup *setup);
