#pragma once
/* Which word somebody may have meant who mistyped one.
 *
 * Thread: any.
 * Units and limits: a name is near up to 1 + LENGTH / 4 mistakes, LENGTH being that of the word as it was typed; a word
 *         longer than SUGGEST_WORD_MAX bytes is near to nothing.
 * Source: Damerau's distance, in which two letters swapped are one mistake. */
#include <glib.h>

enum { SUGGEST_WORD_MAX = 64 };

typedef struct Suggestion {
  const char *word;    /* as it was typed */
  const char *nearest; /* of those offered; NULL: none is near. Borrowed from the caller */
  guint distance;      /* of the nearest */
} Suggestion;

void suggestion_offer(Suggestion *suggestion, const char *name);
