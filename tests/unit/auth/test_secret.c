#include "auth/secret.h"
#include <string.h>

/* RFC 4013 3, and what a name or a password is otherwise made of. */
static void test_prepared_forms(void) {
  static const struct {
    const char *text;
    const char *prepared; /* NULL: rejected */
  } rows[] = {
      {"I\xc2\xadX", "IX"},   /* soft hyphen: nothing */
      {"user", "user"},       /* no change */
      {"USER", "USER"},       /* nor is case folded */
      {"\xc2\xaa", "a"},      /* feminine ordinal: NFKC */
      {"\xe2\x85\xa8", "IX"}, /* Roman nine */
      {"\x07", NULL},         /* control character */
      {"a\xc2\xa0"
       "b",
       "a b"},                   /* no-break space */
      {"e\xcc\x81", "\xc3\xa9"}, /* composed */
      {"\xef\xbb\xbf"
       "bob",
       "bob"},                 /* byte order mark */
      {"a b", "a b"},          /* a space inside */
      {"", NULL},              /* nothing */
      {"\xc2\xad", NULL},      /* nothing left */
      {"a\x7f", NULL},         /* DEL */
      {"a\xc2\x85", NULL},     /* C1 */
      {"a\xe2\x80\xae", NULL}, /* right-to-left override */
      {"a\xe2\x80\xa8", NULL}, /* line separator */
      {"a\xee\x80\x80", NULL}, /* private use */
      {"a\xff", NULL},         /* no UTF-8 */
      {"a\xed\xa0\x80", NULL}, /* surrogate */
      {"a\xc3", NULL},         /* cut */
  };

  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autofree char *prepared = auth_text_prepare(rows[i].text, strlen(rows[i].text));
    g_assert_cmpstr(prepared, ==, rows[i].prepared);
  }
  g_assert_null(auth_text_prepare("a\0b", 3));
}

static void test_equality(void) {
  g_assert_true(auth_secret_equal("", 0, "", 0));
  g_assert_true(auth_secret_equal("abc", 3, "abc", 3));
  g_assert_false(auth_secret_equal("abc", 3, "abd", 3));
  g_assert_false(auth_secret_equal("abc", 3, "abcd", 4));
}

static void test_wiped(void) {
  char text[] = "secret";
  const char zeros[sizeof text] = {0};

  auth_wipe(text, sizeof text);
  g_assert_cmpmem(text, sizeof text, zeros, sizeof zeros);
  auth_secret_free(NULL);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/secret/prepared_forms", test_prepared_forms);
  g_test_add_func("/secret/equality", test_equality);
  g_test_add_func("/secret/wiped", test_wiped);
  return g_test_run();
}
