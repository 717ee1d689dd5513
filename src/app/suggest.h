#pragma once
/* Which word somebody may have meant who mistyped one.
 *
 * Owns: nothing.
 * Thread: any.
 * Errors: none.
 * Units and limits: words that take more than SUGGEST_DISTANCE_MAX changes are not meant; what is longer than
 *         SUGGEST_WORD_MAX octets is like no word.
 * Source: Levenshtein's distance. */
#include <glib.h>

enum { SUGGEST_DISTANCE_MAX = 3, SUGGEST_WORD_MAX = 64 };

typedef struct Suggestion {
  const char *word;    /* as it was typed */
  const char *nearest; /* of those offered; NULL: none is near. Lent by whoever offered it */
  guint distance;      /* of the nearest */
} Suggestion;

void suggestion_offer(Suggestion *suggestion, const char *name);
