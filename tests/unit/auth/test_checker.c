#include "auth/checker.h"
#include <string.h>

/* bcrypt of "wonderland" at the lowest cost: a millisecond. */
#define USERS "alice:$2y$04$t3fQjq/PTSFo494vtekLTu7q.mCmbKWl1MyxBc2hM0Ofxc60EF3jG\n"

typedef struct Bench {
  struct event_base *base;
  LoopQueue *queue;
  gint64 now_us; /* the guard's clock */
  AuthGuard *guard;
  AuthChecker *checker;
  AuthUsers *users;
  guint n_accepted;
  guint n_rejected;
  guint n_blocked;
} Bench;

static gint64 clock_cb(gpointer user_data) {
  const Bench *bench = user_data;

  return bench->now_us;
}

static void bench_set_up(Bench *bench, gconstpointer data) {
  bench->base = event_base_new();
  bench->queue = loop_queue_new(bench->base, NULL);
  bench->guard = auth_guard_new(clock_cb, bench);
  bench->checker = auth_checker_new(bench->base, bench->queue, bench->guard);
  bench->users = auth_users_parse(USERS, strlen(USERS), AUTH_FORMS_OWN, "users", NULL);
}

static void bench_tear_down(Bench *bench, gconstpointer data) {
  auth_checker_close(bench->checker);
  loop_queue_free(bench->queue);
  auth_guard_free(bench->guard);
  auth_users_unref(bench->users);
  event_base_free(bench->base);
}

static AuthExchange *plain_exchange(Bench *bench, const char *password) {
  AuthExchange *exchange = auth_exchange_new("LOGIN", bench->users, "mail.example");

  auth_exchange_take(exchange, "alice", 5);
  g_assert_cmpint(auth_exchange_take(exchange, password, strlen(password)), ==, AUTH_CHECK);
  return exchange;
}

static void checked_cb(AuthOutcome outcome, gpointer user_data) {
  Bench *bench = user_data;

  if (outcome == AUTH_ACCEPTED)
    bench->n_accepted++;
  else if (outcome == AUTH_BLOCKED)
    bench->n_blocked++;
  else
    bench->n_rejected++;
}

static gboolean run_for(Bench *bench, guint8 client, AuthExchange *exchange) {
  const guint8 bytes[AUTH_CLIENT_BYTES] = {client};
  AuthAttempt attempt;

  g_assert_cmpuint(auth_checker_ask(bench->checker, bytes, exchange, &attempt), ==, 0);
  return auth_checker_run(bench->checker, exchange, &attempt, checked_cb, bench);
}

static void run_until(Bench *bench, guint n_answers) {
  while (bench->n_accepted + bench->n_rejected + bench->n_blocked < n_answers)
    event_base_loop(bench->base, EVLOOP_ONCE);
}

static void test_answers_come_from_the_loop(Bench *bench, gconstpointer data) {
  g_autoptr(AuthExchange) exchange = plain_exchange(bench, "wonderland");

  g_assert_true(run_for(bench, 1, exchange));
  g_assert_cmpuint(bench->n_accepted + bench->n_rejected, ==, 0);
  run_until(bench, 1);
  g_assert_cmpuint(bench->n_accepted, ==, 1);
}

/* One more than may wait is turned away, and there is room again once they have been answered. */
static void test_queue_at_its_limit(Bench *bench, gconstpointer data) {
  g_autoptr(GPtrArray) exchanges = g_ptr_array_new_with_free_func((GDestroyNotify)auth_exchange_free);

  for (guint round = 0; round < 2; round++) {
    bench->n_accepted = 0;
    g_ptr_array_set_size(exchanges, 0);
    for (guint i = 0; i <= AUTH_CHECKS_MAX; i++) {
      AuthExchange *exchange = plain_exchange(bench, "wonderland");
      g_ptr_array_add(exchanges, exchange);
      g_assert_cmpint(run_for(bench, 1, exchange), ==, i < AUTH_CHECKS_MAX);
    }
    run_until(bench, AUTH_CHECKS_MAX);
    g_assert_cmpuint(bench->n_accepted, ==, AUTH_CHECKS_MAX);
  }
}

/* The delay is at least what it says: the clock may run on, never back. */
static void test_failures_are_told_late(Bench *bench, gconstpointer data) {
  g_autoptr(AuthExchange) wrong = plain_exchange(bench, "wrong");
  g_autoptr(AuthExchange) right = plain_exchange(bench, "wonderland");
  gint64 start_us = g_get_monotonic_time();

  g_assert_true(run_for(bench, 1, wrong));
  g_assert_true(run_for(bench, 1, right));
  run_until(bench, 1);
  g_assert_cmpuint(bench->n_accepted, ==, 1); /* does not wait for the other */
  run_until(bench, 2);
  g_assert_cmpuint(bench->n_rejected, ==, 1);
  g_assert_cmpint(g_get_monotonic_time() - start_us, >=, AUTH_DELAY_MS * 1000 - 10 * 1000);
}

/* Many guesses that one client has begun before the first was found wrong: no more are checked than it may have. */
static void test_guesses_that_wait_together_are_counted(Bench *bench, gconstpointer data) {
  g_autoptr(GPtrArray) exchanges = g_ptr_array_new_with_free_func((GDestroyNotify)auth_exchange_free);

  for (guint i = 0; i < AUTH_CHECKS_MAX; i++) {
    g_autofree char *password = g_strdup_printf("wrong-%u", i);
    AuthExchange *exchange = plain_exchange(bench, password);
    g_ptr_array_add(exchanges, exchange);
    g_assert_true(run_for(bench, 1, exchange));
  }
  auth_checker_hurry(bench->checker);
  run_until(bench, AUTH_CHECKS_MAX);
  g_assert_cmpuint(bench->n_rejected, >=, AUTH_GUARD_FREE);
  g_assert_cmpuint(bench->n_rejected, <, AUTH_GUARD_FREE + AUTH_THREADS);
  g_assert_cmpuint(bench->n_blocked, ==, AUTH_CHECKS_MAX - bench->n_rejected);
}

/* Whether it still waits for a thread or is being delayed: each gets its one answer. */
static void test_closing_answers_all(Bench *bench, gconstpointer data) {
  enum { N = AUTH_CHECKS_MAX };
  g_autoptr(GPtrArray) exchanges = g_ptr_array_new_with_free_func((GDestroyNotify)auth_exchange_free);
  AuthExchange *quick = plain_exchange(bench, "wrong");
  int n_events = event_base_get_num_events(bench->base, EVENT_BASE_COUNT_ADDED);

  g_ptr_array_add(exchanges, quick);
  g_assert_true(run_for(bench, 1, quick));
  while (event_base_get_num_events(bench->base, EVENT_BASE_COUNT_ADDED) == n_events) /* until its timer is there */
    event_base_loop(bench->base, EVLOOP_ONCE);
  for (guint i = 0; i < N; i++) {
    AuthExchange *exchange = plain_exchange(bench, "wrong");
    g_ptr_array_add(exchanges, exchange);
    g_assert_true(run_for(bench, (guint8)(i + 2), exchange));
  }
  auth_checker_close(g_steal_pointer(&bench->checker));
  loop_queue_free(g_steal_pointer(&bench->queue));
  g_assert_cmpuint(bench->n_rejected, ==, N + 1);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
#define TEST(name) g_test_add("/checker/" #name, Bench, NULL, bench_set_up, test_##name, bench_tear_down)
  TEST(answers_come_from_the_loop);
  TEST(queue_at_its_limit);
  TEST(failures_are_told_late);
  TEST(guesses_that_wait_together_are_counted);
  TEST(closing_answers_all);
  return g_test_run();
}
