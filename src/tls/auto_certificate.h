#pragma once
/* A certificate made here, for --tls=auto: a small CA of this machine's own, made once, and under it a certificate for
 * the names the server goes by, renewed when it runs out or the names change.
 *
 * The CA can vouch for nothing but servers at loopback and private addresses, names that never leave a site, and the
 * names it was made for: who trusts it risks no more than that. A name beyond them takes a new CA.
 *
 * Owns: in its folder ca.pem (the CA's certificate, to give to clients), ca-key.pem (it again, with its key) and
 *       server.pem (certificate and key). Files with keys have mode 0600, the folder 0700; all are replaced whole.
 * Thread: the main thread: it waits for another dsmtpd that is at work in the folder.
 * Errors: TLS_ERROR_FILE; the message names the file.
 * Units and limits: P-256 keys; the CA lasts 10 years, the certificate one, and is renewed 30 days before that. A name
 *         has at most 64 octets, as the field for it.
 * Source: RFC 5280 4.2.1 (extensions, name constraints), RFC 6761, 6762, 8375 and 9476 (names of sites), RFC 1918. */
#include "tls/error.h"

typedef enum {
  AUTO_CERTIFICATE_KEPT,    /* what was there serves */
  AUTO_CERTIFICATE_RENEWED, /* a new certificate under the CA that was there */
  AUTO_CERTIFICATE_NEW_CA   /* clients need the new ca.pem */
} AutoCertificateOutcome;

/* Makes what is missing. `names` are host names and IP addresses, NULL-terminated; what is neither is left out. */
gboolean auto_certificate_prepare(const char *folder, const char *const *names, AutoCertificateOutcome *out_outcome,
                                  GError **error);

/* The paths in `folder`. The caller frees. */
char *auto_certificate_ca_file(const char *folder);
char *auto_certificate_server_file(const char *folder);
