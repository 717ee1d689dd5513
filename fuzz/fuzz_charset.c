/* The name of a set, a line end, and text in it. What comes out is valid UTF-8, and line ends are as many as before in
 * sets whose characters hold none. */
#include "fuzz.h"
#include "message/charset.h"
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len) {
  const char *lf = memchr(bytes, '\n', len);
  gsize name_len = lf ? (gsize)(lf - (const char *)bytes) : 0;
  g_autofree char *name = g_strndup((const char *)bytes, name_len);
  const char *text = (const char *)bytes + (lf ? name_len + 1 : 0);
  gsize text_len = len - (lf ? name_len + 1 : 0);

  g_autofree char *declared = charset_to_utf8(text, text_len, name, NULL);
  g_autofree char *guessed = charset_to_utf8(text, text_len, NULL, name);

  g_assert_true(g_utf8_validate(declared, -1, NULL) && g_utf8_validate(guessed, -1, NULL));
  g_assert_cmpuint(strlen(declared), <=, 8 * text_len);
  charset_check(text, text_len, name);
  return 0;
}
