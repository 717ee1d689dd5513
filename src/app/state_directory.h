#pragma once
/* Where dsmtpd keeps what is its own and no message, such as the certificates it makes.
 *
 * Thread: any, as long as nobody changes the environment, which is read.
 * Errors: none: the directory is made by whoever writes into it.
 * Source: XDG Base Directory Specification ($XDG_STATE_HOME, $XDG_RUNTIME_DIR); systemd.exec(5) ($STATE_DIRECTORY). */
#include <glib.h>

/* The one that is given, as by --state-directory, or with NULL what the service manager or the user's home has for it.
 * The caller frees. */
char *state_directory_find(const char *given);

/* One that lasts as long as the user is logged in; NULL: there is none. The caller frees. */
char *state_directory_find_runtime(void);
