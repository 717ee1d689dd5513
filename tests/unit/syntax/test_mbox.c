/* What an mbox file holds must be the message again when its quotes are taken away. */
#include "syntax/mbox.h"
#include <string.h>

static const gint64 received_us = 1700000000 * G_GINT64_CONSTANT(1000000); /* Tue Nov 14 22:13:20 2023 */

/* The whole of it, as the file has it; its bytes come in pieces of so many. */
static char *print_whole(const char *sender, const char *mail, gsize len, gsize n_at_a_time) {
  g_autofree char *separator = mbox_print_separator(sender, received_us);
  g_autofree guint8 *piece = g_malloc(MBOX_QUOTED_MAX(MAX(len, 8)));
  GString *whole = g_string_new(separator);
  MboxQuote quote = {0};

  for (gsize at = 0; at < len; at += n_at_a_time) {
    gsize n_bytes = MIN(n_at_a_time, len - at);
    gsize n_quoted = mbox_quote_feed(&quote, (const guint8 *)mail + at, n_bytes, piece);
    g_assert_cmpuint(n_quoted, <=, MBOX_QUOTED_MAX(n_bytes));
    g_string_append_len(whole, (const char *)piece, (gssize)n_quoted);
  }
  g_string_append_len(whole, (const char *)piece, (gssize)mbox_quote_end(&quote, piece));
  return g_string_free(whole, FALSE);
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
      {"FFrom me\nFr>From me\n>F>From me\nFro\nFrom \n>From ",
       "FFrom me\nFr>From me\n>F>From me\nFro\n>From \n>>From \n\n"},
      {"Fro", "Fro\n\n"},
      {"From From From ", ">From From From \n\n"},
      {"> From me\n From me\nFrom\nfrom me\nFromage\n", "> From me\n From me\nFrom\nfrom me\nFromage\n\n"},
      {"From ", ">From \n\n"},
      {">", ">\n\n"},
      {"a\rFrom b\n", "a\rFrom b\n\n"},
  };

  for (gsize i = 0; i < G_N_ELEMENTS(vectors); i++) {
    gsize len = strlen(vectors[i].mail);
    g_autofree char *expected = g_strconcat("From a@b.example Tue Nov 14 22:13:20 2023\n", vectors[i].printed, NULL);
    for (gsize n_at_a_time = 1; n_at_a_time <= len + 1; n_at_a_time++) {
      g_autofree char *printed = print_whole("a@b.example", vectors[i].mail, len, n_at_a_time);
      g_assert_cmpstr(printed, ==, expected);
    }
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
    g_autofree char *printed = mbox_print_separator(vectors[i].sender, received_us);
    g_assert_true(g_str_has_prefix(printed, vectors[i].line));
  }
}

static void time_beyond_the_calendar_is_1970(void) {
  g_autofree char *separator = mbox_print_separator("a", G_MAXINT64);

  g_assert_cmpstr(separator, ==, "From a Thu Jan  1 00:00:00 1970\n");
}

/* Every text of up to six pieces that matter. */
static void every_short_text_comes_back(void) {
  static const char *const pieces[] = {">", "From ", "\n", "a"};

  for (guint number = 0; number < 4096; number++) {
    g_autoptr(GString) mail = g_string_new(NULL);
    for (guint rest = number, i = 0; i < 6; i++, rest /= 4)
      g_string_append(mail, pieces[rest % 4]);
    g_string_append_c(mail, '\n');
    g_autofree char *printed = print_whole("", mail->str, mail->len, 3);
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
