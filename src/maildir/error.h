#pragma once
/* The errors of the storage layer.
 *
 * Thread: any.
 * Errors: these are they; messages name the file and, at start-up, what to do.
 * Source: docs/storage.md. */
#include <glib.h>

#define STORE_ERROR (store_error_quark())
GQuark store_error_quark(void);

typedef enum {
  STORE_ERROR_INVALID,   /* the place exists and is no Maildir */
  STORE_ERROR_FAILED,    /* could not be opened, read or written */
  STORE_ERROR_NO_SPACE,  /* disk or quota is full; there may be room later */
  STORE_ERROR_NOT_FOUND, /* there is no such message, or not any more */
  STORE_ERROR_EXISTS,    /* the name is taken */
  STORE_ERROR_NO_ROOM,   /* whoever asked can hold no more in memory */
  STORE_ERROR_DAMAGED    /* the index cannot be used and is made anew */
} StoreError;

/* Sets *error from an errno, the code by what it means: "<format>: No space left on device". */
void store_set_errno(GError **error, int error_number, const char *format, ...) G_GNUC_PRINTF(3, 4);
