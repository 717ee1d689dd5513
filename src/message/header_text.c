#include "message/header_text.h"
#include <gmime/gmime.h>
#include <string.h>

/* GMime fills tables first, which start-up need not wait for, nor a server that never sees an encoded word. */
static void gmime_init_once(void) {
  static gsize is_done = 0;

  if (g_once_init_enter(&is_done)) {
    g_mime_init();
    g_once_init_leave(&is_done, 1);
  }
}

char *header_text_decode(const char *raw) {
  if (strstr(raw, "=?") == NULL)
    return g_utf8_make_valid(raw, -1);

  gmime_init_once();
  /* Made valid before too, or GMime would take octets that are no UTF-8 for the locale's character set. */
  g_autofree char *valid = g_utf8_make_valid(raw, -1);
  g_autofree char *decoded = g_mime_utils_header_decode_text(g_mime_parser_options_get_default(), valid);
  return g_utf8_make_valid(decoded, -1);
}
