#pragma once
/* The user's browser: the one that the variable BROWSER names, or the desktop's own.
 *
 * Thread: the main thread.
 * Source: docs/cli.md, "open"; xdg-open(1). */
#include "app/option.h"

/* Shows the URL; the browser continues when this process ends. FALSE: there is no browser here. */
gboolean browser_start(OptionsGetenv get_variable, const char *url);
