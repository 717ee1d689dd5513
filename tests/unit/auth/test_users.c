#include "auth/users.h"
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

#define BCRYPT "$2y$04$t3fQjq/PTSFo494vtekLTu7q.mCmbKWl1MyxBc2hM0Ofxc60EF3jG"
#define SHA512 "$6$saltsalt$AMApe3UxKRHFGgpM1NDN5e0tMZ6laQYyoi896lWiBlxd7Nwbszp8z77oH.h4MAG5Y14p5yLYfTD/sjuLtHEDG/"
#define VERIFIER                                                                                                       \
  "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:"                          \
  "wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU="

static AuthUsers *parse(const char *text) {
  g_autoptr(GError) error = NULL;
  AuthUsers *users = auth_users_parse(text, strlen(text), AUTH_FORMS_OWN, "users", &error);

  g_assert_no_error(error);
  return users;
}

/* The whole message, which names the line and never the secret. */
static void assert_rejected(const char *text, gsize len, const char *message) {
  g_autoptr(GError) error = NULL;

  g_assert_null(auth_users_parse(text, len, AUTH_FORMS_OWN, "users", &error));
  g_assert_error(error, AUTH_USERS_ERROR, AUTH_USERS_ERROR_LINE);
  g_assert_cmpstr(error->message, ==, message);
}

static void test_every_form(void) {
  g_autoptr(AuthUsers) users = parse("# who may send\n"
                                     "\n"
                                     " \t \n"
                                     "alice:" BCRYPT "\n"
                                     "bob:" SHA512 "\r\n"
                                     "carol:" VERIFIER "\n"
                                     "dave:{PLAIN}a:b {c} #d \n"
                                     "erin:{BEARER}ya29.a0AfH6-_~+/x==\n"
                                     "erin:{BEARER}second\n"
                                     "J\xc3\xbcrgen M:{PLAIN}ein \xc3\xbc");
  static const struct {
    const char *name;
    guint kind;
    const char *secret;
  } rows[] = {
      {"alice", AUTH_SECRET_HASH, BCRYPT},
      {"bob", AUTH_SECRET_HASH, SHA512},
      {"carol", AUTH_SECRET_SCRAM, NULL},
      {"dave", AUTH_SECRET_PLAIN, "a:b {c} #d "},
      {"J\xc3\xbcrgen M", AUTH_SECRET_PLAIN, "ein \xc3\xbc"},
  };

  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    const AuthUser *user = auth_users_find(users, rows[i].name);
    g_assert_nonnull(user);
    g_assert_cmpuint(user->kind, ==, rows[i].kind);
    g_assert_cmpstr(user->secret, ==, rows[i].secret);
  }
  g_assert_cmpuint(auth_users_find(users, "carol")->verifier.rounds, ==, 4096);
  g_assert_null(auth_users_find(users, "erin")); /* has tokens, no password */
  g_assert_cmpstr(auth_users_find_bearer(users, "ya29.a0AfH6-_~+/x=="), ==, "erin");
  g_assert_cmpstr(auth_users_find_bearer(users, "second"), ==, "erin");
  g_assert_null(auth_users_find_bearer(users, "third"));
  g_assert_null(auth_users_find_bearer(users, ""));
}

static void test_kinds_tell_what_is_there(void) {
  g_autoptr(AuthUsers) none = parse("# nobody\n");
  g_autoptr(AuthUsers) hashes = parse("alice:" BCRYPT "\n");

  g_assert_false(auth_users_have(none, ~0U));
  g_assert_true(auth_users_have(hashes, AUTH_SECRET_HASH));
  g_assert_false(auth_users_have(hashes, AUTH_SECRET_PLAIN | AUTH_SECRET_SCRAM | AUTH_SECRET_BEARER));
}

static void test_wrong_lines(void) {
  static const struct {
    const char *line;
    const char *wrong;
  } rows[] = {
      {"alice", "there is no colon between name and secret"},
      {":{PLAIN}x", "a name has 1 to 255 bytes of UTF-8 without control characters"},
      {"a\tb:{PLAIN}x", "a name has 1 to 255 bytes of UTF-8 without control characters"},
      {"a\xff:{PLAIN}x", "a name has 1 to 255 bytes of UTF-8 without control characters"},
      {"known:{PLAIN}x", "the name is already there; it can have one password and any number of tokens"},
      {"\xef\xbb\xbfknown:" BCRYPT, "the name is already there; it can have one password and any number of tokens"},
      {"a:{PLAIN}", "the password is empty, not UTF-8, or has control characters"},
      {"a:{BEARER}", "a token consists of letters, digits and -._~+/, with = only at its end"},
      {"a:{BEARER}a=b", "a token consists of letters, digits and -._~+/, with = only at its end"},
      {"a:{BEARER}a b", "a token consists of letters, digits and -._~+/, with = only at its end"},
      {"a:{BEARER}token", "the token is already there"},
      {"a:$2y$04$short", "the bcrypt hash is not complete"},
      {"a:" BCRYPT "x", "the bcrypt hash is not complete"},
      {"a:$2y$03$t3fQjq/PTSFo494vtekLTu7q.mCmbKWl1MyxBc2hM0Ofxc60EF3jG", "the cost of bcrypt must be from 4 to 15"},
      {"a:$2y$16$t3fQjq/PTSFo494vtekLTu7q.mCmbKWl1MyxBc2hM0Ofxc60EF3jG", "the cost of bcrypt must be from 4 to 15"},
      {"a:$6$saltsalt$short", "the SHA-512-crypt hash is not complete"},
      {"a:$6$", "the SHA-512-crypt hash is not complete"},
      {"a:" SHA512 "x", "the SHA-512-crypt hash is not complete"},
      {"a:$6$rounds=999$s$x", "rounds must be from 1000 to 1000000"},
      {"a:$6$rounds=1000001$s$x", "rounds must be from 1000 to 1000000"},
      {"a:$6$rounds=5000", "rounds must be from 1000 to 1000000"},
      {"a:SCRAM-SHA-256$4096:x",
       "a SCRAM verifier has the form SCRAM-SHA-256$rounds:salt$StoredKey:ServerKey, with 4096 "
       "to 1000000 rounds"},
      {"a:$apr1$x$y", NULL},
      {"a:{SHA}x", NULL},
      {"a:secret", NULL},
      {"a:", NULL},
  };

  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autofree char *text =
        g_strconcat("known:{PLAIN}x\nknown:{BEARER}token\n", rows[i].line, "\nlast:{PLAIN}y\n", NULL);
    const char *wrong =
        rows[i].wrong ? rows[i].wrong
                      : "unknown kind of secret; give a bcrypt hash as htpasswd -B makes it, a "
                        "SHA-512-crypt hash, a SCRAM-SHA-256 verifier, {PLAIN} and a password, or {BEARER} and a token";
    g_autofree char *message = g_strconcat("user file users, line 3: ", wrong, NULL);
    assert_rejected(text, strlen(text), message);
  }
  assert_rejected("a:{PLAIN}x\0y\n", 13, "user file users, line 1: it contains a NUL");
}

/* Whatever is cut off, it is read or rejected, and never the wrong way round. */
static void test_every_cut(void) {
  static const char text[] = "alice:" BCRYPT "\nbob:" SHA512 "\ncarol:" VERIFIER "\n";
  g_autoptr(AuthUsers) whole = parse(text);

  for (gsize len = 0; len < strlen(text); len++) {
    g_autoptr(AuthUsers) users = auth_users_parse(text, len, AUTH_FORMS_OWN, "users", NULL);
    const AuthUser *user = users ? auth_users_find(users, "carol") : NULL;
    if (user)
      g_assert_cmpmem(&user->verifier, sizeof user->verifier, &auth_users_find(whole, "carol")->verifier,
                      sizeof user->verifier);
  }
}

/* As servers read it that were made for htpasswd(1). */
static void test_bare_passwords(void) {
  static const char text[] = "alice:" BCRYPT "\nbob:secret word\ncarol:{PLAIN}x\n";
  static const char *const hashed[] = {"a:$apr1$abc$def\n", "a:{SHA}abc\n", "a:$5$abc\n"};
  g_autoptr(AuthUsers) users = auth_users_parse(text, strlen(text), AUTH_FORMS_HTPASSWD, "users", NULL);

  g_assert_nonnull(users);
  g_assert_cmpint(auth_users_find(users, "alice")->kind, ==, AUTH_SECRET_HASH);
  g_assert_cmpstr(auth_users_find(users, "bob")->secret, ==, "secret word");
  g_assert_cmpstr(auth_users_find(users, "carol")->secret, ==, "x");
  for (gsize i = 0; i < G_N_ELEMENTS(hashed); i++) {
    g_autoptr(GError) error = NULL;
    g_assert_null(auth_users_parse(hashed[i], strlen(hashed[i]), AUTH_FORMS_HTPASSWD, "users", &error));
    g_assert_nonnull(strstr(error->message, "line 1: unknown kind of secret; give a bcrypt hash"));
  }
}

static void test_names_at_their_limit(void) {
  for (gsize len = AUTH_NAME_MAX; len <= AUTH_NAME_MAX + 1; len++) {
    g_autofree char *name = g_strnfill(len, 'n');
    g_autofree char *text = g_strconcat(name, ":{PLAIN}x", NULL);
    g_autoptr(AuthUsers) users = auth_users_parse(text, strlen(text), AUTH_FORMS_OWN, "users", NULL);
    g_assert_cmpint(users != NULL, ==, len <= AUTH_NAME_MAX);
  }
}

static void test_lines_at_their_limit(void) {
  for (gsize len = AUTH_LINE_MAX; len <= AUTH_LINE_MAX + 1; len++) {
    g_autofree char *rest = g_strnfill(len - strlen("a:{PLAIN}"), 's');
    g_autofree char *text = g_strconcat("a:{PLAIN}", rest, "\n", NULL);
    if (len <= AUTH_LINE_MAX)
      auth_users_unref(parse(text));
    else
      assert_rejected(text, strlen(text), "user file users, line 1: the line is too long; the limit is 8192 bytes");
  }
}

static void test_entries_at_their_limit(void) {
  g_autoptr(GString) text = g_string_new(NULL);

  for (guint i = 0; i < AUTH_USERS_MAX; i++)
    g_string_append_printf(text, "user%u:{PLAIN}x\n", i);
  auth_users_unref(parse(text->str));
  g_string_append(text, "one:{BEARER}more\n");
  assert_rejected(text->str, text->len, "user file users, line 10001: there are too many entries; the limit is 10000");
}

static void test_costliest_hash(void) {
  g_autoptr(AuthUsers) none = parse("a:{PLAIN}x\n");
  g_autoptr(AuthUsers) two = parse("a:" BCRYPT "\nb:" SHA512 "\n");
  g_autoptr(AuthUsers) dear =
      parse("b:" SHA512 "\na:$2y$12$t3fQjq/PTSFo494vtekLTu7q.mCmbKWl1MyxBc2hM0Ofxc60EF3jG\nc:" BCRYPT "\n");

  g_assert_null(auth_users_costliest_hash(none));
  g_assert_cmpstr(auth_users_costliest_hash(two), ==, SHA512); /* 5000 rounds against 16 that cost 180 each */
  g_assert_true(g_str_has_prefix(auth_users_costliest_hash(dear), "$2y$12$"));
}

/* A name that is not there looks the same each time, as one that is. */
static void test_mock_verifiers(void) {
  g_autoptr(AuthUsers) users = parse("carol:" VERIFIER "\n");
  ScramVerifier first, again, other;

  auth_users_mock_verifier(users, "nobody", &first);
  auth_users_mock_verifier(users, "nobody", &again);
  auth_users_mock_verifier(users, "somebody", &other);
  g_assert_cmpuint(first.rounds, ==, 4096);
  g_assert_cmpmem(first.salt, first.salt_len, again.salt, again.salt_len);
  g_assert_cmpint(memcmp(first.salt, other.salt, first.salt_len), !=, 0);
  g_assert_cmpint(memcmp(first.stored_key, again.stored_key, sizeof first.stored_key), !=, 0);
}

/* --- files */

typedef struct Directory {
  char *path;
  char *file;
} Directory;

static void directory_set_up(Directory *directory, gconstpointer data) {
  directory->path = g_dir_make_tmp("dsmtpd-users-XXXXXX", NULL);
  directory->file = g_build_filename(directory->path, "users", NULL);
}

static void directory_tear_down(Directory *directory, gconstpointer data) {
  g_remove(directory->file);
  g_rmdir(directory->path);
  g_free(directory->file);
  g_free(directory->path);
}

static void assert_unreadable(const Directory *directory, const char *reason) {
  g_autoptr(GError) error = NULL;
  g_autofree char *message = g_strdup_printf("cannot read the user file %s: %s", directory->file, reason);

  g_assert_null(auth_users_read(directory->file, AUTH_FORMS_OWN, &error));
  g_assert_error(error, AUTH_USERS_ERROR, AUTH_USERS_ERROR_FILE);
  g_assert_cmpstr(error->message, ==, message);
}

static void test_file(Directory *directory, gconstpointer data) {
  static const struct {
    int mode;
    gboolean is_exposed;
  } rows[] = {{0600, FALSE}, {0640, FALSE}, {0644, TRUE}};

  assert_unreadable(directory, "No such file or directory");
  g_assert_true(g_file_set_contents(directory->file, "dave:{PLAIN}x\n", -1, NULL));
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_assert_cmpint(g_chmod(directory->file, rows[i].mode), ==, 0);
    g_autoptr(AuthUsers) users = auth_users_read(directory->file, AUTH_FORMS_OWN, NULL);
    g_assert_nonnull(users);
    g_assert_nonnull(auth_users_find(users, "dave"));
    g_assert_cmpint(auth_users_are_exposed(users), ==, rows[i].is_exposed);
  }
}

static void test_file_at_its_limit(Directory *directory, gconstpointer data) {
  g_autofree char *text = g_strnfill(AUTH_FILE_MAX + 1, '\n');

  g_assert_true(g_file_set_contents(directory->file, text, AUTH_FILE_MAX, NULL));
  g_autoptr(AuthUsers) users = auth_users_read(directory->file, AUTH_FORMS_OWN, NULL);
  g_assert_nonnull(users);
  g_assert_true(g_file_set_contents(directory->file, text, AUTH_FILE_MAX + 1, NULL));
  assert_unreadable(directory, "it has more than 4 MiB");
}

static void test_no_waiting_for_what_is_no_file(Directory *directory, gconstpointer data) {
  g_assert_cmpint(mkfifo(directory->file, 0600), ==, 0);
  assert_unreadable(directory, "it is not a regular file");
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/users/every_form", test_every_form);
  g_test_add_func("/users/kinds_tell_what_is_there", test_kinds_tell_what_is_there);
  g_test_add_func("/users/wrong_lines", test_wrong_lines);
  g_test_add_func("/users/every_cut", test_every_cut);
  g_test_add_func("/users/bare_passwords", test_bare_passwords);
  g_test_add_func("/users/names_at_their_limit", test_names_at_their_limit);
  g_test_add_func("/users/lines_at_their_limit", test_lines_at_their_limit);
  g_test_add_func("/users/entries_at_their_limit", test_entries_at_their_limit);
  g_test_add_func("/users/costliest_hash", test_costliest_hash);
  g_test_add_func("/users/mock_verifiers", test_mock_verifiers);
  g_test_add("/users/file", Directory, NULL, directory_set_up, test_file, directory_tear_down);
  g_test_add("/users/file_at_its_limit", Directory, NULL, directory_set_up, test_file_at_its_limit,
             directory_tear_down);
  g_test_add("/users/no_waiting_for_what_is_no_file", Directory, NULL, directory_set_up,
             test_no_waiting_for_what_is_no_file, directory_tear_down);
  return g_test_run();
}
