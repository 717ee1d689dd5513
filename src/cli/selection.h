#pragma once
/* Which mails a command is to change: those whose IDs are its words, or those that --query finds.
 *
 * Owns: nothing.
 * Thread: the main thread.
 * Errors: CLI_ERROR: EXIT_CODE_USAGE when it is not clear which are meant, EXIT_CODE_FAILED when one is not there, or
 *         none.
 * Units and limits: those of the API's lists.
 * Source: docs/cli.md. */
#include "cli/client.h"

/* Puts "IDs" or "Search" into `body`, once it is known that all these mails are there: the API itself lets IDs pass
 * that are those of no mail. "latest" stands for the mail that came last. */
gboolean selection_read(const CommandCall *call, Client *client, const char *query, json_t *body, GError **error);

/* Reads the selection, and asks by PUT for the change that `body`, which is lent, has beside it. */
gboolean selection_change(const CommandCall *call, const char *path, const char *query, json_t *body, GError **error);
