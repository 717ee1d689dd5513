#pragma once
/* Text in any character set made UTF-8, also where the set is declared wrongly or not at all.
 *
 * Owns: a converter that was used once stays loaded until the process ends.
 * Thread: any.
 * Errors: none: bytes that are not text in the set become U+FFFD.
 * Units and limits: time and memory linear in the text. A guess looks at CHARSET_SAMPLE_BYTES bytes at most. Sets
 *         that are not in the table of charset.c count as undeclared, so no message chooses which converter of the C
 *         library runs.
 * Source: RFC 2045 5.2, RFC 2046 4.1.2, WHATWG Encoding (names, and which vendor's set a standard name means: that of
 *         ISO 8859-1 windows-1252, of Shift_JIS, EUC-JP and ISO-2022-JP code page 932, of GB 2312 GB 18030, of EUC-KR
 *         code page 949); RFC 1468. */
#include <glib.h>

enum { CHARSET_SAMPLE_BYTES = 4096 };

/* `bytes` as valid UTF-8 without NUL. `declared` is the name that came with them, NULL when none did; `hint` the name
 * that came with the text around them, for bytes over 127 without a declaration. The caller frees. */
char *charset_to_utf8(const char *bytes, gsize n_bytes, const char *declared, const char *hint);

/* What the sender got wrong about the set of a text. */
typedef struct CharsetFaults {
  gboolean is_unknown;     /* nobody knows a set of this name */
  gboolean is_wrong;       /* there are bytes that are not text in it */
  gboolean is_open;        /* ISO-2022-JP: a line or the text ends without the return to ASCII (RFC 1468) */
  gboolean has_extensions; /* there are characters that the set of this name lacks, and a vendor's variant has */
} CharsetFaults;

CharsetFaults charset_check(const char *bytes, gsize n_bytes, const char *declared);

/* The converter's name of a set by the name in a message; NULL: it is not in the table. */
const char *charset_find(const char *name);

/* To be called before a converter, by its name, is opened. The C library loads it from a file and unloads it when
 * nobody has it open, 0.1 ms each time: too much for a header of a thousand words in different sets. */
void charset_keep_loaded(const char *converter);

/* The converter's name of the set that the bytes, no UTF-8, are most likely in. */
const char *charset_guess(const char *bytes, gsize n_bytes);
