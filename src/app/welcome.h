#pragma once
/* What a person who starts the server sees first: where the page is, where SMTP listens, where messages are stored.
 *
 * Owns: nothing.
 * Thread: the loop thread.
 * Errors: none.
 * Units and limits: none.
 * Source: docs/log.md, "On a terminal". */
#include "app/server_file.h"
#include "base/log.h"

/* Nothing where the log is not a terminal's. `doors` are SmtpDoor. */
void welcome_show(Log *log, const ServerFacts *facts, const GArray *doors);
