#pragma once
/* Certificates for tests, made when they are asked for.
 *
 * Owns: nothing; the folder is the test's.
 * Thread: one.
 * Errors: asserted.
 * Units and limits: none.
 * Source: tls/auto_certificate.h. */
#include "tls/auto_certificate.h"
#include "tls/context.h"

/* A folder that is gone with tls_folder_remove(). The caller frees the path. */
char *tls_folder_make(void);
void tls_folder_remove(const char *folder);

/* A context with a certificate for these names, NULL-terminated, made in `folder`. */
TlsContext *tls_context_for(const char *folder, const char *const *names);
