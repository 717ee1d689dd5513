#pragma once
/* The server as the user starts it: everything wired together, from the first log line to "Cleaning up".
 *
 * Owns: the loop and all that lives in it while it runs.
 * Thread: the main thread.
 * Errors: told in one line on standard error; the result is the exit code.
 * Units and limits: SERVER_GRACE_MS for mails under way when it is told to stop.
 * Source: docs/design.md, "Data flow"; dsmtpd(1). */
#include "app/options.h"

enum { SERVER_GRACE_MS = 3000 };

/* Runs until SIGINT or SIGTERM; a second one drops what is still under way. Returns the exit code. */
int server_run(const Options *options);
