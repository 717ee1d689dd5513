#include "http/login.h"

#include <string.h>

static const char user_file[] = "alice:{PLAIN}secret\nbob:{PLAIN}a:b\ncarol:{BEARER}token-of-carol\n";

typedef struct Fixture {
  struct event_base *base;
  LoopQueue *queue;
  gint64 now_us; /* the guard's clock */
  AuthGuard *guard;
  AuthChecker *checker;
  HttpLogin *login;
  char *user; /* of the last check; "-" for a rejection */
} Fixture;

static const guint8 client[AUTH_CLIENT_BYTES] = {1};

static gint64 clock_cb(gpointer user_data) {
  const Fixture *fixture = user_data;

  return fixture->now_us;
}

static void set_up(Fixture *fixture, gconstpointer data) {
  g_autoptr(AuthUsers) users = auth_users_parse(user_file, strlen(user_file), AUTH_FORMS_OWN, "users", NULL);

  fixture->base = event_base_new();
  fixture->queue = loop_queue_new(fixture->base, NULL);
  fixture->guard = auth_guard_new(clock_cb, fixture);
  fixture->checker = auth_checker_new(fixture->base, fixture->queue, fixture->guard);
  auth_checker_hurry(fixture->checker); /* that failures are told late is the checker's */
  fixture->login = http_login_new(fixture->checker);
  http_login_set_users(fixture->login, users);
}

static void tear_down(Fixture *fixture, gconstpointer data) {
  auth_checker_close(fixture->checker);
  http_login_free(fixture->login);
  loop_queue_free(fixture->queue);
  auth_guard_free(fixture->guard);
  event_base_free(fixture->base);
  g_free(fixture->user);
}

static void checked_cb(const char *user, guint wait_s, gpointer user_data) {
  Fixture *fixture = user_data;

  fixture->user = g_strdup(user ? user : "-");
}

static HttpLoginStatus check(Fixture *fixture, const char *authorization) {
  g_clear_pointer(&fixture->user, g_free);
  HttpLoginAnswer answer = http_login_check(fixture->login, authorization, client, checked_cb, fixture);
  fixture->user = answer.user;
  g_assert_cmpint(answer.check != NULL, ==, answer.status == HTTP_LOGIN_CHECKING);
  g_assert_cmpint(answer.user != NULL, ==, answer.status == HTTP_LOGIN_ACCEPTED);
  g_assert_cmpint(answer.wait_s > 0, ==, answer.status == HTTP_LOGIN_BLOCKED);
  return answer.status;
}

static HttpLoginStatus check_basic(Fixture *fixture, const char *credentials) {
  g_autofree char *encoded = g_base64_encode((const guchar *)credentials, strlen(credentials));
  g_autofree char *authorization = g_strconcat("Basic ", encoded, NULL);

  return check(fixture, authorization);
}

static void wait_for_verdict(Fixture *fixture) {
  while (!fixture->user)
    event_base_loop(fixture->base, EVLOOP_ONCE);
}

static void test_passwords(Fixture *fixture, gconstpointer data) {
  static const struct {
    const char *credentials, *user;
  } cases[] = {{"alice:secret", "alice"}, {"bob:a:b", "bob"}, {"alice:wrong", "-"}, {"nobody:secret", "-"}};

  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_assert_cmpint(check_basic(fixture, cases[i].credentials), ==, HTTP_LOGIN_CHECKING);
    wait_for_verdict(fixture);
    g_assert_cmpstr(fixture->user, ==, cases[i].user);
  }
}

static void test_a_good_login_is_not_checked_again(Fixture *fixture, gconstpointer data) {
  g_assert_cmpint(check_basic(fixture, "alice:secret"), ==, HTTP_LOGIN_CHECKING);
  wait_for_verdict(fixture);
  g_assert_cmpint(check_basic(fixture, "alice:secret"), ==, HTTP_LOGIN_ACCEPTED);
  g_assert_cmpstr(fixture->user, ==, "alice");
  g_assert_cmpint(check_basic(fixture, "bob:secret"), ==, HTTP_LOGIN_CHECKING);
  wait_for_verdict(fixture);
  g_assert_cmpstr(fixture->user, ==, "-");
  g_assert_cmpint(check_basic(fixture, "bob:secret"), ==, HTTP_LOGIN_CHECKING);
  wait_for_verdict(fixture);
}

static void test_other_users_let_nobody_stay(Fixture *fixture, gconstpointer data) {
  static const char others[] = "alice:{PLAIN}changed\n";
  g_autoptr(AuthUsers) users = auth_users_parse(others, strlen(others), AUTH_FORMS_OWN, "users", NULL);

  check_basic(fixture, "alice:secret");
  wait_for_verdict(fixture);
  http_login_set_users(fixture->login, users);
  g_assert_cmpint(check_basic(fixture, "alice:secret"), ==, HTTP_LOGIN_CHECKING);
  wait_for_verdict(fixture);
  g_assert_cmpstr(fixture->user, ==, "-");
}

static void test_tokens(Fixture *fixture, gconstpointer data) {
  static const struct {
    const char *authorization, *user;
  } cases[] = {
      {"bearer  token-of-carol", "carol"},
      {"Bearer token-of-caro", "-"},
      {"Bearer token-of-carol2", "-"},
  };

  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_assert_cmpint(check(fixture, cases[i].authorization), ==, HTTP_LOGIN_CHECKING);
    wait_for_verdict(fixture);
    g_assert_cmpstr(fixture->user, ==, cases[i].user);
  }
  g_assert_cmpint(check(fixture, "Bearer "), ==, HTTP_LOGIN_REJECTED);
  g_assert_cmpint(check(fixture, "Bearer token-of-carol"), ==, HTTP_LOGIN_ACCEPTED);
  g_assert_cmpstr(fixture->user, ==, "carol");
}

/* By tokens and passwords alike; who was good lately goes on, by either. */
static void test_who_guesses_is_rejected(Fixture *fixture, gconstpointer data) {
  check(fixture, "Bearer token-of-carol");
  wait_for_verdict(fixture);
  for (guint i = 0; i < AUTH_GUARD_FREE; i++) {
    g_autofree char *guess = g_strdup_printf(i % 2 == 0 ? "Bearer guess-%u" : "Basic YWxpY2U6%04u", i);
    g_assert_cmpint(check(fixture, guess), ==, HTTP_LOGIN_CHECKING);
    wait_for_verdict(fixture);
    g_assert_cmpstr(fixture->user, ==, "-");
  }
  g_assert_cmpint(check(fixture, "Bearer guess"), ==, HTTP_LOGIN_BLOCKED);
  g_assert_cmpint(check_basic(fixture, "alice:secret"), ==, HTTP_LOGIN_BLOCKED);
  g_assert_cmpint(check(fixture, "Bearer token-of-carol"), ==, HTTP_LOGIN_ACCEPTED);
  fixture->now_us += (gint64)AUTH_GUARD_BLOCK_S * G_USEC_PER_SEC;
  g_assert_cmpint(check_basic(fixture, "alice:secret"), ==, HTTP_LOGIN_CHECKING);
  wait_for_verdict(fixture);
  g_assert_cmpstr(fixture->user, ==, "alice");
}

static void test_what_is_no_login(Fixture *fixture, gconstpointer data) {
  static const char *const values[] = {
      NULL,         "",         "Basic",     "Basic ",          "Basic YWxpY2U=" /* no colon */,
      "Basic %%%%", "Digest a", "BasicYTpi", "Basic YTpi YTpi", "Basic YQA6Yg==" /* a NUL in the name */,
  };
  g_autofree char *filling = g_strnfill(4 * AUTH_RESPONSE_MAX, 'A');
  g_autofree char *large = g_strconcat("Basic ", filling, NULL);

  for (gsize i = 0; i < G_N_ELEMENTS(values); i++)
    g_assert_cmpint(check(fixture, values[i]), ==, HTTP_LOGIN_REJECTED);
  g_assert_cmpint(check(fixture, large), ==, HTTP_LOGIN_REJECTED);
}

static void test_nobody_is_called_for_a_forgotten_check(Fixture *fixture, gconstpointer data) {
  HttpLoginAnswer answer = http_login_check(fixture->login, "Basic YWxpY2U6c2VjcmV0", client, checked_cb, fixture);

  g_assert_cmpint(answer.status, ==, HTTP_LOGIN_CHECKING);
  http_login_check_forget(answer.check);
  g_assert_cmpint(check_basic(fixture, "bob:a:b"), ==, HTTP_LOGIN_CHECKING);
  wait_for_verdict(fixture);
  g_assert_cmpstr(fixture->user, ==, "bob");
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
#define ADD(name, test) g_test_add("/login/" name, Fixture, NULL, set_up, test, tear_down)
  ADD("passwords", test_passwords);
  ADD("a_good_login_is_not_checked_again", test_a_good_login_is_not_checked_again);
  ADD("other_users_let_nobody_stay", test_other_users_let_nobody_stay);
  ADD("tokens", test_tokens);
  ADD("who_guesses_is_refused", test_who_guesses_is_rejected);
  ADD("what_is_no_login", test_what_is_no_login);
  ADD("nobody_is_called_for_a_forgotten_check", test_nobody_is_called_for_a_forgotten_check);
#undef ADD
  return g_test_run();
}
