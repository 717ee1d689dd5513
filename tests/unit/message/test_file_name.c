#include "message/file_name.h"

#include <string.h>

static void names_become_fit_for_files(void) {
  static const struct {
    const char *name;
    const char *safe;
  } rows[] = {
      {"a.txt", "a.txt"},
      {"Grüße 用户.pdf", "Grüße 用户.pdf"},
      {"../../etc/passwd", "passwd"},
      {"C:\\dir\\a.exe", "a.exe"},
      {"C:/dir/a.exe", "a.exe"},
      {"\\\\server\\share\\a.doc", "a.doc"},
      {"/etc/passwd", "passwd"},
      {"~/a.txt", "a.txt"},
      {"a/../b.txt", "b.txt"},
      {"file:///tmp/a.txt", "a.txt"},
      {"/", NULL},
      /* slashes of names that are no paths */
      {"a/b\\c/d.txt", "a_b_c_d.txt"},
      {"Invoice 225/2385/5648.pdf", "Invoice 225_2385_5648.pdf"},
      {"AC/DC..mp3", "AC_DC..mp3"},
      /* joiners belong to the spelling */
      {"گزارش\u200Cها.pdf", "گزارش\u200Cها.pdf"},
      {"👩\u200D💻.png", "👩\u200D💻.png"},
      {"\uFEFFa\u00ADb\u200F\u2066c\u2069.txt", "abc.txt"},
      {"a\r\nSet-Cookie: x\t.txt", "aSet-Cookie: x.txt"},
      {"a\u202Egnp.exe", "agnp.exe"},
      {"a\xC2\x85"
       "b\u200Bc\u2028d",
       "abcd"},
      {"  a.txt  ", "a.txt"},
      {"", NULL},
      {".", NULL},
      {"..", NULL},
      {"...", NULL},
      {"dir/", "dir_"},
      {" . ", NULL},
      {".profile", ".profile"},
  };

  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autofree char *safe = file_name_safe(rows[i].name);
    g_assert_cmpstr(safe, ==, rows[i].safe);
  }
}

static void long_names_keep_their_extension(void) {
  for (gsize len = FILE_NAME_BYTES_MAX - 8; len < FILE_NAME_BYTES_MAX + 8; len++) {
    g_autofree char *start = g_strnfill(len, 'a');
    g_autofree char *name = g_strconcat(start, "üü.txt", NULL);
    g_autofree char *safe = file_name_safe(name);
    g_assert_cmpuint(strlen(safe), <=, FILE_NAME_BYTES_MAX);
    g_assert_true(g_utf8_validate(safe, -1, NULL));
    g_assert_true(g_str_has_suffix(safe, ".txt"));
    if (strlen(name) <= FILE_NAME_BYTES_MAX)
      g_assert_cmpstr(safe, ==, name);
  }
}

static void parts_without_names_get_one(void) {
  g_autofree char *mail = file_name_of_part("1.2", "message/rfc822");
  g_autofree char *other = file_name_of_part("3", "application/x-unknown");

  g_assert_cmpstr(mail, ==, "part-1.2.eml");
  g_assert_cmpstr(other, ==, "part-3.bin");
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
#define ADD(name) g_test_add_func("/message/file_name/" #name, name)
  ADD(names_become_fit_for_files);
  ADD(long_names_keep_their_extension);
  ADD(parts_without_names_get_one);
#undef ADD
  return g_test_run();
}
