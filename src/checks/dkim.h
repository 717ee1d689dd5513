#pragma once
/* A DKIM-Signature as far as it can be read without its key.
 *
 * Owns: nothing.
 * Thread: any; pure.
 * Errors: NULL: not well-formed.
 * Units and limits: linear.
 * Source: RFC 6376 3.2 (tags), 3.4.3 and 3.4.4 (canonical bodies), 3.5 (the field), 3.7 (the hash). */
#include <glib.h>

/* Tags and their values, without white space around them. NULL: it is no list of tags, or has one twice. The caller
 * unrefs. */
GHashTable *dkim_tags_read(const char *value);

/* The hash of a body with CRLF line ends, in Base64, as `bh=` has it. `limit` octets of the canonical body count
 * (l=); G_MAXUINT64: all. The caller frees. */
char *dkim_body_hash(const char *body, gsize len, gboolean is_relaxed, guint64 limit, GChecksumType type);
