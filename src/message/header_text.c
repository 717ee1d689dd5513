#include "message/header_text.h"
#include "message/charset.h"
#include "message/encoded_words.h"
#include <string.h>

char *header_text_unfold(const char *raw, gsize n_bytes, const char *charset) {
  char *text = charset_to_utf8(raw, MIN(n_bytes, HEADER_TEXT_BYTES_MAX), NULL, charset);
  char *out = text;

  for (const char *in = text; *in; in++)
    if (*in != '\n' && *in != '\r')
      *out++ = *in;
  *out = '\0';
  return g_strstrip(text);
}

char *header_text_decode(const char *raw) {
  g_autofree char *valid = charset_to_utf8(raw, strlen(raw), NULL, NULL);

  return encoded_words_decode(valid);
}
