#pragma once
/* The words by which codes and confirmation links are known, in the languages of code_words.c.
 *
 * Thread: any; pure.
 * Units and limits: positions are counted in characters; at most CODE_WORDS_MAX words of a line are found. */
#include <glib.h>

enum { CODE_WORDS_MAX = 64 };

typedef struct CodeWord {
  guint start; /* in the line, in characters */
  guint end;
  int points; /* how much it speaks for a code; negative: against */
} CodeWord;

/* Finds the words about codes in a line, and returns how many; the longest where several begin at one place. */
guint code_words_find(const char *line, CodeWord *words);

/* How much the text of a link and its URL speak for a link that confirms, in points; negative: against. */
int code_words_rate_link(const char *text, const char *url);
