#pragma once
/* What a program under `dsmtpd run` finds in its environment: where the server is, under the names that frameworks and
 * libraries look for.
 *
 * Thread: the main thread (the environment is read).
 * Source: docs/cli.md, "run"; the manuals of Rails, Django, Laravel, Symfony, Spring, Quarkus and Flask-Mail. */
#include "app/server_file.h"

/* A copy of our environment with those variables set, or unset where there is nothing to say. The caller frees it by
 * g_strfreev(). */
char **run_environment_make(const ServerFacts *facts);
