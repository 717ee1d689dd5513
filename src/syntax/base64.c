#include "syntax/base64.h"

gboolean base64_decode(const char *text, gsize len, guint8 *out, gsize *out_len) {
  gsize n_padding = 0;
  gsize n_out = 0;
  guint32 bits = 0;

  if (len % 4 != 0)
    return FALSE;
  while (n_padding < 2 && n_padding < len && text[len - 1 - n_padding] == '=')
    n_padding++;
  for (gsize i = 0; i < len; i++) {
    int value = i < len - n_padding ? base64_value(text[i]) : 0;
    if (value < 0)
      return FALSE;
    bits = bits << 6 | (guint32)value;
    if (i % 4 != 3)
      continue;
    gsize n_bytes = i == len - 1 ? 3 - n_padding : 3;
    for (gsize j = 0; j < n_bytes; j++)
      out[n_out++] = (guint8)(bits >> (16 - 8 * j));
    bits = 0;
  }
  *out_len = n_out;
  return TRUE;
}
