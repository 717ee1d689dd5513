#pragma once
/* Where dsmtpd keeps what is its own and no mail, such as the certificates it makes.
 *
 * Owns: nothing.
 * Thread: any, as long as nobody changes the environment, which is read.
 * Errors: none: the folder is made by whoever writes into it.
 * Units and limits: none.
 * Source: XDG Base Directory Specification ($XDG_STATE_HOME, $XDG_RUNTIME_DIR); systemd.exec(5) ($STATE_DIRECTORY). */
#include <glib.h>

/* The one that is given, as by --state-directory, or with NULL what the service manager or the user's home has for it.
 * The caller frees. */
char *state_folder_find(const char *given);

/* One that lasts as long as the user is logged in; NULL: there is none. The caller frees. */
char *state_folder_find_runtime(void);
