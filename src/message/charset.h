#pragma once
/* Text in any character set made UTF-8, also where the set is declared wrongly or not at all.
 *
 * Owns: a converter that was used once stays loaded until the process ends.
 * Thread: any.
 * Errors: none: octets that are no text in the set become U+FFFD.
 * Units and limits: time and memory linear in the text. A guess looks at CHARSET_SAMPLE_OCTETS octets at most. Sets
 *         that are not in the table of charset.c count as undeclared, so no mail chooses which converter of the C
 *         library runs.
 * Source: RFC 2045 5.2, RFC 2046 4.1.2, WHATWG Encoding (names, and that ISO 8859-1 means windows-1252). */
#include <glib.h>

enum { CHARSET_SAMPLE_OCTETS = 4096 };

/* `octets` as valid UTF-8 without NUL. `declared` is the name that came with them, NULL when none did; `hint` the name
 * that came with the text around them, for octets over 127 without a declaration. The caller frees. */
char *charset_to_utf8(const char *octets, gsize n_octets, const char *declared, const char *hint);

/* The converter's name of a set by the name in a mail; NULL: it is not in the table. */
const char *charset_find(const char *name);

/* To be called before a converter, by its name, is opened. The C library loads it from a file and unloads it when
 * nobody has it open, 0.1 ms each time: too much for a header of a thousand words in different sets. */
void charset_keep_loaded(const char *converter);

/* The converter's name of the set that the octets, no UTF-8, are most likely in. */
const char *charset_guess(const char *octets, gsize n_octets);
