#pragma once
/* Text as it is searched: folded so that case, composition and white space make no difference, and cut into words.
 *
 * Thread: any; pure.
 * Errors: none: bytes that are no UTF-8 become U+FFFD.
 * Units and limits: bytes. A word is given in pieces of at most SEARCH_PIECE_BYTES_MAX bytes, each beginning
 *         SEARCH_PIECE_STEP_BYTES after the one before: so what is shorter than their overlap is whole in some piece.
 * Source: docs/search.md; Unicode case folding and NFC, by GLib. */
#include <glib.h>

enum { SEARCH_PIECE_BYTES_MAX = 256, SEARCH_PIECE_STEP_BYTES = 128 };

/* Appends the text folded: case folded, composed, every run of white space and control characters one space, none at
 * the ends. What is behind `max_bytes` of `out` is left out, at the end of a character. */
void search_text_fold(const char *text, gsize len, gsize max_bytes, GString *out);

typedef enum {
  SEARCH_WORDS_BLANK,      /* words are what stands between spaces: names, addresses, subjects */
  SEARCH_WORDS_PUNCTUATION /* what stands between ASCII punctuation, and that too: bodies, where links and signs would
                            * make every word another. A single space between words is none; any other run of spaces and
                            * punctuation is. So the words and their order tell the whole text. */
} SearchWords;

/* Takes the next word, or piece of one, off *cursor, which is then behind it, or inside when more pieces follow. FALSE
 * at the end. The text is folded; *out_word is lent. */
gboolean search_text_next(SearchWords words, const char **cursor, const char *end, const char **out_word,
                          gsize *out_len);

/* Stands for a blank in a word: the symbol for space. */
#define SEARCH_BLANK_MARK "\u2420"

/* Appends a word in the form in which an index that splits at blanks can keep it. */
void search_text_print_word(const char *word, gsize len, GString *out);
