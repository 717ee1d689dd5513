#pragma once
/* Where systems keep the certificates of the CAs that they trust, for a program that runs on others than it was built
 * for.
 *
 * Thread: any.
 * Errors: none; what cannot be read is not there.
 * Source: Go's crypto/x509 (root_linux.go), which looks at the same files. */
#include <glib.h>

/* The first known file below `root` ("" on a real system); NULL: none. The caller frees. */
char *ca_places_find(const char *root);

/* Whether OpenSSL has certificates to read at `file` or in `dir`. */
gboolean ca_places_has_any(const char *file, const char *dir);
