#pragma once
/* Which messages a command is about: those that its words name, or those that --query finds. A word is an ID, `latest`,
 * or the number of a row of the list printed last on this terminal (cli/row_numbers.h).
 *
 * Thread: the main thread.
 * Errors: CLI_ERROR: EXIT_CODE_USAGE when it is not clear which are meant, EXIT_CODE_FAILED when one does not exist, or
 *         none does.
 * Units and limits: those of the API's lists.
 * Source: docs/cli.md. */
#include "cli/client.h"

/* The ID of the message that a word names, which exists. The caller frees; NULL with *error set. */
char *selection_find(Client *client, const char *word, GError **error);

/* Puts "IDs" or "Search" into `body`, once it is known that all these messages exist: the API itself ignores IDs of no
 * message. *out_n is how many there are. */
gboolean selection_read(const CommandCall *call, Client *client, const char *query, json_t *body, gint64 *out_n,
                        GError **error);

/* The same for all messages. */
gboolean selection_read_all(Client *client, gint64 *out_n, GError **error);

/* For people: "deleted 62 messages". */
void selection_report(const CommandCall *call, const char *done, gint64 n_messages);

/* Reads the selection, asks by PUT for the change that `body`, which is borrowed, has as well, and reports it: `done`
 * is "tagged". */
gboolean selection_change(const CommandCall *call, const char *path, const char *query, json_t *body, const char *done,
                          GError **error);
