#pragma once
/* A certificate with its chain and its key, as read from PEM files.
 *
 * Owns: what it read.
 * Thread: any one at a time; read-only once loaded.
 * Errors: TLS_ERROR_FILE; the message names the file and what to do.
 * Units and limits: a file has at most TLS_FILE_MAX bytes.
 * Source: RFC 7468 (PEM), RFC 6125 (names). */
#include "tls/error.h"
#include <openssl/x509.h>

enum { TLS_FILE_MAX = 1024 * 1024 };

typedef struct TlsIdentity {
  char *file;
  X509 *leaf;
  STACK_OF(X509) * chain; /* what signed it, nearest first; may be empty */
  EVP_PKEY *key;
} TlsIdentity;

/* Reads a file that OpenSSL is to read from memory, so that what is wrong can be said in words. NULL on error. */
char *tls_file_read(const char *file, gsize *out_len, GError **error);

/* `key_file` may be NULL: the key is in `file` as well. */
TlsIdentity *tls_identity_load(const char *file, const char *key_file, GError **error);

/* TRUE when the certificate names this host, wildcards included. */
gboolean tls_identity_names(const TlsIdentity *identity, const char *host);

/* NULL is fine. */
void tls_identity_free(TlsIdentity *identity);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(TlsIdentity, tls_identity_free)
