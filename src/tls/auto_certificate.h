#pragma once
/* A certificate made here, for --tls=auto: a small CA of this machine's own, made once, and under it a certificate for
 * the names the server goes by, renewed when it runs out or the names change.
 *
 * The CA can vouch for nothing but servers at loopback and private addresses, names that never leave a site, and the
 * names it was made for: trusting it risks no more than that. Clients were given it once, so it stays for as long as it
 * can: a new one is made only when it cannot be read, is about to expire, or may not vouch for a name that was asked
 * for. A name that nobody asked for, such as the host name of a container, is left out of the certificate instead.
 *
 * Owns: in its directory ca.pem (the CA's certificate, to give to clients), ca-key.pem (it again, with its key) and
 *       server.pem (certificate and key). Files with keys have mode 0600, the directory 0700; all are replaced whole.
 * Thread: any, one at a time: it waits for another dsmtpd that is at work in the directory.
 * Errors: TLS_ERROR_FILE; the message names the file.
 * Units and limits: P-256 keys; the CA lasts 10 years, the certificate one, and is renewed 30 days before that. A name
 *         has at most 64 bytes, as the field for it.
 * Source: RFC 5280 4.2.1 (extensions, name constraints), RFC 6761, 6762, 8375 and 9476 (names of sites), RFC 1918. */
#include "tls/error.h"

typedef enum {
  AUTO_CERTIFICATE_KEPT,     /* what was there serves */
  AUTO_CERTIFICATE_RENEWED,  /* a new certificate under the CA that was there */
  AUTO_CERTIFICATE_FIRST_CA, /* there was none: clients need ca.pem */
  AUTO_CERTIFICATE_NEW_CA    /* the CA that was there was replaced: clients need the new ca.pem */
} AutoCertificateOutcome;

/* Host names, wildcards as in *.example.com, and IP addresses, NULL-terminated. */
typedef struct AutoCertificateNames {
  const char *const *asked; /* the certificate has to have them; not empty */
  const char *const *known; /* it has those for which the CA may vouch */
} AutoCertificateNames;

typedef struct AutoCertificateReport {
  AutoCertificateOutcome outcome;
  char *why_new;  /* what was wrong with the old CA; NULL unless NEW_CA */
  char *left_out; /* names that the certificate does not have, with commas between them; NULL: none */
} AutoCertificateReport;

/* Makes what is missing. To be cleared in any case. */
gboolean auto_certificate_prepare(const char *directory, const AutoCertificateNames *names,
                                  AutoCertificateReport *out_report, GError **error);
void auto_certificate_report_clear(AutoCertificateReport *report);

/* The paths in `directory`. The caller frees. */
char *auto_certificate_ca_file(const char *directory);
char *auto_certificate_server_file(const char *directory);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(AutoCertificateReport, auto_certificate_report_clear)
