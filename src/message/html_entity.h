#pragma once
/* Character references of HTML.
 *
 * Owns: nothing.
 * Thread: any; pure.
 * Errors: none: what is no reference is text.
 * Units and limits: names of HTML 4, which are those that mails use; numbers up to eight digits.
 * Source: HTML 4.01 section 24; WHATWG HTML 13.2.5.80 (numbers that are no characters). */
#include <glib.h>

/* Reads the reference that `text` begins with, and returns how many octets it takes; 0: it is none. */
gsize html_entity_read(const char *text, gsize len, gunichar *character);
