#pragma once
/* All commands.
 *
 * Owns: nothing; all is constant.
 * Thread: any.
 * Errors: none.
 * Units and limits: none.
 * Source: docs/cli.md. */
#include "cli/command.h"

/* In the order in which help names them; NULL ends. */
const Command *const *commands_table(void);

/* NULL: there is none of this name. */
const Command *commands_find(const char *name);

/* The name that may have been meant; NULL: none is near. */
const char *commands_nearest(const char *name);

/* A line for each, for `dsmtpd --help`. The caller frees. */
char *commands_help(void);
