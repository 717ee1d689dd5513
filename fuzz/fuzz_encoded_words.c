/* The value of a header field. It is decoded into valid UTF-8, and what is no word stays as it is. */
#include "fuzz.h"
#include "message/encoded_words.h"
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len) {
  g_autofree char *text = g_utf8_make_valid((const char *)bytes, (gssize)len);
  g_autofree char *decoded = encoded_words_decode(text);

  g_assert_true(g_utf8_validate(decoded, -1, NULL));
  if (!strstr(text, "=?"))
    g_assert_cmpstr(decoded, ==, text);
  encoded_words_check(text);
  for (const char *at = text; (at = strstr(at, "=?")); at += 2) {
    const char *behind = encoded_words_skip(at);
    g_assert_true(!behind || (behind > at + 2 && behind <= at + strlen(at)));
  }
  return 0;
}
