/* Which characters of others are shown as they are. */
#include "base/printable.h"
#include <string.h>

static char *escape(const char *text, gsize len) {
  GString *out = g_string_new(NULL);

  for (gsize at = 0; at < len;)
    at += printable_append(out, text + at, len - at);
  return g_string_free(out, FALSE);
}

static void only_what_shows_itself_stays(void) {
  static const struct {
    const char *text, *escaped;
  } rows[] = {
      {"plain é 漢 👍🏽", "plain é 漢 👍🏽"},
      {"a\tb\r\nc\x1b[1m\x7f", "a\\x09b\\x0d\\x0ac\\x1b[1m\\x7f"},
      {"\xc2\x80\xc2\x85\xc2\x9b", "\\u{0080}\\u{0085}\\u{009b}"},
      {"\u2027\u2028\u2029\u202f", "\u2027\\u{2028}\\u{2029}\u202f"},
      {"\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e",
       "\\u{061c}\\u{200e}\\u{200f}\\u{202a}\\u{202b}\\u{202c}\\u{202d}"
       "\\u{202e}"},
      {"\u2066\u2067\u2068\u2069\u206a\u206f", "\\u{2066}\\u{2067}\\u{2068}\\u{2069}\\u{206a}\\u{206f}"},
      {"\ufeff\u200b\u2060\u180e\ufff9\ufffb", "\\u{feff}\\u{200b}\\u{2060}\\u{180e}\\u{fff9}\\u{fffb}"},
      {"\U000E0000\U000E0001\U000E0041\U000E007F", "\\u{e0000}\\u{e0001}\\u{e0041}\\u{e007f}"},
      {"\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645", "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645"},
      {"👩\u200d💻 co\u00adop \u0600 ", "👩\u200d💻 co\u00adop \u0600 "},
      {"葛\U000E0100 \ue000 \ufffd", "葛\U000E0100 \ue000 \ufffd"},
      {"\xff\xc3", "\\xff\\xc3"},
      {"\xed\xa0\x80", "\\xed\\xa0\\x80"}, /* a surrogate */
      {"\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80"},
  };

  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autofree char *escaped = escape(rows[i].text, strlen(rows[i].text));
    g_assert_cmpstr(escaped, ==, rows[i].escaped);
  }
}

static void escapes_are_as_long_as_was_said(void) {
  for (gunichar character = 1; character <= 0x10FFFF; character++) {
    char bytes[6];
    if (character >= 0xD800 && character <= 0xDFFF)
      continue;
    int len = g_unichar_to_utf8(character, bytes);
    g_autoptr(GString) out = g_string_new(NULL);
    g_assert_cmpuint(printable_append(out, bytes, (gsize)len), ==, len);
    g_assert_cmpuint(out->len, <, PRINTABLE_ESCAPE_MAX);
    g_assert_true(printable_is_safe(character) == (out->len == (gsize)len && memcmp(out->str, bytes, out->len) == 0));
  }
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/printable/only_what_shows_itself_stays", only_what_shows_itself_stays);
  g_test_add_func("/printable/escapes_are_as_long_as_was_said", escapes_are_as_long_as_was_said);
  return g_test_run();
}
