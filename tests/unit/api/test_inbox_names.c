#include "api/inbox_names.h"

static void names_are_as_short_as_tells_them_apart(void) {
  static const struct {
    const char *paths, *names; /* with a space between */
  } cases[] = {
      {"/home/me/mail", "mail"},
      {"/home/me/blog/mail /home/me/incoming", "mail incoming"},
      {"/home/me/blog/mail /home/me/shop/mail /tmp/other", "blog/mail shop/mail other"},
      {"/a/x/mail /b/x/mail /b/y/mail", "a/x/mail b/x/mail y/mail"},
      {"/mail /x/mail", "/mail x/mail"},
      {"/x/mail /x/mail", "/x/mail /x/mail"},
      {"/xmail /x/mail", "xmail mail"},
      {"/", "/"},
      {"/ /x", "/ x"},
      {"", ""},
  };

  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_auto(GStrv) paths = g_strsplit(cases[i].paths, " ", -1);
    g_auto(GStrv) names = inbox_names((const char *const *)paths);
    g_autofree char *joined = g_strjoinv(" ", names);
    g_assert_cmpstr(joined, ==, cases[i].names);
  }
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/inbox_names/names_are_as_short_as_tells_them_apart", names_are_as_short_as_tells_them_apart);
  return g_test_run();
}
