#pragma once
/* Repairs the index of a Maildir that no server has open.
 *
 * Thread: the main thread, until it is done; a terminal on standard error shows the progress.
 * Errors: INBOX_ERROR; CLI_ERROR: EXIT_CODE_FAILED.
 * Units and limits: those of inbox/inbox.h.
 * Source: docs/cli.md. */
#include "cli/command.h"
#include <glib.h>

/* Replays the journal and compares all messages with the index. */
gboolean upkeep_compare(const char *place, GError **error);

/* Rebuilds the index. Nobody else may have the Maildir open. */
gboolean upkeep_rebuild(const char *place, guint64 *out_n_messages, GError **error);
