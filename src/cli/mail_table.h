#pragma once
/* Messages as a table on a terminal: number, age, state, sender, recipient, subject, tags.
 *
 * Thread: the main thread.
 * Errors: none; what a message lacks is shown as nothing.
 * Units and limits: a column of tags has at most 20 columns.
 * Source: docs/cli.md, "On a terminal". */
#include "cli/output.h"
#include <jansson.h>

typedef struct MailTableOptions {
  guint first_number; /* of the rows; 0: they have none */
  gboolean has_ids;
} MailTableOptions;

/* `messages` is an array as lists of the API have it. */
void mail_table_print(Output *output, const json_t *messages, const MailTableOptions *options);
