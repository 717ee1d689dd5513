#include "syntax/received_bytes.h"
#include <string.h>

/* Takes the next number or range off the list. */
static void next_run(ReceivedBytes *received) {
  received->bare_first = received->bare_last = 0;
  if (!received->bare_lf)
    return;
  char *behind = NULL;
  received->bare_first = g_ascii_strtoull(received->bare_lf, &behind, 10);
  received->bare_last = received->bare_first;
  if (*behind == '-')
    received->bare_last = g_ascii_strtoull(behind + 1, &behind, 10);
  received->bare_lf = *behind ? behind : NULL;
  if (received->bare_first == 0 || received->bare_last < received->bare_first)
    received->bare_lf = NULL;
}

void received_bytes_init(ReceivedBytes *received, const char *bare_lf) {
  *received = (ReceivedBytes){.bare_lf = bare_lf};
  next_run(received);
}

static gboolean is_bare(ReceivedBytes *received) {
  guint64 ordinal = ++received->n_lines;

  while (received->bare_first != 0 && received->bare_last < ordinal)
    next_run(received);
  return received->bare_first != 0 && ordinal >= received->bare_first;
}

gsize received_bytes_feed(ReceivedBytes *received, const guint8 *in, gsize in_len, guint8 *out) {
  const guint8 *end = in + in_len;
  guint8 *out_at = out;

  while (in < end) {
    const guint8 *lf = memchr(in, '\n', (gsize)(end - in));
    gsize len = (gsize)((lf ? lf : end) - in);
    memcpy(out_at, in, len);
    out_at += len;
    in += len;
    if (lf) {
      if (!is_bare(received))
        *out_at++ = '\r';
      *out_at++ = *in++;
    }
  }
  return (gsize)(out_at - out);
}

guint64 received_bytes_count(ReceivedBytes *received, const guint8 *in, gsize in_len) {
  const guint8 *end = in + in_len;
  guint64 n_bytes = in_len;

  for (; in < end && (in = memchr(in, '\n', (gsize)(end - in))); in++)
    if (!is_bare(received))
      n_bytes++;
  return n_bytes;
}
