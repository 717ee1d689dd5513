#include "syntax/xtext.h"

char *xtext_decode(const char *text, gsize len) {
  g_autoptr(GString) out = g_string_sized_new(len);

  for (gsize i = 0; i < len; i++) {
    char byte = text[i];
    if (byte == '+') {
      if (len - i < 3 || !g_ascii_isxdigit(text[i + 1]) || !g_ascii_isxdigit(text[i + 2]))
        return NULL;
      byte = (char)(g_ascii_xdigit_value(text[i + 1]) << 4 | g_ascii_xdigit_value(text[i + 2]));
      i += 2;
    }
    if (g_ascii_iscntrl(byte))
      return NULL;
    g_string_append_c(out, byte);
  }
  return g_utf8_validate(out->str, (gssize)out->len, NULL) ? g_string_free(g_steal_pointer(&out), FALSE) : NULL;
}
