#pragma once
/* Character references of HTML.
 *
 * Thread: any; pure.
 * Errors: none: anything else is text.
 * Units and limits: numbers have up to eight digits; names end with a semicolon.
 * Source: WHATWG HTML 13.5 (names), 13.2.5.80 (numbers that are no characters). */
#include <glib.h>

enum { HTML_ENTITIES_N = 2125 };

typedef struct HtmlEntity {
  const char *name;
  gunichar characters[2]; /* the second is 0 for most */
} HtmlEntity;

extern const HtmlEntity html_entities[HTML_ENTITIES_N];

/* Reads the reference at the start of `text` and returns its length in bytes; 0: there is none. characters[1] is 0
 * where it stands for one character. */
gsize html_entity_read(const char *text, gsize len, gunichar characters[2]);
