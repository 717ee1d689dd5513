#include "message/snippet.h"

char *snippet_make(const char *text) {
  GString *snippet = g_string_sized_new(SNIPPET_BYTES_MAX + 8);
  gboolean has_space = FALSE;

  for (; *text; text = g_utf8_next_char(text)) {
    gunichar c = g_utf8_get_char(text);
    gsize len = (gsize)(g_utf8_next_char(text) - text);
    if (g_unichar_isspace(c)) {
      has_space = snippet->len > 0;
      continue;
    }
    if (g_unichar_iscntrl(c))
      continue;
    if (snippet->len + (has_space ? 1 : 0) + len > SNIPPET_BYTES_MAX) {
      g_string_append(snippet, "...");
      break;
    }
    if (has_space)
      g_string_append_c(snippet, ' ');
    has_space = FALSE;
    g_string_append_len(snippet, text, (gssize)len);
  }
  return g_string_free(snippet, FALSE);
}
