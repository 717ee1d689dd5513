#pragma once
/* Header values as people read them.
 *
 * Owns: nothing.
 * Thread: any.
 * Errors: none: what cannot be decoded is shown as well as it can be.
 * Units and limits: none of its own; time and memory grow with the text.
 * Source: RFC 2047 (encoded words), RFC 6532 (headers in UTF-8), by GMime. */

/* Decodes the encoded words in a header's value and keeps what is UTF-8 already. `raw` may be any octets; the result is
 * valid UTF-8, but may have control characters in it. The caller frees. */
char *header_text_decode(const char *raw);
