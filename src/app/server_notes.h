#pragma once
/* What the log says at the start about the server itself: what it is, where it listens, and what to be careful about.
 *
 * Owns: nothing.
 * Thread: the loop thread.
 * Errors: none.
 * Units and limits: none.
 * Source: docs/log.md. */
#include "app/options.h"

/* Before anything is opened. `reads_environment` FALSE: where the server is was not taken from variables. */
void server_notes_start(Log *log, const Options *options, gboolean reads_environment);

/* Once the listeners are open; `doors` are SmtpDoor. */
void server_notes_doors(Log *log, const Options *options, const GArray *doors, gboolean has_tls);
