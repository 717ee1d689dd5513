#pragma once
/* How long ago something was, in few letters: "12s", "5m", "3h", "6d", then the date: "30 Nov", "2024-11-30".
 *
 * Thread: any.
 * Errors: none: what lies ahead was just now.
 * Source: docs/cli.md, "On a terminal". */
#include <glib.h>

/* In the time zone of `now`. The caller frees. */
char *age_text(GDateTime *then, GDateTime *now);
