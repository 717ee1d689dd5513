#include "message/header_text.h"
#include "message/charset.h"
#include "message/gmime_ready.h"
#include <gmime/gmime.h>
#include <string.h>

char *header_text_unfold(const char *raw, gsize n_octets, const char *charset) {
  char *text = charset_to_utf8(raw, MIN(n_octets, HEADER_TEXT_OCTETS_MAX), NULL, charset);
  char *out = text;
  for (const char *in = text; *in; in++)
    if (*in != '\n' && *in != '\r')
      *out++ = *in;
  *out = '\0';
  return g_strstrip(text);
}

char *header_text_decode(const char *raw) {
  /* Made valid before too, or GMime would take octets that are no UTF-8 for the locale's character set. */
  g_autofree char *valid = charset_to_utf8(raw, strlen(raw), NULL, NULL);
  if (!strstr(valid, "=?"))
    return g_steal_pointer(&valid);
  gmime_ready();
  g_autofree char *decoded = g_mime_utils_header_decode_text(g_mime_parser_options_get_default(), valid);
  return g_utf8_make_valid(decoded, -1);
}
