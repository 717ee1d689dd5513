#pragma once
/* What a person who starts the server sees first: where the page is, where SMTP listens, where messages are stored.
 *
 * Thread: the loop thread.
 * Source: docs/log.md, "On a terminal". */
#include "app/server_file.h"
#include "base/log.h"

/* Nothing where the log is not a terminal's. `listeners` are SmtpListener. */
void welcome_show(Log *log, const ServerFacts *facts, const GArray *listeners);
