/* Texts are encoded by iconv here and must come back with a declaration, with a wrong one and without. */
#include "message/charset.h"

#include <string.h>

static const struct {
  const char *charset;
  const char *text;
} texts[] = {
    {"KOI8-R", "Привет, мир"},
    {"KOI8-R", "Добрый день, это письмо"},
    {"WINDOWS-1251", "Привет, мир"},
    {"WINDOWS-1251", "Заказ подтверждён"},
    {"WINDOWS-1252", "Grüße aus Köln"},
    {"WINDOWS-1252", "Café résumé naïve, señor Año"},
    {"WINDOWS-1252", "“smart” quotes – and 5 €"},
    {"CP932", "こんにちは世界"},
    {"CP932", "件名: テスト"},
    {"CP932", "日本語"},
    {"EUC-JP", "こんにちは世界"},
    {"ISO-2022-JP", "日本語のメール"},
    {"GB18030", "您好，您的验证码是"},
    {"BIG5", "您好，您的驗證碼是"},
    {"CP949", "안녕하세요 인증번호"},
};

static char *encode(const char *text, const char *charset, gsize *len) {
  char *octets = g_convert(text, -1, charset, "UTF-8", NULL, len, NULL);
  g_assert_nonnull(octets);
  return octets;
}

static void assert_text(const char *octets, gsize len, const char *declared, const char *hint, const char *expected) {
  g_autofree char *text = charset_to_utf8(octets, len, declared, hint);
  g_assert_cmpstr(text, ==, expected);
}

static void declared_sets_are_read(void) {
  for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
    gsize len;
    g_autofree char *octets = encode(texts[i].text, texts[i].charset, &len);
    assert_text(octets, len, texts[i].charset, NULL, texts[i].text);
  }
}

static void undeclared_sets_are_guessed(void) {
  static const char *const wrong[] = {NULL,       "",      "x-unknown",
                                      "us-ascii", "utf-8", "a name far longer than any charset's name"};
  for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
    gsize len;
    g_autofree char *octets = encode(texts[i].text, texts[i].charset, &len);
    for (gsize j = 0; j < G_N_ELEMENTS(wrong); j++)
      assert_text(octets, len, wrong[j], NULL, texts[i].text);
  }
}

static void long_texts_are_guessed_by_a_sample(void) {
  for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
    g_autoptr(GString) text = g_string_new(NULL);
    while (text->len < 4 * CHARSET_SAMPLE_OCTETS)
      g_string_append(text, texts[i].text);
    gsize len;
    g_autofree char *octets = encode(text->str, texts[i].charset, &len);
    assert_text(octets, len, NULL, NULL, text->str);
  }
}

static void hint_wins_over_guess(void) {
  assert_text("\xd4\xc5\xd3\xd4", 4, NULL, "koi8-r", "тест");
  assert_text("\xd4\xc5\xd3\xd4", 4, NULL, "latin1", "ÔÅÓÔ");
  assert_text("\xc3\xbc", 2, NULL, "koi8-r", "ü"); /* valid UTF-8 is UTF-8 */
}

static void broken_octets_are_replaced(void) {
  assert_text("Gr\xc3\xbc\xc3\x9f"
              "e \xff!",
              10, "utf-8", NULL, "Grüße \uFFFD!");
  assert_text("a\0b", 3, NULL, NULL, "a\uFFFDb");
  assert_text("\x82", 1, "shift_jis", NULL, "\uFFFD");
  assert_text("a\x82\xff\x41", 4, "shift_jis", NULL,
              "a\uFFFD\uFFFD"
              "A");
  assert_text("", 0, "utf-16", NULL, "");
  assert_text("\x81", 1, "windows-1252", NULL, "\uFFFD");
}

/* Every pair of octets, in each set there is. */
static void any_octets_give_valid_utf8(void) {
  static const char *const declared[] = {NULL,     "utf-8", "us-ascii",    "latin1",  "iso-2022-jp",
                                         "utf-16", "utf-7", "shift_jis",   "gb18030", "big5",
                                         "euc-kr", "hz",    "iso-2022-kr", "utf-32"};
  for (gsize i = 0; i < G_N_ELEMENTS(declared); i++) {
    for (guint pair = 0; pair < 65536; pair += 7) {
      const char octets[] = {(char)(pair >> 8), (char)pair, 'x'};
      g_autofree char *text = charset_to_utf8(octets, sizeof octets, declared[i], NULL);
      g_assert_true(g_utf8_validate(text, -1, NULL));
    }
  }
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
#define ADD(name) g_test_add_func("/message/charset/" #name, name)
  ADD(declared_sets_are_read);
  ADD(undeclared_sets_are_guessed);
  ADD(long_texts_are_guessed_by_a_sample);
  ADD(hint_wins_over_guess);
  ADD(broken_octets_are_replaced);
  ADD(any_octets_give_valid_utf8);
#undef ADD
  return g_test_run();
}
