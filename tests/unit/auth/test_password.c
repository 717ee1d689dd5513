/* Passwords, and how much is computed for them: counted by a crypt_r() that stands in for the library's. */
#include "auth/password.h"
#include <crypt.h>
#include <string.h>

#define BCRYPT "$2y$04$t3fQjq/PTSFo494vtekLTu7q.mCmbKWl1MyxBc2hM0Ofxc60EF3jG"
#define VERIFIER                                                                                                       \
  "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:"                          \
  "wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU="

static guint n_hashes;

char *crypt_r(const char *phrase, const char *setting, struct crypt_data *data) {
  n_hashes++;
  return crypt(phrase, setting);
}

static const char file[] =
    "alice:" BCRYPT "\n"
    "bob:$6$saltsalt$AMApe3UxKRHFGgpM1NDN5e0tMZ6laQYyoi896lWiBlxd7Nwbszp8z77oH.h4MAG5Y14p5yLYfTD/"
    "sjuLtHEDG/\n"
    "carol:" VERIFIER "\n"
    "dave:{PLAIN}\xc3\xa9t\xc3\xa9\n"
    "erin:{BEARER}token\n";

static AuthUsers *parse(const char *text) {
  AuthUsers *users = auth_users_parse(text, strlen(text), AUTH_FORMS_OWN, "users", NULL);

  g_assert_nonnull(users);
  return users;
}

static void test_right_and_wrong(void) {
  static const struct {
    const char *name;
    const char *password;
    gboolean good;
  } rows[] = {
      {"alice", "wonderland", TRUE},
      {"alice", "Wonderland", FALSE},
      {"alice", "wonderland ", FALSE},
      {"alice", "", FALSE},
      {"alice", BCRYPT, FALSE},
      {"bob", "builder", TRUE},
      {"bob", "wonderland", FALSE},
      {"carol", "pencil", TRUE},
      {"carol",
       "pen\xc2\xad"
       "cil",
       TRUE}, /* prepared */
      {"carol", "pencil2", FALSE},
      {"dave", "\xc3\xa9t\xc3\xa9", TRUE},
      {"dave", "e\xcc\x81te\xcc\x81", TRUE}, /* the same, decomposed */
      {"dave", "ete", FALSE},
      {"dave", "", FALSE},
      {"dave", "\xff", FALSE},
      {"erin", "token", FALSE},
      {"nobody", "wonderland", FALSE},
      {"nobody", "", FALSE},
  };
  g_autoptr(AuthUsers) users = parse(file);

  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
    g_assert_cmpint(auth_password_check(users, rows[i].name, rows[i].password), ==, rows[i].good);
}

/* Who is asked about, and whether rightly, does not show in what is computed. */
static void test_one_hash_whoever_asks(void) {
  static const char *const names[] = {"alice", "bob", "carol", "dave", "erin", "nobody", ""};
  static const char *const passwords[] = {"wonderland", "builder", "pencil", "x", ""};
  g_autoptr(AuthUsers) users = parse(file);

  for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
    for (gsize j = 0; j < G_N_ELEMENTS(passwords); j++) {
      n_hashes = 0;
      auth_password_check(users, names[i], passwords[j]);
      g_assert_cmpuint(n_hashes, ==, 1);
    }
  }
}

static void test_no_hash_where_the_file_has_none(void) {
  g_autoptr(AuthUsers) users = parse("dave:{PLAIN}x\ncarol:" VERIFIER "\n");

  n_hashes = 0;
  g_assert_true(auth_password_check(users, "dave", "x"));
  g_assert_false(auth_password_check(users, "nobody", "x"));
  g_assert_cmpuint(n_hashes, ==, 0);
}

/* crypt(3) takes no more than 511 bytes; longer is wrong, not an error. */
static void test_long_passwords(void) {
  g_autoptr(AuthUsers) users = parse(file);

  for (gsize len = 510; len <= AUTH_PASSWORD_MAX; len += 257) {
    g_autofree char *password = g_strnfill(len, 'p');
    g_assert_false(auth_password_check(users, "alice", password));
  }
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/password/right_and_wrong", test_right_and_wrong);
  g_test_add_func("/password/one_hash_whoever_asks", test_one_hash_whoever_asks);
  g_test_add_func("/password/no_hash_where_the_file_has_none", test_no_hash_where_the_file_has_none);
  g_test_add_func("/password/long_passwords", test_long_passwords);
  return g_test_run();
}
