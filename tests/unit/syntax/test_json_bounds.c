#include "syntax/json_bounds.h"
#include <string.h>

static char *repeat(const char *text, guint n) {
  GString *out = g_string_new(NULL);

  while (n-- > 0)
    g_string_append(out, text);
  return g_string_free(out, FALSE);
}

static gboolean is_taken(const char *start, const char *repeated, guint n) {
  g_autofree char *rest = repeat(repeated, n);
  g_autofree char *text = g_strconcat(start, rest, NULL);

  return json_bounds_check(text, strlen(text)) == NULL;
}

static void values_are_counted_to_the_limit(void) {
  g_assert_true(is_taken("[0", ",0", JSON_VALUES_MAX - 2));
  g_assert_false(is_taken("[0", ",0", JSON_VALUES_MAX - 1));
  g_assert_true(is_taken("[[]", ",[]", (JSON_VALUES_MAX - 3) / 2));
  g_assert_false(is_taken("{\"a\":{}", ",\"a\":{}", JSON_VALUES_MAX / 3));
}

static void levels_are_counted_to_the_limit(void) {
  g_assert_true(is_taken("", "[", JSON_DEPTH_MAX));
  g_assert_false(is_taken("", "[", JSON_DEPTH_MAX + 1));
  g_assert_false(is_taken("", "{\"a\":", JSON_DEPTH_MAX + 1));
  g_assert_true(is_taken("[", "[],{},", 1000));
}

static void what_is_in_texts_does_not_count(void) {
  g_assert_true(is_taken("[\"", "[{,:", JSON_VALUES_MAX));
  g_assert_true(is_taken("[\"\\\"", "[{,:", JSON_VALUES_MAX));
  g_assert_false(is_taken("[\"\\\\\"", ",0", JSON_VALUES_MAX));
}

static void no_byte_behind_the_end_is_read(void) {
  static const char *const texts[] = {"", "\"", "\"\\", "]", "}}}}", "[", "{\"a"};

  for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
    gsize len = strlen(texts[i]);
    g_autofree char *copy = g_memdup2(texts[i], len); /* not terminated: sanitizers see what goes too far */
    g_assert_null(json_bounds_check(copy, len));
  }
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/json_bounds/values_are_counted_to_the_limit", values_are_counted_to_the_limit);
  g_test_add_func("/json_bounds/levels_are_counted_to_the_limit", levels_are_counted_to_the_limit);
  g_test_add_func("/json_bounds/what_is_in_texts_does_not_count", what_is_in_texts_does_not_count);
  g_test_add_func("/json_bounds/no_byte_behind_the_end_is_read", no_byte_behind_the_end_is_read);
  return g_test_run();
}
