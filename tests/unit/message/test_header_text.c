#include "message/header_text.h"
#include <glib.h>
#include <string.h>

static const struct {
  const char *raw;
  const char *text;
} vectors[] = {
    {"", ""},
    {"plain, with = and ? in it", "plain, with = and ? in it"},
    /* UTF-8 as it is (RFC 6532) */
    {"Grüße an 用户", "Grüße an 用户"},
    {"Grüße =?utf-8?q?=C3=BC?=", "Grüße ü"},
    /* encoded words (RFC 2047) */
    {"=?utf-8?q?Gr=C3=BC=C3=9Fe?= an =?iso-8859-1?Q?M=FCller?=", "Grüße an Müller"},
    {"=?UTF-8?B?44GC?= =?UTF-8?B?44GE?=", "あい"},
    {"=?utf-8?q?a_b?=", "a b"},
    {"=?iso-2022-jp?B?GyRCJCIbKEI=?=", "あ"},
    /* a character cut in two by the encoder */
    {"=?utf-8?q?=C3?= =?utf-8?q?=BC?=", "ü"},
    {"=?utf-8?b?4oI=?=\n =?UTF-8?B?rA==?=", "€"},
    {"=?utf-8?b?4oI=?= =?utf-8?q?=AC?=", "€"},
    {"=?utf-8?b?4oI?= =?utf-8?b?rA?=", "€"},
    /* white space between words of different sets, and beside text */
    {"=?utf-8?q?a?= =?iso-8859-1?q?=FC?= b", "aü b"},
    {"=?utf-8?q?a?==?utf-8?q?b?=", "ab"},
    {"x=?utf-8?q?a?=y", "xay"},
    /* a language (RFC 2231 5), a set that nobody knows */
    {"=?iso-8859-1*de?q?=FC?=", "ü"},
    {"=?x-unknown?q?=C3=BC?=", "ü"},
    {"=??q?a?=", "=??q?a?="},
    /* what is wrong is shown as well as it can be */
    {"=?utf-8?q?unterminated=C3=BC", "unterminatedü"},
    {"=?utf-8?q?=C3=BC and text", "ü and text"},
    {"=?utf-8?b?R3LDvA==?", "Grü"},
    {"=?utf-8?q?a? =?utf-8?q?=C3=BC?=", "aü"},
    {"=?utf-8?q?=C3=BC =?utf-8?q?=C3=BC?=", "üü"},
    {"=?utf-8?q?", "=?utf-8?q?"},
    {"=?x-unknown?q?unterminated", "=?x-unknown?q?unterminated"},
    /* question marks, blanks and folds inside */
    {"=?UTF-8?Q?Gr=C3=BC=C3=9Fe: alles gut?\?=", "Grüße: alles gut?"},
    {"=?UTF-8?Q?Wirklich?\?=", "Wirklich?"},
    {"=?UTF-8?Q?Really?=3F_=C3=BC?=", "Really?? ü"},
    {"=?UTF-8?Q?a?=BCD", "aBCD"},
    {"=?UTF-8?Q?who? =C3=BC?= and =?utf-8?q?b?=", "who? ü and b"},
    {"=?utf-8?B?R3LD vMOf\tZQ==?=", "Grüße"},
    {"=?utf-8?q?Gr=C3=BC\n =C3=9Fe?=", "Grü\n ße"},
    {"\"=?utf-8?q?Gr=C3=BC?=\"", "\"Grü\""},
    {"=?UTF8?q?=C3=BC?=", "ü"},
    {"=?\"utf-8\"?q?=C3=BC?=", "ü"},
    {"=?iso-2022-jp?B?GyRCLSEbKEI=?=", "①"},
    {"=?iso-2022-jp?B?GyRCRnw=?= =?iso-2022-jp?B?S1wbKEI=?=", "日本"},
    {"=?", "=?"},
    {"=?\?=", "=?\?="},
    {"=?utf-8?x?abc?=", "=?utf-8?x?abc?="},
    {"\xff", "ÿ"},
    {"a\xffz =?utf-8?q?=C3=BC?=", "aÿz ü"},
    {"Gr\xfc\xdf"
     "e",
     "Grüße"},
};

static void values_are_decoded(void) {
  for (gsize i = 0; i < G_N_ELEMENTS(vectors); i++) {
    g_autofree char *text = header_text_decode(vectors[i].raw);
    g_assert_cmpstr(text, ==, vectors[i].text);
  }
}

/* Every byte, alone, in an encoded word and before one. */
static void any_byte_gives_valid_utf8(void) {
  static const char *const patterns[] = {"%c", "a%c=?utf-8?q?b?=", "=?utf-8?q?%c?=", "=?%c?q?b?=", "=?utf-8?b?%c?="};

  for (gsize i = 0; i < G_N_ELEMENTS(patterns); i++) {
    for (int byte = 1; byte < 256; byte++) {
      g_autofree char *raw = g_strdup(patterns[i]);
      char *place = strstr(raw, "%c");
      *place = (char)byte;
      memmove(place + 1, place + 2, strlen(place + 2) + 1);
      g_autofree char *text = header_text_decode(raw);
      g_assert_true(g_utf8_validate(text, -1, NULL));
    }
  }
}

static void encoded_bytes_give_valid_utf8_whatever_the_charset(void) {
  static const char *const charsets[] = {"utf-8", "us-ascii", "iso-8859-1", "utf-16", "iso-2022-jp", "no-such-charset"};

  for (gsize i = 0; i < G_N_ELEMENTS(charsets); i++) {
    for (guint byte = 0; byte < 256; byte++) {
      g_autofree char *raw = g_strdup_printf("=?%s?q?=%02X=41?=", charsets[i], byte);
      g_autofree char *text = header_text_decode(raw);
      g_assert_true(g_utf8_validate(text, -1, NULL));
    }
  }
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
#define ADD(name) g_test_add_func("/message/header_text/" #name, name)
  ADD(values_are_decoded);
  ADD(any_byte_gives_valid_utf8);
  ADD(encoded_bytes_give_valid_utf8_whatever_the_charset);
#undef ADD
  return g_test_run();
}
