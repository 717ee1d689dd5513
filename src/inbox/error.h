#pragma once
/* The errors of an inbox and of those who keep its messages.
 *
 * Thread: any.
 * Errors: these are they; messages name the file and, at start-up, what to do. */
#include <glib.h>

#define INBOX_ERROR (inbox_error_quark())
GQuark inbox_error_quark(void);

typedef enum {
  INBOX_ERROR_INVALID,   /* the directory exists and is not a Maildir; the name of a tag has other characters */
  INBOX_ERROR_FAILED,    /* could not be opened, read or written */
  INBOX_ERROR_NO_SPACE,  /* a message could not be stored: disk or quota is full; there may be room later */
  INBOX_ERROR_NOT_FOUND, /* there is no such message or tag, or not any more */
  INBOX_ERROR_EXISTS,    /* the name is taken */
  INBOX_ERROR_NO_ROOM,   /* an InboxHold does not hold more */
  INBOX_ERROR_DAMAGED    /* what the keeper made cannot be used: inside the keeper only, which mends it */
} InboxError;

/* Sets *error from an errno, the code by what it means: "<format>: No space left on device". */
void inbox_set_errno(GError **error, int error_number, const char *format, ...) G_GNUC_PRINTF(3, 4);
