#pragma once
/* Encoded words in headers, the way mails have them: with characters cut in two between words, with question marks or
 * blanks inside, without their end, glued to other text, and in character sets of any name, which are looked up in
 * charset.c like all others.
 *
 * Owns: nothing.
 * Thread: any; pure.
 * Errors: none: what is no encoded word is text.
 * Units and limits: linear; words of any length, in which RFC 2047 would allow 75 octets.
 * Source: RFC 2047 2 to 4 and 6.2 (white space between two words is no text), RFC 2231 5 (a language behind the set).
 */
#include <glib.h>

/* Valid UTF-8 with its encoded words decoded; the caller frees. */
char *encoded_words_decode(const char *text);

/* Behind the encoded word that begins at `at`; NULL: none does. */
const char *encoded_words_skip(const char *at);
