#pragma once
/* What bytes without a type look like.
 *
 * Thread: any; pure.
 * Errors: none: what is not known is application/octet-stream.
 * Units and limits: the first SNIFF_BYTES_MAX bytes are looked at.
 * Source: WHATWG MIME Sniffing 6 and 7.1 (the patterns that files in messages are likely to have). */
#include <glib.h>

enum { SNIFF_BYTES_MAX = 512 };

/* A media type; static. */
const char *sniff_content_type(const char *bytes, gsize len);
