#pragma once
/* Which of the running servers belongs to the project in whose directory somebody is.
 *
 * That is a server whose Maildir is the directory, lies below it, or has a parent that is the directory or above it: in
 * project/src the server of project/mail. The steps from the directory to the Maildir say how near it is.
 *
 * Thread: any.
 * Source: docs/cli.md, "Where it looks". */
#include "app/server_file.h"

/* The servers (ServerFacts, borrowed from `servers`) that are nearest to the directory: several when they are equally
 * near, none when none belongs to it. The caller unrefs. */
GPtrArray *project_servers(const GPtrArray *servers, const char *directory);
