/* What an mbox file holds must be the mail again when its quotes are taken away. */
#include "syntax/mbox.h"
#include <string.h>

static const gint64 received_us = 1700000000 * G_GINT64_CONSTANT(1000000); /* Tue Nov 14 22:13:20 2023 */

static char *print(const char *sender, const char *mail) {
  g_autoptr(GBytes) octets = mbox_print(sender, received_us, (const guint8 *)mail, strlen(mail));
  gsize len;
  const char *text = g_bytes_get_data(octets, &len);

  return g_strndup(text, len);
}

static void lines_are_quoted(void) {
  static const struct {
    const char *mail;
    const char *printed;
  } vectors[] = {
      {"", "\n"},
      {"\n", "\n\n"},
      {"a: b\n\nc\n", "a: b\n\nc\n\n"},
      {"no end", "no end\n\n"},
      {"From me\n", ">From me\n\n"},
      {">From me\n>>From me", ">>From me\n>>>From me\n\n"},
      {"> From me\n From me\nFrom\nfrom me\nFromage\n", "> From me\n From me\nFrom\nfrom me\nFromage\n\n"},
      {"From ", ">From \n\n"},
      {">", ">\n\n"},
      {"a\rFrom b\n", "a\rFrom b\n\n"},
  };

  for (gsize i = 0; i < G_N_ELEMENTS(vectors); i++) {
    g_autofree char *printed = print("a@b.example", vectors[i].mail);
    g_autofree char *expected = g_strconcat("From a@b.example Tue Nov 14 22:13:20 2023\n", vectors[i].printed, NULL);
    g_assert_cmpstr(printed, ==, expected);
  }
}

static void separator_is_one_line(void) {
  static const struct {
    const char *sender;
    const char *line;
  } vectors[] = {
      {"", "From MAILER-DAEMON Tue"},
      {"\"a b\"@c.example", "From \"a-b\"@c.example Tue"},
      {"a\r\nFrom b@c", "From a--From-b@c Tue"},
  };

  for (gsize i = 0; i < G_N_ELEMENTS(vectors); i++) {
    g_autofree char *printed = print(vectors[i].sender, "");
    g_assert_true(g_str_has_prefix(printed, vectors[i].line));
  }
}

static void time_beyond_the_calendar_is_1970(void) {
  g_autoptr(GBytes) octets = mbox_print("a", G_MAXINT64, NULL, 0);

  g_assert_true(g_str_has_prefix(g_bytes_get_data(octets, NULL), "From a Thu Jan  1 00:00:00 1970\n"));
}

/* Every text of up to six pieces that matter. */
static void every_short_text_comes_back(void) {
  static const char *const pieces[] = {">", "From ", "\n", "a"};

  for (guint number = 0; number < 4096; number++) {
    g_autoptr(GString) mail = g_string_new(NULL);
    for (guint rest = number, i = 0; i < 6; i++, rest /= 4)
      g_string_append(mail, pieces[rest % 4]);
    g_string_append_c(mail, '\n');
    g_autofree char *printed = print("", mail->str);
    g_auto(GStrv) lines = g_strsplit(strchr(printed, '\n') + 1, "\n", -1);
    g_autoptr(GRegex) quoted = g_regex_new("^>(>*From )", 0, 0, NULL);
    g_autoptr(GString) again = g_string_new(NULL);
    for (char **line = lines; line[0] && line[1] && line[2]; line++) {
      g_autofree char *plain = g_regex_replace(quoted, *line, -1, 0, "\\1", 0, NULL);
      g_assert_false(g_str_has_prefix(*line, "From "));
      g_string_append_printf(again, "%s\n", plain);
    }
    g_assert_cmpstr(again->str, ==, mail->str);
  }
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/syntax/mbox/lines_are_quoted", lines_are_quoted);
  g_test_add_func("/syntax/mbox/separator_is_one_line", separator_is_one_line);
  g_test_add_func("/syntax/mbox/time_beyond_the_calendar_is_1970", time_beyond_the_calendar_is_1970);
  g_test_add_func("/syntax/mbox/every_short_text_comes_back", every_short_text_comes_back);
  return g_test_run();
}
