#pragma once
/* Header values as people read them.
 *
 * Thread: any.
 * Errors: none: what cannot be decoded is shown as well as it can be.
 * Units and limits: HEADER_TEXT_BYTES_MAX bytes of a value are read; time and memory grow with the text.
 * Source: RFC 2047 (encoded words), RFC 5322 2.2.3 (unfolding), RFC 6532 (headers in UTF-8). */
#include <glib.h>

enum { HEADER_TEXT_BYTES_MAX = 1024 * 1024 };

/* Decodes the encoded words in a header's value and keeps what is UTF-8 already. `raw` may be any bytes; the result is
 * valid UTF-8, but may have control characters in it. The caller frees. */
char *header_text_decode(const char *raw);

/* A value as stored, folded or not, as one line of valid UTF-8 with its encoded words as they are. Bytes over 127 that
 * are no UTF-8 are read in `charset`, or, when that is NULL, as what they look like. The caller frees. */
char *header_text_unfold(const char *raw, gsize n_bytes, const char *charset);
