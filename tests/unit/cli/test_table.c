/* What programs read of a table, and what is left of a text out of a message. */
#include "cli/table.h"
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *get_variable(const char *name) {
  return NULL;
}

static void cells_of_programs_are_parted_by_tabs_and_have_none(void) {
  static const TableColumn columns[] = {{.title = "A"}, {.title = "B", .share = 1}};
  const char *const rows_of_cells[][3] = {{"one\ttwo", "", "x"}, {"\x1b[1mred", "a\nb", "y"}};
  g_autoptr(GPtrArray) rows = g_ptr_array_new();
  char *printed = NULL;
  size_t len = 0;
  FILE *stream = open_memstream(&printed, &len);
  g_autoptr(Output) output = output_new(stream, get_variable);
  g_autoptr(GError) error = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS(rows_of_cells); i++)
    g_ptr_array_add(rows, (gpointer)rows_of_cells[i]);
  table_print(output, columns, G_N_ELEMENTS(columns), rows);
  g_assert_true(output_end(output, &error));
  g_assert_cmpstr(printed, ==, "one two\t\n [1mred\ta b\n");
  fclose(stream);
  free(printed);
}

static void nothing_that_steers_a_terminal_is_left(void) {
  static const struct {
    const char *text, *cleaned;
  } rows[] = {
      {"", ""},
      {"plain \xc3\xa9 \xe6\xbc\xa2", "plain \xc3\xa9 \xe6\xbc\xa2"},
      {"a\r\nb\tc\x7f", "a  b c "},
      {"\x1b]0;title\x07", " ]0;title "},
      {"c1 \xc2\x9b"
       "31m",
       "c1  31m"},
      {"turned \xe2\x80\xae around", "turned \\u{202e} around"},
      {"two\u2028lines\u2029", "two\\u{2028}lines\\u{2029}"},
      {"family \U0001F469\u200d\U0001F467", "family \U0001F469\u200d\U0001F467"},
      {"broken \xff", "broken \xef\xbf\xbd"},
  };

  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autofree char *cleaned = output_clean(rows[i].text);
    g_assert_cmpstr(cleaned, ==, rows[i].cleaned);
  }
}

static void json_stays_the_same_json(void) {
  static const struct {
    const char *json, *printed;
  } rows[] = {
      {"{\"a\":\"x\u202e\u2028\u00e9\"}", "{\"a\":\"x\\u202e\\u2028\u00e9\"}\n"},
      {"[\"\U000E0041\x7f\xc2\x9b\"]", "[\"\\udb40\\udc41\\u007f\\u009b\"]\n"},
  };

  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    char *printed = NULL;
    size_t len = 0;
    FILE *stream = open_memstream(&printed, &len);
    g_autoptr(Output) output = output_new(stream, get_variable);
    output_json(output, rows[i].json);
    g_assert_true(output_end(output, NULL));
    g_assert_cmpstr(printed, ==, rows[i].printed);
    fclose(stream);
    free(printed);
  }
}

static void what_cannot_be_written_is_told_once(void) {
  FILE *stream = fopen("/dev/full", "w");
  g_autoptr(Output) output = NULL;
  g_autoptr(GError) error = NULL;

  if (!stream) {
    g_test_skip("there is no /dev/full");
    return;
  }
  output = output_new(stream, get_variable);
  output_text(output, "text\n");
  g_assert_false(output_end(output, &error));
  g_assert_cmpstr(error->message, ==, "standard output: No space left on device");
  g_assert_false(output_is_well(output));
  fclose(stream);
}

static void reader_that_is_gone_is_told_from_other_failures(void) {
  int ends[2];

  signal(SIGPIPE, SIG_IGN);
  g_assert_cmpint(pipe(ends), ==, 0);
  FILE *stream = fdopen(ends[1], "w");
  g_autoptr(Output) output = output_new(stream, get_variable);
  close(ends[0]);
  output_text(output, "text\n");
  g_assert_false(output_is_abandoned(output));
  g_assert_false(output_end(output, NULL));
  g_assert_true(output_is_abandoned(output));
  fclose(stream);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/table/cells_of_programs", cells_of_programs_are_parted_by_tabs_and_have_none);
  g_test_add_func("/table/nothing_that_steers", nothing_that_steers_a_terminal_is_left);
  g_test_add_func("/table/json_stays_the_same_json", json_stays_the_same_json);
  g_test_add_func("/table/reader_that_is_gone", reader_that_is_gone_is_told_from_other_failures);
  g_test_add_func("/table/cannot_be_written", what_cannot_be_written_is_told_once);
  return g_test_run();
}
