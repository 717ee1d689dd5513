#pragma once
/* Encoded words in headers, the way messages have them: with characters cut in two between words, with question marks
 * or blanks inside, without their end, glued to other text, and in character sets of any name, which are looked up in
 * charset.c like all others.
 *
 * Thread: any; pure.
 * Errors: none: what is not an encoded word is text.
 * Units and limits: linear; words of any length, in which RFC 2047 would allow 75 bytes.
 * Source: RFC 2047 2 to 4 and 6.2 (white space between two words is not text), RFC 2231 5 (a language after the set).
 */
#include <glib.h>

/* Valid UTF-8 with its encoded words decoded; the caller frees. */
char *encoded_words_decode(const char *text);

typedef enum {
  ENCODED_WORD_LOOSE = 1 << 0,      /* blanks or question marks inside, or no end (RFC 2047 2) */
  ENCODED_WORD_GLUED = 1 << 1,      /* not separated from what is beside it by a blank (RFC 2047 5) */
  ENCODED_WORD_CUT = 1 << 2,        /* a character begins in one word and ends in the next (RFC 2047 5) */
  ENCODED_WORD_UNKNOWN = 1 << 3,    /* in a set that nobody knows */
  ENCODED_WORD_WRONG = 1 << 4,      /* not in the set it names */
  ENCODED_WORD_OPEN = 1 << 5,       /* ISO-2022-JP without the return to ASCII */
  ENCODED_WORD_EXTENSIONS = 1 << 6, /* with characters of a vendor's variant of the set */
} EncodedWordFaults;

/* What is wrong with the encoded words in a text. */
EncodedWordFaults encoded_words_check(const char *text);

/* The end of the encoded word that begins at `at`; NULL: none does. */
const char *encoded_words_skip(const char *at);
