#pragma once
/* How far a long command is: a bar on a terminal, nothing elsewhere. It is on standard error, so that what is printed
 * stays apart.
 *
 * Owns: the last line of the terminal.
 * Thread: the main thread.
 * Units and limits: drawn again at most PROGRESS_PER_S times a second. A total of 0 is not known, and makes no bar.
 * Source: docs/cli.md, "What is printed". */
#include "cli/output.h"

enum { PROGRESS_PER_S = 10 };

typedef struct Progress Progress;

Progress *progress_new(OptionsGetenv get_variable);

/* Takes the bar off the terminal. NULL is fine. */
void progress_free(Progress *progress);

/* `done` of `total`, of whatever unit, which included so many messages. */
void progress_show(Progress *progress, guint64 done, guint64 total, guint64 n_messages);

/* A line about something on the way, above the bar. */
void progress_tell(Progress *progress, const char *format, ...) G_GNUC_PRINTF(2, 3);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Progress, progress_free)
