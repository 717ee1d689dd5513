#pragma once
/* xtext: text with blanks, "+" and "=" written as "+" and two hexadecimal digits, so that it fits a parameter.
 *
 * Thread: any; pure.
 * Errors: NULL.
 * Units and limits: those of the line it stands in.
 * Source: RFC 3461 4. */
#include <glib.h>

/* The text meant, which is UTF-8 without control characters, or NULL. The caller frees. */
char *xtext_decode(const char *text, gsize len);
