#pragma once
/* The beginning of a text, for lists.
 *
 * Owns: nothing.
 * Thread: any; pure.
 * Errors: none.
 * Units and limits: SNIPPET_OCTETS_MAX octets, and "..." where the text goes on. */
#include <glib.h>

enum { SNIPPET_OCTETS_MAX = 200 };

/* One line: white space of any length is one space, control characters are left out. The caller frees. */
char *snippet_make(const char *text);
