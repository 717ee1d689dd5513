#pragma once
/* Where dsmtpd keeps what is its own and no mail, such as the certificates it makes.
 *
 * Owns: nothing.
 * Thread: the main thread (the environment is read).
 * Errors: none: the folder is made by whoever writes into it.
 * Units and limits: none.
 * Source: XDG Base Directory Specification ($XDG_STATE_HOME); systemd.exec(5) ($STATE_DIRECTORY). */
#include "app/options.h"

/* What --state-directory says, or what the service manager or the user's home has for it. The caller frees. */
char *state_folder_find(const Options *options);
