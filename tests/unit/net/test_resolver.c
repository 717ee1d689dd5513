#include "net/resolver.h"

typedef struct Bench {
  struct event_base *base;
  LoopQueue *queue;
  NetResolver *resolver;
  guint n_resolved;
  char *said; /* by the last lookup */
} Bench;

static void bench_open(Bench *bench) {
  *bench = (Bench){.base = event_base_new()};
  bench->queue = loop_queue_new(bench->base, NULL);
  bench->resolver = net_resolver_new(bench->queue);
}

static void bench_close(Bench *bench) {
  net_resolver_free(bench->resolver);
  loop_queue_free(bench->queue);
  event_base_free(bench->base);
  g_free(bench->said);
}

static void resolved_cb(const GArray *addresses, const GError *error, gpointer user_data) {
  Bench *bench = user_data;

  bench->n_resolved++;
  g_free(bench->said);
  bench->said = addresses ? net_address_format(&g_array_index(addresses, NetAddress, 0)) : g_strdup(error->message);
}

static void turn_until(Bench *bench, guint n_resolved) {
  while (bench->n_resolved < n_resolved)
    event_base_loop(bench->base, EVLOOP_ONCE);
}

static void names_and_addresses_are_looked_up(void) {
  static const struct {
    const char *host, *said;
  } rows[] = {
      {"127.0.0.1", "127.0.0.1:25"},
      {"::1", "[::1]:25"},
      {"[::1]", "[::1]:25"},
      {"0x7f.1", "127.0.0.1:25"},
      {"unix:/run/x", "unix:/run/x"},
      {"unix:", "unix:: a unix socket needs a path of 1 to "},
      {"", ": "}, /* the words are the C library's */
  };
  Bench bench;

  bench_open(&bench);
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
    net_resolver_ask(bench.resolver, rows[i].host, 25, resolved_cb, &bench);
    turn_until(&bench, i + 1);
    g_assert_true(g_str_has_prefix(bench.said, rows[i].said));
  }
  bench_close(&bench);
}

static void more_than_there_are_threads_wait_for_their_turn(void) {
  enum { N_LOOKUPS = 5 * NET_RESOLVER_THREADS_MAX };
  Bench bench;

  bench_open(&bench);
  for (guint i = 0; i < N_LOOKUPS; i++)
    net_resolver_ask(bench.resolver, "127.0.0.1", 1, resolved_cb, &bench);
  turn_until(&bench, N_LOOKUPS);
  bench_close(&bench);
}

static void cancelled_ones_are_not_told(void) {
  enum { N_LOOKUPS = 2 * NET_RESOLVER_THREADS_MAX };
  NetLookup *lookups[N_LOOKUPS];
  Bench bench;

  bench_open(&bench);
  for (guint i = 0; i < N_LOOKUPS; i++)
    lookups[i] = net_resolver_ask(bench.resolver, "127.0.0.1", 1, resolved_cb, &bench);
  for (guint i = 0; i < N_LOOKUPS; i++)
    net_lookup_cancel(lookups[i]);
  net_resolver_ask(bench.resolver, "127.0.0.2", 1, resolved_cb, &bench);
  turn_until(&bench, 1);
  g_assert_cmpstr(bench.said, ==, "127.0.0.2:1");
  bench_close(&bench);
}

/* Threads may find something before, while or behind the resolver and its queue are gone. */
static void the_end_waits_for_nobody(void) {
  for (guint turn = 0; turn < 50; turn++) {
    Bench bench;
    bench_open(&bench);
    for (guint i = 0; i < NET_RESOLVER_THREADS_MAX + 1; i++)
      net_resolver_ask(bench.resolver, "127.0.0.1", 1, resolved_cb, &bench);
    if (turn % 2 == 1)
      g_usleep(turn * 10);
    bench_close(&bench);
    g_assert_cmpuint(bench.n_resolved, ==, 0);
  }
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/resolver/names_and_addresses_are_looked_up", names_and_addresses_are_looked_up);
  g_test_add_func("/resolver/more_than_there_are_threads_wait_for_their_turn",
                  more_than_there_are_threads_wait_for_their_turn);
  g_test_add_func("/resolver/cancelled_ones_are_not_told", cancelled_ones_are_not_told);
  g_test_add_func("/resolver/the_end_waits_for_nobody", the_end_waits_for_nobody);
  return g_test_run();
}
