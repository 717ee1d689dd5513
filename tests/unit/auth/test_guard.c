#include "auth/guard.h"
#include <string.h>

#define USERS "alice:{PLAIN}wonderland\nbob:{PLAIN}builder\ncarol:{BEARER}token\n"

/* A guard whose clock is the test's. */
typedef struct Fixture {
  gint64 now_us;
  AuthGuard *guard;
  AuthUsers *users;
} Fixture;

static gint64 clock_cb(gpointer user_data) {
  const Fixture *fixture = user_data;

  return fixture->now_us;
}

static void set_up(Fixture *fixture, gconstpointer data) {
  fixture->now_us = G_USEC_PER_SEC;
  fixture->guard = auth_guard_new(clock_cb, fixture);
  fixture->users = auth_users_parse(USERS, strlen(USERS), AUTH_FORMS_OWN, "users", NULL);
}

static void tear_down(Fixture *fixture, gconstpointer data) {
  auth_guard_free(fixture->guard);
  auth_users_unref(fixture->users);
}

static void pass_time(Fixture *fixture, gint64 seconds) {
  fixture->now_us += seconds * G_USEC_PER_SEC;
}

/* A login from a client, up to its check. */
static AuthExchange *begin(Fixture *fixture, AuthUsers *users, guint client, const char *login, AuthAttempt *attempt) {
  guint8 bytes[AUTH_CLIENT_BYTES] = {0};
  g_auto(GStrv) words = g_strsplit(login, " ", 3); /* mechanism, name, secret */
  AuthExchange *exchange = auth_exchange_new(words[0], users, "mail.example");
  g_autofree char *response = NULL;

  memcpy(bytes, &client, sizeof client);
  if (strcmp(words[0], "OAUTHBEARER") == 0) {
    response = g_strdup_printf("n,,\1auth=Bearer %s\1\1", words[2]);
  } else if (strcmp(words[0], "CRAM-MD5") == 0) {
    auth_exchange_take(exchange, NULL, 0);
    gboolean is_good = strcmp(words[2], "good") == 0;
    g_autoptr(GHmac) hmac = g_hmac_new(G_CHECKSUM_MD5, (const guchar *)"wonderland", 10);
    g_hmac_update(hmac, (const guchar *)auth_exchange_challenge(exchange), -1);
    response = g_strconcat(words[1], " ", is_good ? g_hmac_get_string(hmac) : "0123456789abcdef0123456789abcdef", NULL);
  } else {
    auth_exchange_take(exchange, words[1], strlen(words[1]));
    response = g_strdup(words[2]);
  }
  g_assert_cmpint(auth_exchange_take(exchange, response, strlen(response)), ==, AUTH_CHECK);
  auth_guard_describe(fixture->guard, bytes, exchange, attempt);
  return exchange;
}

/* The same and its check; 'y' accepted, 'n' rejected, 'b' blocked. */
static char log_in(Fixture *fixture, guint client, const char *login) {
  AuthAttempt attempt;
  g_autoptr(AuthExchange) exchange = begin(fixture, fixture->users, client, login, &attempt);

  if (auth_guard_ask(fixture->guard, &attempt) > 0)
    return 'b';
  auth_exchange_check(exchange);
  if (auth_exchange_has_failed(exchange)) {
    auth_guard_note_failure(fixture->guard, &attempt);
    return 'n';
  }
  auth_guard_note_success(fixture->guard, &attempt);
  return 'y';
}

/* A guess that was not made before. */
static char guess(Fixture *fixture, guint client) {
  static guint n_guesses;
  g_autofree char *login = g_strdup_printf("LOGIN alice guess-%u", n_guesses++);

  return log_in(fixture, client, login);
}

static void block(Fixture *fixture, guint client) {
  for (guint i = 0; i < AUTH_GUARD_FREE; i++)
    g_assert_cmpint(guess(fixture, client), ==, 'n');
  g_assert_cmpint(guess(fixture, client), ==, 'b');
}

static guint wait_of(Fixture *fixture, guint client) {
  AuthAttempt attempt;
  g_autoptr(AuthExchange) exchange = begin(fixture, fixture->users, client, "LOGIN alice x", &attempt);

  return auth_guard_ask(fixture->guard, &attempt);
}

static void a_client_that_guesses_is_rejected_for_longer_and_longer(Fixture *fixture, gconstpointer data) {
  static const guint waits_s[] = {10, 20, 40, 60, 60, 60, 60, 60, 60, 60, 60};

  block(fixture, 1);
  for (gsize i = 0; i < G_N_ELEMENTS(waits_s); i++) {
    g_assert_cmpuint(wait_of(fixture, 1), ==, waits_s[i]);
    pass_time(fixture, waits_s[i] - 1);
    g_assert_cmpint(guess(fixture, 1), ==, 'b');
    g_assert_cmpuint(wait_of(fixture, 1), ==, 1);
    pass_time(fixture, 1);
    g_assert_cmpint(guess(fixture, 1), ==, 'n'); /* one, and the next wait begins */
    g_assert_cmpint(guess(fixture, 1), ==, 'b');
  }
}

static void the_same_wrong_password_is_one_guess(Fixture *fixture, gconstpointer data) {
  for (guint i = 0; i < 3 * AUTH_GUARD_FREE; i++)
    g_assert_cmpint(log_in(fixture, 1, "LOGIN alice stale"), ==, 'n');
  for (guint i = 0; i < AUTH_GUARD_FREE - 1; i++)
    g_assert_cmpint(guess(fixture, 1), ==, 'n');
  g_assert_cmpint(log_in(fixture, 1, "LOGIN alice stale"), ==, 'b');
}

static void others_are_not_rejected(Fixture *fixture, gconstpointer data) {
  block(fixture, 1);
  g_assert_cmpint(guess(fixture, 2), ==, 'n');
  g_assert_cmpint(log_in(fixture, 2, "LOGIN alice wonderland"), ==, 'y');
}

static void what_was_long_ago_is_forgotten(Fixture *fixture, gconstpointer data) {
  for (guint i = 0; i < AUTH_GUARD_FREE - 1; i++)
    g_assert_cmpint(guess(fixture, 1), ==, 'n');
  pass_time(fixture, AUTH_GUARD_FORGET_S);
  block(fixture, 1);
  pass_time(fixture, AUTH_GUARD_BLOCK_S + AUTH_GUARD_FORGET_S);
  block(fixture, 1);
}

static void a_good_login_does_not_make_up_for_guesses(Fixture *fixture, gconstpointer data) {
  for (guint i = 0; i < AUTH_GUARD_FREE; i++) {
    g_assert_cmpint(guess(fixture, 1), ==, 'n');
    g_assert_cmpint(log_in(fixture, 1, "LOGIN bob builder"), ==, 'y');
  }
  g_assert_cmpint(guess(fixture, 1), ==, 'b');
}

/* What many programs of one address are to have: those that log in well go on. */
static void a_credential_that_was_good_lately_passes(Fixture *fixture, gconstpointer data) {
  static const char *const good[] = {"LOGIN alice wonderland", "OAUTHBEARER - token", "CRAM-MD5 alice good"};

  for (gsize i = 0; i < G_N_ELEMENTS(good); i++)
    g_assert_cmpint(log_in(fixture, 1, good[i]), ==, 'y');
  block(fixture, 1);
  g_assert_cmpint(log_in(fixture, 1, "LOGIN bob builder"), ==, 'b'); /* good, but nobody knows yet */
  for (guint round = 0; round < 2 * AUTH_GUARD_TRIES; round++)
    for (gsize i = 0; i < G_N_ELEMENTS(good); i++)
      g_assert_cmpint(log_in(fixture, 1, good[i]), ==, 'y');
}

static void a_credential_is_forgotten_in_time(Fixture *fixture, gconstpointer data) {
  g_assert_cmpint(log_in(fixture, 1, "LOGIN alice wonderland"), ==, 'y');
  pass_time(fixture, AUTH_GUARD_KNOWN_S);
  block(fixture, 1);
  g_assert_cmpint(log_in(fixture, 1, "LOGIN alice wonderland"), ==, 'b');
}

/* Or else a known credential would be a way to guess as fast as one likes. */
static void tries_of_a_rejected_client_are_counted(Fixture *fixture, gconstpointer data) {
  g_assert_cmpint(log_in(fixture, 1, "LOGIN alice wonderland"), ==, 'y');
  block(fixture, 1); /* with one try */
  for (guint i = 1; i < AUTH_GUARD_TRIES; i++) {
    g_assert_cmpint(log_in(fixture, 1, "LOGIN alice wonderland"), ==, 'y');
    g_assert_cmpint(guess(fixture, 1), ==, 'b');
  }
  g_assert_cmpint(log_in(fixture, 1, "LOGIN alice wonderland"), ==, 'b');
  pass_time(fixture, 1);
  g_assert_cmpint(log_in(fixture, 1, "LOGIN alice wonderland"), ==, 'y');
}

static void the_same_wrong_password_again_is_no_further_try(Fixture *fixture, gconstpointer data) {
  g_assert_cmpint(log_in(fixture, 1, "LOGIN alice wonderland"), ==, 'y');
  block(fixture, 1);
  for (guint i = 0; i < 3 * AUTH_GUARD_TRIES; i++)
    g_assert_cmpint(log_in(fixture, 1, "LOGIN alice stale"), ==, 'b');
  g_assert_cmpint(log_in(fixture, 1, "LOGIN alice wonderland"), ==, 'y');
}

/* By CRAM-MD5 only a check can tell, so each that fails is a try and a failure. */
static void guesses_by_a_known_name_without_a_secret_are_few(Fixture *fixture, gconstpointer data) {
  guint n_checked = 0;

  g_assert_cmpint(log_in(fixture, 1, "CRAM-MD5 alice good"), ==, 'y');
  block(fixture, 1);
  g_assert_cmpint(log_in(fixture, 1, "CRAM-MD5 bob wrong"), ==, 'b');
  for (guint i = 0; i < 3 * AUTH_GUARD_TRIES; i++)
    n_checked += log_in(fixture, 1, "CRAM-MD5 alice wrong") == 'n';
  g_assert_cmpuint(n_checked, <=, AUTH_GUARD_TRIES);
  g_assert_cmpint(log_in(fixture, 2, "CRAM-MD5 alice good"), ==, 'y');
}

static void where_any_credentials_do_there_are_no_guesses(Fixture *fixture, gconstpointer data) {
  AuthAttempt attempt;

  block(fixture, 1);
  g_autoptr(AuthExchange) exchange = begin(fixture, NULL, 1, "LOGIN alice anything", &attempt);
  g_assert_cmpuint(auth_guard_ask(fixture->guard, &attempt), ==, 0);
}

/* As many clients as there may be, and more: those heard of last count. */
static void memory_is_bounded(Fixture *fixture, gconstpointer data) {
  block(fixture, 1);
  for (guint client = 2; client < AUTH_GUARD_CLIENTS_MAX + 1; client++)
    g_assert_cmpint(guess(fixture, client), ==, 'n');
  g_assert_cmpint(guess(fixture, 1), ==, 'b');
  g_assert_cmpint(guess(fixture, AUTH_GUARD_CLIENTS_MAX + 1), ==, 'n');
  g_assert_cmpint(guess(fixture, 1), ==, 'n'); /* nobody knows it any more */
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
#define ADD(name) g_test_add("/guard/" #name, Fixture, NULL, set_up, name, tear_down)
  ADD(a_client_that_guesses_is_rejected_for_longer_and_longer);
  ADD(the_same_wrong_password_is_one_guess);
  ADD(others_are_not_rejected);
  ADD(what_was_long_ago_is_forgotten);
  ADD(a_good_login_does_not_make_up_for_guesses);
  ADD(a_credential_that_was_good_lately_passes);
  ADD(a_credential_is_forgotten_in_time);
  ADD(tries_of_a_rejected_client_are_counted);
  ADD(the_same_wrong_password_again_is_no_further_try);
  ADD(guesses_by_a_known_name_without_a_secret_are_few);
  ADD(where_any_credentials_do_there_are_no_guesses);
  ADD(memory_is_bounded);
  return g_test_run();
}
