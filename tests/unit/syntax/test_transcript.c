/* What was said, within its limits, whatever was said. */
#include "syntax/transcript.h"

#include <string.h>

static void add(Transcript *transcript, gint64 time_us, char side, const char *line) {
  transcript_add(transcript, time_us, side, line, strlen(line));
}

static void check(const Transcript *transcript, const char *expected) {
  g_autofree char *printed = transcript_print(transcript);

  g_assert_cmpstr(printed, ==, expected);
}

static void test_lines_in_order(void) {
  g_autoptr(Transcript) transcript = transcript_new();

  check(transcript, "");
  add(transcript, 0, '*', "connected");
  add(transcript, 1500, 'S', "220 hello");
  add(transcript, 2000, 'C', "");
  check(transcript, "0 * connected\n1500 S 220 hello\n2000 C \n");
}

static void test_each_mail_has_the_head_and_its_own(void) {
  g_autoptr(Transcript) transcript = transcript_new();

  add(transcript, 1, 'C', "EHLO a");
  transcript_begin_mail(transcript);
  add(transcript, 2, 'C', "MAIL FROM:<a>");
  check(transcript, "1 C EHLO a\n2 C MAIL FROM:<a>\n");
  transcript_begin_mail(transcript);
  add(transcript, 3, 'C', "MAIL FROM:<b>");
  check(transcript, "1 C EHLO a\n3 C MAIL FROM:<b>\n");
}

static void test_nothing_forges_a_line(void) {
  g_autoptr(Transcript) transcript = transcript_new();

  transcript_add(transcript, 1, 'C', "a\nb\r\0c\xff\x1b[0m", 11);
  add(transcript, 2, 'C', "x\xe2\x80\xa8y\xc2\x85z\xc3\xa4");
  check(transcript, "1 C a\xef\xbf\xbd"
                    "b\xef\xbf\xbd\xef\xbf\xbd"
                    "c\xef\xbf\xbd\xef\xbf\xbd[0m\n"
                    "2 C x\xef\xbf\xbdy\xef\xbf\xbdz\xc3\xa4\n");
}

static void test_lines_and_room_have_limits(void) {
  g_autoptr(Transcript) transcript = transcript_new();
  g_autofree char *longest = g_strnfill(TRANSCRIPT_LINE_MAX, 'a');
  g_autofree char *longer = g_strnfill(TRANSCRIPT_LINE_MAX + 1, 'a');
  g_autofree char *expected = g_strdup_printf("1 C %s\n2 C %s...\n", longest, longest);

  add(transcript, 1, 'C', longest);
  add(transcript, 2, 'C', longer);
  check(transcript, expected);

  transcript_begin_mail(transcript);
  for (gint64 i = 0; i < 1000; i++)
    add(transcript, i, 'C', longest);
  g_autofree char *printed = transcript_print(transcript);
  g_assert_cmpuint(strlen(printed), <, 2 * (TRANSCRIPT_BYTES_MAX + TRANSCRIPT_LINE_MAX + 100));
  guint n_kept = 0;
  TranscriptLine line;
  const char *cursor = printed;
  while (transcript_next(&cursor, &line) && line.side != '*')
    n_kept++;
  g_autofree char *rest = g_strndup(line.text, line.len);
  g_autofree char *rest_expected = g_strdup_printf("%u more lines", 1002 - n_kept);
  g_assert_cmpstr(rest, ==, rest_expected);
  g_assert_cmpint(line.time_us, ==, n_kept - 3);
}

static void test_what_is_printed_is_read_again(void) {
  static const char text[] = "0 * connected\n12 C EHLO a b\n13 S \n";
  const char *cursor = text;
  TranscriptLine line;

  g_assert_true(transcript_next(&cursor, &line));
  g_assert_true(line.time_us == 0 && line.side == '*');
  g_assert_cmpmem(line.text, line.len, "connected", 9);
  g_assert_true(transcript_next(&cursor, &line));
  g_assert_true(line.time_us == 12 && line.side == 'C');
  g_assert_cmpmem(line.text, line.len, "EHLO a b", 8);
  g_assert_true(transcript_next(&cursor, &line));
  g_assert_true(line.time_us == 13 && line.side == 'S' && line.len == 0);
  g_assert_false(transcript_next(&cursor, &line));
}

static void test_what_is_no_transcript_ends_it(void) {
  static const char *const texts[] = {"", "x", "12", "12 ", "12 C", "12 X a", "12C a", " C a", "\n"};
  TranscriptLine line;

  for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
    const char *cursor = texts[i];
    g_assert_false(transcript_next(&cursor, &line));
  }
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/transcript/lines_in_order", test_lines_in_order);
  g_test_add_func("/transcript/each_mail_has_the_head_and_its_own", test_each_mail_has_the_head_and_its_own);
  g_test_add_func("/transcript/nothing_forges_a_line", test_nothing_forges_a_line);
  g_test_add_func("/transcript/lines_and_room_have_limits", test_lines_and_room_have_limits);
  g_test_add_func("/transcript/what_is_printed_is_read_again", test_what_is_printed_is_read_again);
  g_test_add_func("/transcript/what_is_no_transcript_ends_it", test_what_is_no_transcript_ends_it);
  return g_test_run();
}
