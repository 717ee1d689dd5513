/* Which servers belong to the directory somebody is in. */
#include "cli/project.h"
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>

/* The names of the Maildirs, below `root`, of the nearest servers. */
static char *nearest_of(const char *root, const char *maildirs, const char *directory) {
  g_autoptr(GPtrArray) servers = g_ptr_array_new_with_free_func((GDestroyNotify)server_facts_free);
  g_auto(GStrv) names = g_strsplit(maildirs, " ", -1);
  g_autofree char *place = g_build_filename(root, directory, NULL);
  GString *found = g_string_new(NULL);

  g_assert_cmpint(g_mkdir_with_parents(place, 0700), ==, 0);
  for (char **name = names; *name; name++) {
    ServerFacts *facts = g_new0(ServerFacts, 1);
    facts->maildir = g_build_filename(root, *name, NULL);
    g_ptr_array_add(servers, facts);
  }
  g_autoptr(GPtrArray) nearest = project_servers(servers, place);
  for (guint i = 0; i < nearest->len; i++) {
    const ServerFacts *facts = g_ptr_array_index(nearest, i);
    g_string_append_printf(found, "%s%s", i > 0 ? " " : "", facts->maildir + strlen(root) + 1);
  }
  return g_string_free(found, FALSE);
}

static void nearest_server_of_the_project_is_found(void) {
  static const struct {
    const char *maildirs, *directory, *nearest;
  } rows[] = {
      {"a/mail b/mail", "a", "a/mail"},
      {"a/mail b/mail", "a/src/deep", "a/mail"},
      {"a/mail b/mail", "a/mail", "a/mail"},
      {"a/mail a/mail2", "a/mail/new", "a/mail"},
      {"a/mail b/mail", "c", ""},
      {"a/mail ab/mail", "ab", "ab/mail"},
      {"a/mail ab/mail", "a", "a/mail"},
      {"a/mail b/mail", ".", "a/mail b/mail"},
      {"a/mail a/other", "a", "a/mail a/other"},
      {"a/mail a/other", "a/src", "a/mail a/other"},
      {"a/mail a/src/mail", "a/src", "a/src/mail"},
      {"mail a/tmp/mail", "a", "a/tmp/mail mail"},
      {"mail a/mail", "a/src", "a/mail"},
      {"mail", "a/b/c", "mail"},
      {"a/b/c/mail", "a", "a/b/c/mail"},
      {"a/b/c/mail", "a/x", ""},
  };
  g_autofree char *made = g_dir_make_tmp("project-XXXXXX", NULL);
  g_autofree char *root = realpath(made, NULL);

  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autofree char *nearest = nearest_of(root, rows[i].maildirs, rows[i].directory);
    g_auto(GStrv) names = g_strsplit(nearest, " ", -1);
    g_auto(GStrv) expected = g_strsplit(rows[i].nearest, " ", -1);
    g_assert_cmpuint(g_strv_length(names), ==, g_strv_length(expected));
    for (char **name = names; *name; name++)
      g_assert_true(g_strv_contains((const char *const *)expected, *name));
  }
  const char *const remove[] = {"rm", "-r", root, NULL};
  g_assert_true(g_spawn_sync(NULL, (char **)remove, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL, NULL));
}

static void directory_that_is_gone_has_no_server(void) {
  g_autoptr(GPtrArray) servers = g_ptr_array_new_with_free_func((GDestroyNotify)server_facts_free);
  ServerFacts *facts = g_new0(ServerFacts, 1);

  facts->maildir = g_strdup("/");
  g_ptr_array_add(servers, facts);
  g_autoptr(GPtrArray) nearest = project_servers(servers, "/no/such/directory");

  g_assert_cmpuint(nearest->len, ==, 0);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/project/nearest_server_of_the_project_is_found", nearest_server_of_the_project_is_found);
  g_test_add_func("/project/directory_that_is_gone_has_no_server", directory_that_is_gone_has_no_server);
  return g_test_run();
}
