#pragma once
/* All commands.
 *
 * Owns: nothing; all is constant.
 * Thread: any.
 * Source: docs/cli.md. */
#include "cli/command.h"

/* In the order in which help names them; NULL ends. */
const Command *const *commands_table(void);

/* Their names, with spaces between them. The caller frees. */
char *commands_names(void);

/* NULL: there is none of this name. */
const Command *commands_find(const char *name);

/* Says that there is none of this name, and which one may have been meant. Returns FALSE. */
gboolean commands_fail(const char *name, GError **error);

/* The text of `dsmtpd --help`. The caller frees. */
char *commands_help(void);
