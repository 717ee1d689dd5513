#pragma once
/* The index made again on purpose: it is removed, and whoever opens the Maildir next makes another. UIDs and tags are
 * in dsmtpd.uidlist, so they stay.
 *
 * Thread: any, while the Maildir is not open in this process.
 * Errors: INBOX_ERROR: INVALID for what is not a Maildir, FAILED where it cannot be written or another process has it
 *         open.
 * Source: docs/storage.md, "The index". */
#include <glib.h>

/* Whether there is one. FALSE: it must not be removed. */
gboolean store_find_index(const char *place, gboolean *out_is_there, GError **error);

gboolean store_remove_index(const char *place, GError **error);
