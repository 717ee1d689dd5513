#include "base/printable.h"

enum { UNICODE_MAX = 0x10FFFF };

static gboolean is_among(gunichar character, const gunichar (*ranges)[2], gsize n_ranges) {
  for (gsize i = 0; i < n_ranges; i++)
    if (character >= ranges[i][0] && character <= ranges[i][1])
      return TRUE;
  return FALSE;
}

/* Of the category Cf. */
static gboolean is_harmless_format(gunichar character) {
  static const gunichar ranges[][2] = {
      {0x00AD, 0x00AD},                                         /* soft hyphen */
      {0x0600, 0x0605},   {0x06DD, 0x06DD},                     /* Arabic signs around numbers */
      {0x070F, 0x070F},   {0x0890, 0x0891},   {0x08E2, 0x08E2}, /* signs of abbreviation, currency and verse */
      {0x200C, 0x200D},                                         /* joiners */
      {0x110BD, 0x110BD}, {0x110CD, 0x110CD},                   /* Kaithi signs of numbers */
  };

  return is_among(character, ranges, G_N_ELEMENTS(ranges));
}

gboolean printable_is_safe(gunichar character) {
  if (character < 0x80)
    return character >= 0x20 && character < 0x7F;
  if ((character >= 0xE0000 && character <= 0xE007F) || character > UNICODE_MAX) /* tags, assigned or not */
    return FALSE;
  switch (g_unichar_type(character)) {
  case G_UNICODE_CONTROL:
  case G_UNICODE_LINE_SEPARATOR:
  case G_UNICODE_PARAGRAPH_SEPARATOR:
  case G_UNICODE_SURROGATE:
    return FALSE;
  case G_UNICODE_FORMAT:
    return is_harmless_format(character);
  default:
    return TRUE;
  }
}

gsize printable_append(GString *out, const char *text, gsize len) {
  gunichar character = g_utf8_get_char_validated(text, (gssize)len);

  if (character >= 0x80 && character <= UNICODE_MAX) {
    gsize n_bytes = (gsize)(g_utf8_next_char(text) - text);
    if (printable_is_safe(character))
      g_string_append_len(out, text, (gssize)n_bytes);
    else
      g_string_append_printf(out, "\\u{%04x}", character);
    return n_bytes;
  }
  if (printable_is_safe(character))
    g_string_append_c(out, text[0]);
  else
    g_string_append_printf(out, "\\x%02x", (guchar)text[0]);
  return 1;
}
