#pragma once
/* A program that this one runs: it has our terminal and our files, gets the signals that we get, and its end
 * is told.
 *
 * Owns: the watch on signals. The program is not ended with it.
 * Thread: the loop thread.
 * Errors: CLI_ERROR, with the exit codes of a shell: 127 for a program that is not there, 126 for one that cannot be
 *         run.
 * Units and limits: one program.
 * Source: POSIX, posix_spawn() and "Exit Status for Commands" of the shell. */
#include <event2/event.h>
#include <glib.h>

typedef struct Child Child;

/* `exit_code` is the program's, or 128 and the number of the signal that ended it. */
typedef void (*ChildEnded)(int exit_code, gpointer user_data);

/* From now on signals are kept for the program. */
Child *child_new(struct event_base *base, ChildEnded ended, gpointer user_data);

/* `argv` and `environment` end with NULL. */
gboolean child_start(Child *child, char **argv, char **environment, GError **error);

/* NULL is fine. */
void child_free(Child *child);
