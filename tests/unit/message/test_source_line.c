#include "message/source_line.h"
#include <string.h>

static void assert_line(const char *source, gsize offset, guint number, const char *text) {
  guint found;
  g_autofree char *line = source_line_read(source, strlen(source), offset, &found);

  g_assert_cmpuint(found, ==, number);
  g_assert_cmpstr(line, ==, text);
}

static void lines_are_counted_and_shown(void) {
  assert_line("", 0, 1, "");
  assert_line("one", 0, 1, "one");
  assert_line("one", 3, 1, "one");
  assert_line("one", 99, 1, "one");
  assert_line("one\r\n  two\t\r\nthree", 4, 1, "one");
  assert_line("one\r\n  two\t\r\nthree", 5, 2, "two");
  assert_line("one\r\n  two\t\r\nthree", 9, 2, "two");
  assert_line("one\n\nthree\n", 4, 2, "");
  assert_line("one\n\nthree\n", 11, 4, "");
  assert_line("a\x1b[31mb\xff", 0, 1, "a [31mb\xef\xbf\xbd");
}

static void of_long_lines_the_place_is_shown(void) {
  g_autofree char *before = g_strnfill(500, 'x');
  g_autofree char *after = g_strnfill(SOURCE_LINE_BYTES_MAX - 4, 'y');
  g_autofree char *source = g_strconcat("first\n", before, "<p>", after, "ü end", NULL);
  g_autofree char *shown = g_strconcat("…<p>", after, "…", NULL);
  g_autofree char *start = g_strnfill(SOURCE_LINE_BYTES_MAX, 'x');
  g_autofree char *first = g_strconcat(start, "…", NULL);

  assert_line(source, 6 + 500, 2, shown); /* and no half of a character */
  assert_line(source, 6, 2, first);
  assert_line(source, strlen(source) - 3, 2, "…end");
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/source_line/lines_are_counted_and_shown", lines_are_counted_and_shown);
  g_test_add_func("/source_line/of_long_lines_the_place_is_shown", of_long_lines_the_place_is_shown);
  return g_test_run();
}
