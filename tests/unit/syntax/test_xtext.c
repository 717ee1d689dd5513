#include "syntax/xtext.h"
#include <string.h>

static const struct {
  const char *text;
  const char *expected; /* NULL: rejected */
} cases[] = {
    {"", ""},
    {"mail.example.com", "mail.example.com"},
    {"a+20b", "a b"},
    {"+2B+3D", "+="},
    {"+2b+3d", "+="},
    {"a=b", "a=b"},
    {"gr+C3+BC+C3+9Fe", "grüße"},
    {"grüße", "grüße"},
    {"+C3+28", NULL}, /* no UTF-8 */
    {"\xFF", NULL},
    {"+", NULL},
    {"+2", NULL},
    {"+2G", NULL},
    {"+ 2", NULL},
    {"a+0D+0AX: y", NULL},
    {"+00", NULL},
    {"+7F", NULL},
    {"a\tb", NULL},
};

static void xtext_is_read_and_what_is_unfit_for_headers_rejected(void) {
  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autofree char *decoded = xtext_decode(cases[i].text, strlen(cases[i].text));
    g_assert_cmpstr(decoded, ==, cases[i].expected);
  }
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/xtext/xtext_is_read_and_what_is_unfit_for_headers_rejected",
                  xtext_is_read_and_what_is_unfit_for_headers_rejected);
  return g_test_run();
}
