#include "message/transfer_encoding.h"

gsize transfer_encoding_finish(GMimeEncoding *decoder, char *out) {
  enum { GROUP = 4 };
  int n_pending = ABS(decoder->state); /* octets of the last group of four */
  if (decoder->encoding != GMIME_CONTENT_ENCODING_BASE64 || n_pending < 2)
    return 0;
  return g_mime_encoding_step(decoder, "==", (gsize)(GROUP - n_pending), out);
}
