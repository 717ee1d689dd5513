#pragma once
/* The bytes of a message as they were received, out of the form in which they are stored: LF made CRLF again.
 *
 * Owns: nothing: the list of bare LFs is lent.
 * Thread: any; pure, no I/O.
 * Errors: none: what in a list is not a number ends it.
 * Units and limits: any number of bytes, in pieces of any size. With the list "*" (too many to list) every line end
 *         becomes CRLF, the one case in which the bytes differ from those received.
 * Source: docs/storage.md ("The received bytes again"); the counterpart of smtp_data.h. */
#include <glib.h>

typedef struct ReceivedBytes {
  const char *bare_lf; /* private: what is left of the list; NULL: none */
  guint64 n_lines;     /* LFs seen so far */
  guint64 bare_first;  /* private: the run of bare LFs that is next; 0: none */
  guint64 bare_last;
} ReceivedBytes;

/* `bare_lf` is the message's X-Bare-LF, NULL when it has none, and is lent until the last byte. */
void received_bytes_init(ReceivedBytes *received, const char *bare_lf);

/* Reads `in`, bytes after the block, and writes those received to `out`, which has room for 2 * in_len bytes.
 * Returns how many were written. */
gsize received_bytes_feed(ReceivedBytes *received, const guint8 *in, gsize in_len, guint8 *out);

/* How many bytes `in` would give; counts on like feed. */
guint64 received_bytes_count(ReceivedBytes *received, const guint8 *in, gsize in_len);
