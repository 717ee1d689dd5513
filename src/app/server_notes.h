#pragma once
/* What the log says at the start about the server itself: what it is, where it listens, and what to be careful about.
 *
 * Thread: the loop thread.
 * Source: docs/log.md. */
#include "app/options.h"

/* Before anything is opened. `reads_environment` FALSE: where the server is was not taken from variables. */
void server_notes_start(Log *log, const Options *options, gboolean reads_environment);

/* Once the listeners are open; `listeners` are SmtpListener. */
void server_notes_listeners(Log *log, const ServerSettings *settings, const GArray *listeners, gboolean has_tls);
