#pragma once
/* The chunked transfer coding, as bytes come.
 *
 * Owns: nothing; zero-initialise it for each body.
 * Thread: any; pure.
 * Errors: HTTP_CHUNKED_BROKEN; the connection is to be closed.
 * Units and limits: a size has at most HTTP_CHUNKED_DIGITS_MAX digits; extensions and trailers, which are read and
 *         dropped, have at most HTTP_CHUNKED_EXTRA_MAX bytes together.
 * Source: RFC 9112 7.1. Lines end with CRLF only. */
#include <glib.h>

enum { HTTP_CHUNKED_DIGITS_MAX = 15, HTTP_CHUNKED_EXTRA_MAX = 16 * 1024 };

typedef enum { HTTP_CHUNKED_MORE, HTTP_CHUNKED_DONE, HTTP_CHUNKED_BROKEN } HttpChunkedStatus;

typedef struct HttpChunked {
  int state;
  guint n_digits;
  guint64 left_bytes; /* of the chunk */
  gsize n_extra;      /* bytes so far of extensions and trailers */
} HttpChunked;

/* Takes bytes up to the end of a piece of content or of the body; *out_taken tells how many. *out_content and *out_len
 * are the piece, within `bytes`; its length may be 0. Call it until all is taken or the status is not MORE. */
HttpChunkedStatus http_chunked_take(HttpChunked *chunked, const char *bytes, gsize len, gsize *out_taken,
                                    const char **out_content, gsize *out_len);
