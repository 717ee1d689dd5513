#pragma once
/* Whether a JSON text is small enough to be read: in bytes it may be as long as its carrier lets it, but a value as
 * short as "[]," costs a hundred times its length in memory.
 *
 * Thread: any; pure.
 * Errors: none: what is not JSON is for the parser to reject.
 * Units and limits: JSON_VALUES_MAX values, JSON_DEPTH_MAX levels.
 * Source: RFC 8259 9 (a parser may set limits). */
#include <glib.h>

enum { JSON_VALUES_MAX = 50 * 1000, JSON_DEPTH_MAX = 32 };

/* NULL: within the bounds. Else what is beyond them, in words; static. */
const char *json_bounds_check(const char *text, gsize len);
