#pragma once
/* Where HTML names parts of its mail: cid: addresses in attributes and styles.
 *
 * Owns: nothing.
 * Thread: any; pure.
 * Errors: none.
 * Units and limits: linear in the HTML.
 * Source: RFC 2392 2. */
#include <glib.h>

typedef struct ContentIdReference {
  const char *start; /* of "cid:" */
  const char *id;    /* as written, escaped; not terminated */
  gsize id_len;
} ContentIdReference;

/* The next one from *cursor on, which is set behind it. FALSE: no more. */
gboolean content_ids_next(const char *html, const char **cursor, ContentIdReference *reference);

/* The id itself; NULL: it is none. The caller frees. */
char *content_ids_read(const ContentIdReference *reference);
