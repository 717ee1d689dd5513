#pragma once
/* The beginning of a text, for lists.
 *
 * Thread: any; pure.
 * Units and limits: SNIPPET_BYTES_MAX bytes, and "..." where the text goes on. */
#include <glib.h>

enum { SNIPPET_BYTES_MAX = 200 };

/* One line: white space of any length is one space, control characters are left out. The caller frees. */
char *snippet_make(const char *text);
