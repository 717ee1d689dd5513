#pragma once
/* Running servers as a table.
 *
 * Thread: the main thread.
 * Errors: those of the output.
 * Source: docs/cli.md, "servers". */
#include "app/server_file.h"
#include "cli/output.h"

/* Those that run, as commands look for them. The caller unrefs. */
GPtrArray *server_list_read(OptionsGetenv get_variable);

/* `servers` are ServerFacts. On a terminal a table; elsewhere a line for each: Maildir, HTTP, SMTP and process ID with
 * tabs between them. What a server does not have is empty. */
void server_list_print(Output *output, const GPtrArray *servers);
