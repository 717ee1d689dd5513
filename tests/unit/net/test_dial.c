#include "net/dial.h"
#include <netinet/in.h>
#include <string.h>
#include <unistd.h>

typedef struct Bench {
  struct event_base *base;
  LoopQueue *queue;
  NetResolver *resolver;
  int listener; /* at 127.0.0.1 */
  guint16 port;
  const char *forbidden; /* an address that may not be connected to; NULL: all may */
  gboolean is_over;
  int fd;
  char *said;
} Bench;

static gboolean may_cb(const NetAddress *address, gpointer user_data, GError **error) {
  const Bench *bench = user_data;
  g_autofree char *host = net_address_host(address);

  if (!bench->forbidden || strcmp(host, bench->forbidden) != 0)
    return TRUE;
  g_set_error(error, NET_ERROR, NET_ERROR_ADDRESS, "not to %s", host);
  return FALSE;
}

static void dialed_cb(int fd, const GError *error, gpointer user_data) {
  Bench *bench = user_data;

  g_assert_false(bench->is_over);
  g_assert_true((fd < 0) == (error != NULL));
  bench->is_over = TRUE;
  bench->fd = fd;
  bench->said = error ? g_strdup(error->message) : NULL;
}

static const NetDialEvents events = {.may = may_cb, .dialed = dialed_cb};

static void bench_open(Bench *bench) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  NetAddress bound;

  *bench = (Bench){.base = event_base_new(), .fd = -1};
  bench->queue = loop_queue_new(bench->base, NULL);
  bench->resolver = net_resolver_new(bench->queue);
  bench->listener = socket(AF_INET, SOCK_STREAM, 0);
  g_assert_cmpint(bind(bench->listener, (struct sockaddr *)&address, sizeof address), ==, 0);
  g_assert_cmpint(listen(bench->listener, 5), ==, 0);
  g_assert_true(net_address_of_socket(bench->listener, &bound));
  bench->port = net_address_port(&bound);
}

static void bench_close(Bench *bench) {
  if (bench->fd >= 0)
    close(bench->fd);
  close(bench->listener);
  net_resolver_free(bench->resolver);
  loop_queue_free(bench->queue);
  event_base_free(bench->base);
  g_free(bench->said);
}

static void dial(Bench *bench, const char *host) {
  net_dial(bench->resolver, bench->base, host, bench->port, &events, bench);
  g_assert_false(bench->is_over);
  while (!bench->is_over)
    event_base_loop(bench->base, EVLOOP_ONCE);
}

static void a_host_is_connected_to(void) {
  Bench bench;
  char byte;

  bench_open(&bench);
  dial(&bench, "127.0.0.1");
  g_assert_cmpint(bench.fd, >=, 0);
  int peer = accept(bench.listener, NULL, NULL);
  g_assert_cmpint(write(bench.fd, "x", 1), ==, 1);
  g_assert_cmpint(read(peer, &byte, 1), ==, 1);
  close(peer);
  bench_close(&bench);
}

static void nobody_there_is_told(void) {
  Bench bench;

  bench_open(&bench);
  close(bench.listener);
  bench.listener = -1;
  dial(&bench, "127.0.0.1");
  g_autofree char *expected = g_strdup_printf("127.0.0.1:%u: Connection refused", bench.port);
  g_assert_cmpstr(bench.said, ==, expected);
  bench_close(&bench);
}

/* Not even a packet gets there. */
static void what_may_not_be_connected_to_is_not(void) {
  Bench bench;

  bench_open(&bench);
  bench.forbidden = "127.0.0.1";
  dial(&bench, "127.0.0.1");
  g_assert_cmpstr(bench.said, ==, "not to 127.0.0.1");
  bench_close(&bench);
}

static void a_name_without_an_address_is_told(void) {
  Bench bench;

  bench_open(&bench);
  dial(&bench, "");
  g_assert_nonnull(bench.said);
  bench_close(&bench);
}

/* localhost is ::1 too where the system says so; whatever it is, what answers is found. */
static void addresses_are_tried_one_after_the_other(void) {
  Bench bench;

  bench_open(&bench);
  bench.forbidden = "::1";
  dial(&bench, "localhost");
  g_assert_cmpint(bench.fd, >=, 0);
  bench_close(&bench);
}

static void what_is_cancelled_is_not_told(void) {
  Bench bench;

  bench_open(&bench);
  net_dial_cancel(net_dial(bench.resolver, bench.base, "127.0.0.1", bench.port, &events, &bench));
  NetDial *late = net_dial(bench.resolver, bench.base, "127.0.0.1", bench.port, &events, &bench);
  event_base_loop(bench.base, EVLOOP_ONCE);
  if (!bench.is_over)
    net_dial_cancel(late);
  bench_close(&bench);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/dial/a_host_is_connected_to", a_host_is_connected_to);
  g_test_add_func("/dial/nobody_there_is_told", nobody_there_is_told);
  g_test_add_func("/dial/what_may_not_be_connected_to_is_not", what_may_not_be_connected_to_is_not);
  g_test_add_func("/dial/a_name_without_an_address_is_told", a_name_without_an_address_is_told);
  g_test_add_func("/dial/addresses_are_tried_one_after_the_other", addresses_are_tried_one_after_the_other);
  g_test_add_func("/dial/what_is_cancelled_is_not_told", what_is_cancelled_is_not_told);
  return g_test_run();
}
