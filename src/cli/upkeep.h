#pragma once
/* What is done to a Maildir that no server has open, so that its lists say what is in it.
 *
 * Owns: nothing.
 * Thread: the main thread, until it is done; how far it is, is shown on standard error if that is a terminal.
 * Errors: INBOX_ERROR; CLI_ERROR: EXIT_CODE_FAILED.
 * Units and limits: those of inbox/inbox.h.
 * Source: docs/cli.md. */
#include "cli/command.h"
#include "inbox/inbox_upkeep.h"

/* What is said behind the numbers when upkeep_rebuild() lost them. */
#define UPKEEP_LOST_TAGS "; the tags could not be read and are lost"

/* Replays the journal and compares all mails with the lists. */
gboolean upkeep_compare(const char *place, GError **error);

/* Makes the lists anew, tags kept. `*out_lost_tags`: they could not be read. */
gboolean upkeep_rebuild(const char *place, guint64 *out_n_mails, gboolean *out_lost_tags, GError **error);
