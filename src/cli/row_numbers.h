#pragma once
/* Which messages the numbers of rows mean: those of the list that was printed last on this terminal.
 *
 * A list is kept in a file DIR/rows/NAME, whose name is made from the terminal and the leader of its session, below
 * $XDG_RUNTIME_DIR/dsmtpd or, where there is none, the state directory. It holds the server or Maildir, and the IDs.
 * Lists of sessions that have ended are removed when the next one is stored.
 *
 * Thread: the main thread.
 * Errors: CLI_ERROR: EXIT_CODE_USAGE when a number means no message. When a list cannot be stored,
 *         numbers are rejected; a number never means a message of another list.
 * Units and limits: ROW_NUMBER_DIGITS_MAX digits.
 * Source: docs/cli.md, "On a terminal". */
#include "cli/command.h"
#include <jansson.h>

enum { ROW_NUMBER_DIGITS_MAX = 6 };

/* The messages of a list of the API, whose first row has the number `first`, are those that are printed now on this
 * terminal. `target` is what was asked (cli/target.h). */
void row_numbers_keep(const char *target, const json_t *messages, guint first);

/* What a word means: the ID of the message in that row for a number, the word itself for everything else. The caller
 * frees; NULL with *error set. */
char *row_numbers_resolve(const char *target, const char *word, GError **error);
