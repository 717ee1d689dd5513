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
  char *bytes = g_convert(text, -1, charset, "UTF-8", NULL, len, NULL);

  g_assert_nonnull(bytes);
  return bytes;
}

static void assert_text(const char *bytes, gsize len, const char *declared, const char *hint, const char *expected) {
  g_autofree char *text = charset_to_utf8(bytes, len, declared, hint);

  g_assert_cmpstr(text, ==, expected);
}

static void declared_sets_are_read(void) {
  for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
    gsize len;
    g_autofree char *bytes = encode(texts[i].text, texts[i].charset, &len);
    assert_text(bytes, len, texts[i].charset, NULL, texts[i].text);
  }
}

static void undeclared_sets_are_guessed(void) {
  static const char *const wrong[] = {NULL,       "",      "x-unknown",
                                      "us-ascii", "utf-8", "a name far longer than any charset's name"};

  for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
    gsize len;
    g_autofree char *bytes = encode(texts[i].text, texts[i].charset, &len);
    for (gsize j = 0; j < G_N_ELEMENTS(wrong); j++)
      assert_text(bytes, len, wrong[j], NULL, texts[i].text);
  }
}

static void long_texts_are_guessed_by_a_sample(void) {
  for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
    g_autoptr(GString) text = g_string_new(NULL);
    while (text->len < 4 * CHARSET_SAMPLE_BYTES)
      g_string_append(text, texts[i].text);
    gsize len;
    g_autofree char *bytes = encode(text->str, texts[i].charset, &len);
    assert_text(bytes, len, NULL, NULL, text->str);
  }
}

static void hint_wins_over_guess(void) {
  assert_text("\xd4\xc5\xd3\xd4", 4, NULL, "koi8-r", "тест");
  assert_text("\xd4\xc5\xd3\xd4", 4, NULL, "latin1", "ÔÅÓÔ");
  assert_text("\xc3\xbc", 2, NULL, "koi8-r", "ü"); /* valid UTF-8 is UTF-8 */
}

static void broken_bytes_are_replaced(void) {
  assert_text("Gr\xc3\xbc\xc3\x9f"
              "e \xff!",
              10, "utf-8", NULL, "Grüße \uFFFD!");
  assert_text("a\0b", 3, NULL, NULL, "a\uFFFDb");
  assert_text("\x82", 1, "shift_jis", NULL, "\uFFFD");
  assert_text("a\x82\xff\x41", 4, "shift_jis", NULL,
              "a\uFFFD"
              "A");
  assert_text("", 0, "utf-16", NULL, "");
  assert_text("\x81", 1, "windows-1252", NULL, "\uFFFD");
}

/* Bytes and what mail programs and browsers show for them (WHATWG Encoding). */
static const struct {
  const char *declared;
  const char *bytes;
  const char *text;
} vendor_texts[] = {
    {"ISO-2022-JP", "\x1b$B-!-j\x1b(B", "①㈱"},
    {"iso-2022-jp", "\x1b$B|q|r\x1b(B", "ⅰⅱ"},
    {"iso-2022-jp", "\x1b(I1\x1b(B a", "ｱ a"},
    {"iso-2022-jp", "\xb1\xb2 a", "ｱｲ a"},
    {"iso-2022-jp", "\x1b(J\\1\x1b(B\\", "¥1\\"},
    {"iso-2022-jp", "\x1b$@F|K\\\x1b(J", "日本"},
    {"iso-2022-jp", "\x1b$B!A!]\x1b(B", "～－"},
    {"csISO2022JP", "\x1b$BF|K\\\x1b(B", "日本"},
    {"cp50220", "\x1b$B-!\x1b(B", "①"},
    {"iso-2022-jp-2", "\x1b$AVPND\x1b(B", "中文"},
    {"iso-2022-jp-1", "\x1b$(D0!\x1b(B", "丂"},
    /* without the return to ASCII */
    {"iso-2022-jp", "\x1b$BF|K\\", "日本"},
    {"iso-2022-jp", "\x1b$BF|K\\\n-- \nlist footer\n", "日本\n-- \nlist footer\n"},
    {"iso-2022-jp", "\x1b$BF|K\\\nF|K\\\x1b(B", "日本\n日本"},
    {"shift_jis", "\x87\x40\x87\x8a", "①㈱"},
    {"Shift-JIS", "\xed\x40\xfa\x40\xb1", "纊ⅰｱ"},
    {"x-sjis", "\x81\x60\x5c", "～\\"},
    {"EUC-JP", "\xad\xa1\xad\xea\x8e\xb1", "①㈱ｱ"},
    {"euc-jp", "\xf9\xa1\x8f\xb0\xa1", "纊丂"},
    {"ks_c_5601-1987", "\xb0\xa1\x81\x41", "가갂"},
    {"EUC-KR", "\x81\x41", "갂"},
    {"gb2312", "\xc4\xe3\x81\x40\x80", "你丂€"},
    {"GBK", "\x81\x30\x84\x36", "¥"},
    {"big5", "\xa1\x45\xa3\xe1\xf9\xd6\xc6\xe7\x8b\x63", "‧€碁ぁ醶"},
    {"iso-8859-1", "\x80\x93", "€“"},
    {"ISO_8859-9", "\x80\xf0", "€ğ"},
    {"tis-620", "\x80\xa1", "€ก"},
    {"utf8", "ü", "ü"},
    {"windows1252", "\x80", "€"},
    {"\"iso-8859-15\"", "\xa4", "€"},
    /* a character that is not known costs itself alone */
    {"iso-2022-jp", "\x1b$BF|/!K\\\x1b(Ba", "日\uFFFD本a"},
    {"shift_jis", "\x93\xfa\x85\x9f\x96\x7b", "日\uFFFD本"},
    {"shift_jis", "\x93\xfa\x81<\x96\x7b", "日\uFFFD<本"},
    {"euc-jp", "\xc6\xfc\xaf\xa1\xcb\xdc", "日\uFFFD本"},
    {"euc-jp", "\xc6\xfc\xc6\n\xcb\xdc", "日\uFFFD\n本"},
    {"euc-kr", "\xb0\xa1\xc9\xff\xb0\xa1", "가\uFFFD가"},
    {"big5", "\xa4\xa4\xff\xa4\xe5", "中\uFFFD文"},
    {"gb2312", "\xd6\xd0\xff\xce\xc4", "中\uFFFD文"},
};

static void characters_of_vendors_are_read(void) {
  for (gsize i = 0; i < G_N_ELEMENTS(vendor_texts); i++)
    assert_text(vendor_texts[i].bytes, strlen(vendor_texts[i].bytes), vendor_texts[i].declared, NULL,
                vendor_texts[i].text);
}

static void damage_in_wide_units_stays_where_it_is(void) {
  assert_text("\xff\xfe\x00\xdc\x61\x00", 6, "utf-16", NULL, "\uFFFDa");
  assert_text("\x00\xd8\x61\x00", 4, "utf-16le", NULL, "\uFFFDa");
}

static void faults_are_named(void) {
  static const struct {
    const char *declared;
    const char *bytes;
    const char *fault;
  } rows[] = {
      {"utf-8", "ü", ""},
      {"utf-8", "\xfc", "wrong"},
      {"us-ascii", "ü", "wrong"},
      {"klingon", "x", "unknown"},
      {"iso-8859-1", "\xfc", ""},
      {"iso-8859-1", "\x80", "extensions"},
      {"windows-1252", "\x80", ""},
      {"iso-2022-jp", "\x1b$BF|\x1b(B", ""},
      {"iso-2022-jp", "\x1b$B-!\x1b(B", "extensions"},
      {"iso-2022-jp", "\x1b$BF|", "open"},
      {"iso-2022-jp", "\x1b(I1\x1b(B", "extensions"},
      {"cp50220", "\x1b$B-!\x1b(B", ""},
      {"shift_jis", "\x93\xfa", ""},
      {"shift_jis", "\x87\x40", "extensions"},
      {"cp932", "\x87\x40", ""},
      {"shift_jis", "\x85\x9f", "wrong"},
      {"euc-jp", "\xad\xa1", "extensions"},
      {"gb2312", "\x81\x40", "extensions"},
      {"gbk", "\x81\x40", ""},
      {"euc-kr", "\x81\x41", "extensions"},
  };

  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    CharsetFaults faults = charset_check(rows[i].bytes, strlen(rows[i].bytes), rows[i].declared);
    const char *fault = faults.is_unknown       ? "unknown"
                        : faults.is_wrong       ? "wrong"
                        : faults.is_open        ? "open"
                        : faults.has_extensions ? "extensions"
                                                : "";
    g_assert_cmpstr(fault, ==, rows[i].fault);
  }
}

/* Every pair of bytes, in each set there is. */
static void any_bytes_give_valid_utf8(void) {
  static const char *const declared[] = {NULL,          "utf-8",     "us-ascii", "latin1",     "iso-2022-jp", "utf-16",
                                         "utf-7",       "shift_jis", "gb18030",  "big5",       "euc-kr",      "hz",
                                         "iso-2022-kr", "utf-32",    "euc-jp",   "iso-2022-cn"};

  for (gsize i = 0; i < G_N_ELEMENTS(declared); i++) {
    for (guint pair = 0; pair < 65536; pair += 7) {
      const char bytes[] = {(char)(pair >> 8), (char)pair, 'x'};
      g_autofree char *text = charset_to_utf8(bytes, sizeof bytes, declared[i], NULL);
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
  ADD(broken_bytes_are_replaced);
  ADD(characters_of_vendors_are_read);
  ADD(damage_in_wide_units_stays_where_it_is);
  ADD(faults_are_named);
  ADD(any_bytes_give_valid_utf8);
#undef ADD
  return g_test_run();
}
