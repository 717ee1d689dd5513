#pragma once
/* Certificates for tests, made when they are asked for.
 *
 * Owns: nothing; the directory is the test's.
 * Thread: one.
 * Errors: asserted.
 * Source: tls/auto_certificate.h. */
#include "tls/auto_certificate.h"
#include "tls/context.h"

/* A directory that is gone with tls_folder_remove(). The caller frees the path. */
char *tls_directory_make(void);
void tls_directory_remove(const char *directory);

/* A context with a certificate for these names, NULL-terminated, made in `directory`. */
TlsContext *tls_context_for(const char *directory, const char *const *names);
