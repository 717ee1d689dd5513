#pragma once
/* What octets without a type look like.
 *
 * Owns: nothing.
 * Thread: any; pure.
 * Errors: none: what is not known is application/octet-stream.
 * Units and limits: the first SNIFF_OCTETS_MAX octets are looked at.
 * Source: WHATWG MIME Sniffing 6 and 7.1 (the patterns that files in mails are likely to have). */
#include <glib.h>

enum { SNIFF_OCTETS_MAX = 512 };

/* A media type; static. */
const char *sniff_content_type(const char *octets, gsize len);
