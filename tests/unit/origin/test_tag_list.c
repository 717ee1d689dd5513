#include "origin/tag_list.h"
#include <string.h>

static GHashTable *parse(const char *text) {
  return tag_list_parse(text, strlen(text));
}

static void tags_are_read(void) {
  g_autoptr(GHashTable) tags = parse(" v=1; a = rsa-sha256;\r\n\td=example.com ; b=a=b== ;h=From : To;e=;\r\n ");

  g_assert_cmpuint(g_hash_table_size(tags), ==, 6);
  g_assert_cmpstr(tag_list_find(tags, "a"), ==, "rsa-sha256");
  g_assert_cmpstr(tag_list_find(tags, "d"), ==, "example.com");
  g_assert_cmpstr(tag_list_find(tags, "b"), ==, "a=b==");
  g_assert_cmpstr(tag_list_find(tags, "h"), ==, "From : To");
  g_assert_cmpstr(tag_list_find(tags, "e"), ==, "");
  g_assert_null(tag_list_find(tags, "B"));
}

static void what_is_no_list_of_tags_is_rejected(void) {
  static const char *const broken[] = {"v", "v=1;;a=x", "v=1;v=1", "=1", "1v=1", "v v=1", "v=1; ;a=b", "ä=1"};

  for (gsize i = 0; i < G_N_ELEMENTS(broken); i++)
    g_assert_null(parse(broken[i]));
  g_assert_null(tag_list_parse("v=1\0", 4));
}

static void lists_have_a_length(void) {
  g_autofree char *text = g_strnfill(TAG_LIST_BYTES_MAX + 1, 'x');

  text[1] = '=';
  g_autoptr(GHashTable) fits = tag_list_parse(text, TAG_LIST_BYTES_MAX);
  g_assert_nonnull(fits);
  g_assert_null(tag_list_parse(text, TAG_LIST_BYTES_MAX + 1));
}

static void values_are_read(void) {
  g_autofree char *squeezed = tag_list_squeeze(" a\tb\r\n c ");
  g_autoptr(GBytes) bytes = tag_list_bytes("aGVs\r\n\tbG8=");

  g_assert_cmpstr(squeezed, ==, "abc");
  g_assert_cmpmem(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes), "hello", 5);
  g_assert_null(tag_list_bytes("aGV"));
  g_assert_null(tag_list_bytes(" "));
  g_assert_true(tag_list_has_word("y : S", "s"));
  g_assert_false(tag_list_has_word("ys", "s"));
  g_assert_false(tag_list_has_word(NULL, "s"));
}

/* The list, and what of it is the value of b. */
static void the_signature_is_located(void) {
  static const char *const vectors[][2] = {
      {"v=1; b=x; bh=y", "x"},
      {"bh=y;\r\n\tb = x =\r\n ", " x =\r\n "},
      {"b=", ""},
      {"B=x; bb=z;b=y", "y"},
      {"bh=b=x", NULL},
      {"", NULL},
      {";;=;b", NULL},
  };

  for (gsize i = 0; i < G_N_ELEMENTS(vectors); i++) {
    const char *text = vectors[i][0];
    gsize start = 0;
    gsize end = 0;
    gboolean found = tag_list_locate_b(text, strlen(text), &start, &end);
    g_autofree char *value = found ? g_strndup(text + start, end - start) : NULL;
    g_assert_cmpstr(value, ==, vectors[i][1]);
  }
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/tag_list/tags_are_read", tags_are_read);
  g_test_add_func("/tag_list/what_is_no_list_of_tags_is_rejected", what_is_no_list_of_tags_is_rejected);
  g_test_add_func("/tag_list/lists_have_a_length", lists_have_a_length);
  g_test_add_func("/tag_list/values_are_read", values_are_read);
  g_test_add_func("/tag_list/the_signature_is_located", the_signature_is_located);
  return g_test_run();
}
