#pragma once
/* A large message with most of its bodies left out, so that it can be summed up in little memory: the same fields and
 * parts, the beginnings of its texts, and nothing of what is attached.
 *
 * Owns: what was kept so far.
 * Thread: any; a Condenser belongs to one thread.
 * Errors: none: of a message beyond the limits, what comes last is missing.
 * Units and limits: the first CONDENSE_HEAD_BYTES are kept as they are. Of what follows, CONDENSE_TEXT_BYTES_MAX
 *         of texts and CONDENSE_HEADER_BYTES_MAX of headers and boundaries, all parts together.
 * Source: RFC 2046 5.1: a boundary is a line that begins with "--", and a header follows it. Every such line is taken
 *         for one here; which of them are is found out when the message is read. */
#include <glib.h>

enum {
  CONDENSE_HEAD_BYTES = 1024 * 1024,
  CONDENSE_TEXT_BYTES_MAX = 2 * 1024 * 1024,
  CONDENSE_HEADER_BYTES_MAX = 4 * 1024 * 1024
};

typedef struct Condenser Condenser;

/* Takes the first CONDENSE_HEAD_BYTES of a message that is longer. */
Condenser *condenser_new(GByteArray *head);
void condenser_free(Condenser *condenser);

/* The bytes that follow, in pieces of any size. */
void condenser_feed(Condenser *condenser, const char *bytes, gsize n_bytes);

/* What was kept, once the message has ended. The caller unrefs. */
GBytes *condenser_end(Condenser *condenser);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Condenser, condenser_free)
