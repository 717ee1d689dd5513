#pragma once
/* Messages as an mbox file, of the kind "mboxrd": what a message has can be got back from it, byte by byte.
 *
 * Thread: any; pure.
 * Units and limits: linear in the message; the quoting adds a byte for each line "From ".
 * Source: RFC 4155 (the separator line); qmail's mbox(5) and its variant mboxrd. */
#include <glib.h>

/* The line in front of a message. `sender` is the reverse-path, "" the null one; blanks and control characters, which
 * the line cannot hold, become "-". The caller frees. */
char *mbox_print_separator(const char *sender, gint64 received_us);

/* A message as it follows, in pieces of any size; all zero begins one. A line "From " gets its ">" behind those that
 * are there, so that no more than "From" is ever held back. */
typedef struct MboxQuote {
  guint n_matched;    /* private: bytes of "From " at the begin of a line, not written yet */
  gboolean is_inside; /* private: a line, behind where it is told */
  gboolean lacks_end; /* private: the last line */
} MboxQuote;

/* Reads bytes with LF line ends, and writes them to `out`, which has room for MBOX_QUOTED_MAX(n_bytes). Returns how
 * many were written. */
#define MBOX_QUOTED_MAX(n_bytes) ((n_bytes) + (n_bytes) / 5 + 8)
gsize mbox_quote_feed(MboxQuote *quote, const guint8 *in, gsize n_bytes, guint8 *out);

/* Writes how the message ends, eight bytes at most: the last line end, and a blank line. Returns how many. */
gsize mbox_quote_end(MboxQuote *quote, guint8 *out);
