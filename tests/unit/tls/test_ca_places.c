/* The certificates of CAs are found where other systems have them. */
#include "tls/ca_places.h"
#include <glib/gstdio.h>

static void remove_tree(const char *path) {
  g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);

  for (const char *name; dir && (name = g_dir_read_name(dir));) {
    g_autofree char *entry = g_build_filename(path, name, NULL);
    remove_tree(entry);
  }
  g_assert_cmpint(g_remove(path), ==, 0);
}

static void the_first_known_file_is_found(void) {
  static const char *const later_first[] = {"/etc/ssl/cert.pem", "/etc/ssl/ca-bundle.pem",
                                            "/etc/pki/tls/certs/ca-bundle.crt"};
  g_autofree char *root = g_dir_make_tmp(NULL, NULL);

  g_assert_null(ca_places_find(root));
  for (gsize i = 0; i < G_N_ELEMENTS(later_first); i++) {
    g_autofree char *path = g_strconcat(root, later_first[i], NULL);
    g_autofree char *dir = g_path_get_dirname(path);
    g_assert_cmpint(g_mkdir_with_parents(dir, 0700), ==, 0);
    g_assert_true(g_file_set_contents(path, "x", 1, NULL));
    g_autofree char *found = ca_places_find(root);
    g_assert_cmpstr(found, ==, path);
  }
  remove_tree(root);
}

static void an_empty_directory_has_none(void) {
  g_autofree char *dir = g_dir_make_tmp(NULL, NULL);
  g_autofree char *file = g_build_filename(dir, "cert.pem", NULL);

  g_assert_false(ca_places_has_any(file, dir));
  g_assert_false(ca_places_has_any(dir, "/nowhere"));
  g_assert_true(g_file_set_contents(file, "x", 1, NULL));
  g_assert_true(ca_places_has_any(file, "/nowhere"));
  g_assert_true(ca_places_has_any("/nowhere", dir));
  remove_tree(dir);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/ca_places/the_first_known_file_is_found", the_first_known_file_is_found);
  g_test_add_func("/ca_places/an_empty_directory_has_none", an_empty_directory_has_none);
  return g_test_run();
}
