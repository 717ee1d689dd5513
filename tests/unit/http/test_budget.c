/* What is held is counted before it is there, by any number of threads, and given back once. */
#include "http/budget.h"
#include <pthread.h>
#include <string.h>

static void test_exactly_the_limit_fits_and_one_byte_more_does_not(void) {
  g_autoptr(HttpBudget) budget = http_budget_new(100);
  g_autoptr(HttpCharge) first = http_charge_new(budget, 60);
  g_autoptr(HttpCharge) second = http_charge_new(budget, 40);

  g_assert_nonnull(first);
  g_assert_nonnull(second);
  g_assert_cmpuint(http_budget_held(budget), ==, 100);
  g_assert_null(http_charge_new(budget, 1));
  g_assert_false(http_charge_grow(second, 1));
  g_assert_cmpuint(http_charge_bytes(second), ==, 40);
  http_charge_shrink(first, 59);
  g_assert_true(http_charge_grow(second, 1));
  g_assert_false(http_charge_grow(second, 1));
  g_assert_null(http_charge_new(budget, G_MAXSIZE));
  g_assert_cmpuint(http_budget_held(budget), ==, 100);
}

static void test_shrinking_never_adds(void) {
  g_autoptr(HttpBudget) budget = http_budget_new(100);
  g_autoptr(HttpCharge) charge = http_charge_new(budget, 10);

  http_charge_shrink(charge, 20);
  g_assert_cmpuint(http_charge_bytes(charge), ==, 10);
  g_assert_cmpuint(http_budget_held(budget), ==, 10);
}

static void test_bytes_give_back_with_their_last_reference(void) {
  g_autoptr(HttpBudget) budget = http_budget_new(100);
  GBytes *bytes = http_charge_attach(http_charge_new(budget, 100), g_bytes_new("0123456789", 10));

  g_assert_cmpuint(http_budget_held(budget), ==, 10);
  GBytes *piece = g_bytes_new_from_bytes(bytes, 3, 2);
  g_bytes_unref(bytes);
  g_assert_cmpuint(http_budget_held(budget), ==, 10);
  g_assert_cmpmem(g_bytes_get_data(piece, NULL), 2, "34", 2);
  g_bytes_unref(piece);
  g_assert_cmpuint(http_budget_held(budget), ==, 0);
}

static void test_a_charge_outlives_whoever_made_the_budget(void) {
  HttpBudget *budget = http_budget_new(100);
  HttpCharge *charge = http_charge_new(budget, 100);

  http_budget_unref(budget);
  http_charge_shrink(charge, 1);
  http_charge_free(charge);
}

enum { N_THREADS = 4, N_TURNS = 20 * 1000 };

static void *take_and_give_back(void *data) {
  HttpBudget *budget = data;

  for (int i = 0; i < N_TURNS; i++) {
    HttpCharge *charge = http_charge_new(budget, 30);
    g_assert_cmpuint(http_budget_held(budget), <=, 100);
    if (charge)
      g_bytes_unref(http_charge_attach(charge, g_bytes_new_static("0123456789", 10)));
  }
  return NULL;
}

static void test_threads_share_it(void) {
  g_autoptr(HttpBudget) budget = http_budget_new(100);
  pthread_t threads[N_THREADS];

  for (int i = 0; i < N_THREADS; i++)
    g_assert_cmpint(pthread_create(&threads[i], NULL, take_and_give_back, budget), ==, 0);
  for (int i = 0; i < N_THREADS; i++)
    pthread_join(threads[i], NULL);
  g_assert_cmpuint(http_budget_held(budget), ==, 0);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/budget/exactly_the_limit_fits_and_one_byte_more_does_not",
                  test_exactly_the_limit_fits_and_one_byte_more_does_not);
  g_test_add_func("/budget/shrinking_never_adds", test_shrinking_never_adds);
  g_test_add_func("/budget/bytes_give_back_with_their_last_reference", test_bytes_give_back_with_their_last_reference);
  g_test_add_func("/budget/a_charge_outlives_whoever_made_the_budget", test_a_charge_outlives_whoever_made_the_budget);
  g_test_add_func("/budget/threads_share_it", test_threads_share_it);
  return g_test_run();
}
