#pragma once
/* The line of a source in which something is, for findings that point to it.
 *
 * Thread: any; pure.
 * Units and limits: lines end with LF and are counted from 1; what is shown of one is at most SOURCE_LINE_BYTES_MAX.
 * Source: what editors show. */
#include <glib.h>

enum { SOURCE_LINE_BYTES_MAX = 160 };

/* The line with the byte at `offset`, without blanks around it, as valid UTF-8 without control characters. Of a long
 * line what begins at the offset, with "…" where something is left out. The caller frees. */
char *source_line_read(const char *source, gsize len, gsize offset, guint *out_number);
