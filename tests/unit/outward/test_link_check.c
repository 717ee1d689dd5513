/* What needs no server that answers: how far is gone, limits, time, and ends. tests/e2e/test_links.py has the rest. */
#include "outward/link_check.h"
#include <netinet/in.h>
#include <string.h>
#include <unistd.h>

enum { LONG_MS = 60 * 1000, SHORT_MS = 20 };

typedef struct Bench {
  struct event_base *base;
  LoopQueue *queue;
  NetResolver *resolver;
  LinkFetcher *fetcher;
  GPtrArray *links; /* of the check */
  int silent;       /* takes connections and says nothing */
  char *silent_url;
  int dripped; /* the connection that gets a byte now and then */
  guint n_drips;
  gboolean is_over;
} Bench;

static void bench_open(Bench *bench, LinkReach reach, guint timeout_ms) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  g_autoptr(GError) error = NULL;
  NetAddress bound;

  *bench = (Bench){.base = event_base_new(), .links = checked_links_new()};
  bench->queue = loop_queue_new(bench->base, NULL);
  bench->resolver = net_resolver_new(bench->queue);
  bench->fetcher = link_fetcher_new(bench->base, bench->resolver, reach, timeout_ms, &error);
  g_assert_no_error(error);
  bench->silent = socket(AF_INET, SOCK_STREAM, 0);
  g_assert_cmpint(bind(bench->silent, (struct sockaddr *)&address, sizeof address), ==, 0);
  g_assert_cmpint(listen(bench->silent, 64), ==, 0);
  g_assert_true(net_address_of_socket(bench->silent, &bound));
  g_autofree char *name = net_address_format(&bound);
  bench->silent_url = g_strconcat("http://", name, "/", NULL);
}

static void bench_close(Bench *bench) {
  link_fetcher_free(bench->fetcher);
  net_resolver_free(bench->resolver);
  loop_queue_free(bench->queue);
  event_base_free(bench->base);
  g_ptr_array_unref(bench->links);
  close(bench->silent);
  g_free(bench->silent_url);
}

static void checked_cb(const GPtrArray *links, gpointer user_data) {
  Bench *bench = user_data;

  g_assert_false(bench->is_over);
  bench->is_over = TRUE;
  for (guint i = 0; i < links->len; i++)
    g_assert_nonnull(((const CheckedLink *)g_ptr_array_index(links, i))->text);
}

static LinkCheck *begin(Bench *bench, guint timeout_ms) {
  bench->is_over = FALSE;
  return link_check(bench->fetcher, bench->links, TRUE, timeout_ms, checked_cb, bench);
}

static void check(Bench *bench, guint timeout_ms) {
  begin(bench, timeout_ms);
  g_assert_false(bench->is_over);
  while (!bench->is_over)
    event_base_loop(bench->base, EVLOOP_ONCE);
}

static const CheckedLink *link_at(const Bench *bench, guint i) {
  return g_ptr_array_index(bench->links, i);
}

static void no_links_are_checked_soon(void) {
  Bench bench;

  bench_open(&bench, LINK_REACH_ANY, LONG_MS);
  check(&bench, LONG_MS);
  bench_close(&bench);
}

static void public_is_not_this_machine(void) {
  static const struct {
    const char *url, *text;
  } rows[] = {
      {"http://127.0.0.1:1/", "not fetched: 127.0.0.1 is this machine; --fetch-links=any allows it"},
      {"https://localhost/", "not fetched: localhost is this machine; --fetch-links=any allows it"},
      {"http://A.Localhost./", "not fetched: a.localhost is this machine; --fetch-links=any allows it"},
      {"http://[::1]/", "not fetched: ::1 is this machine; --fetch-links=any allows it"},
      {"http://0x7f.1/", "not fetched: 0x7f.1 is at 127.0.0.1, a loopback address; --fetch-links=any allows it"},
      {"http://2130706433/",
       "not fetched: 2130706433 is at 127.0.0.1, a loopback address; --fetch-links=any allows it"},
      {"http://0.0.0.0/", "not fetched: 0.0.0.0 is at 0.0.0.0, an unspecified address; --fetch-links=any allows it"},
      {"http://192.168.1.1/",
       "not fetched: 192.168.1.1 is at 192.168.1.1, a private address; --fetch-links=any allows it"},
      {"http://169.254.169.254/latest/meta-data/",
       "not fetched: 169.254.169.254 is at 169.254.169.254, a link-local address; --fetch-links=any allows it"},
      {"http://u:p@10.0.0.1/", "not fetched: 10.0.0.1 is at 10.0.0.1, a private address; --fetch-links=any allows it; "
                               "requested without the login in the URL"},
      {"http://[fd00::1]/", "not fetched: fd00::1 is at fd00::1, a private address; --fetch-links=any allows it"},
      {"http://a..b/", "not fetched: it names no host"},
  };
  Bench bench;

  bench_open(&bench, LINK_REACH_PUBLIC, LONG_MS);
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
    checked_links_add(bench.links, rows[i].url);
  check(&bench, LONG_MS);
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_assert_cmpstr(link_at(&bench, (guint)i)->text, ==, rows[i].text);
    g_assert_cmpuint(link_at(&bench, (guint)i)->status, ==, 0);
  }
  bench_close(&bench);
}

static void links_have_a_limit(void) {
  Bench bench;

  bench_open(&bench, LINK_REACH_PUBLIC, LONG_MS);
  checked_link_skip(checked_links_add(bench.links, "http://skipped.example/"), "why not");
  for (guint i = 0; i <= LINK_CHECK_LINKS_MAX; i++)
    checked_links_add(bench.links, "http://localhost/");
  check(&bench, LONG_MS);
  g_assert_cmpstr(link_at(&bench, 0)->text, ==, "not fetched: why not");
  g_assert_false(link_at(&bench, LINK_CHECK_LINKS_MAX)->is_skipped);
  g_assert_true(link_at(&bench, LINK_CHECK_LINKS_MAX + 1)->is_skipped);
  g_assert_cmpstr(link_at(&bench, LINK_CHECK_LINKS_MAX + 1)->text, ==, "not fetched: this message has too many links");
  bench_close(&bench);
}

static void a_link_has_its_time(void) {
  Bench bench;

  bench_open(&bench, LINK_REACH_ANY, SHORT_MS);
  for (guint i = 0; i < 2 * LINK_CHECK_AT_A_TIME; i++)
    checked_links_add(bench.links, bench.silent_url);
  check(&bench, LONG_MS);
  for (guint i = 0; i < bench.links->len; i++)
    g_assert_cmpstr(link_at(&bench, i)->text, ==, "no answer within 1 s");
  bench_close(&bench);
}

/* Sends a byte of a header that never ends to whoever has connected. */
static void drip_cb(evutil_socket_t fd, short what, void *user_data) {
  Bench *bench = user_data;

  if (bench->dripped < 0) {
    bench->dripped = accept4(bench->silent, NULL, NULL, SOCK_NONBLOCK);
    if (bench->dripped >= 0)
      g_assert_cmpint(send(bench->dripped, "HTTP/1.1 200 OK\r\nX: ", 20, MSG_NOSIGNAL), ==, 20);
  } else if (send(bench->dripped, "x", 1, MSG_NOSIGNAL) == 1) {
    bench->n_drips++;
  }
}

static void drops_buy_no_time(void) {
  const struct timeval pause = {.tv_usec = 1000};
  Bench bench;

  bench_open(&bench, LINK_REACH_ANY, 20 * SHORT_MS);
  bench.dripped = -1;
  evutil_make_socket_nonblocking(bench.silent);
  struct event *drip = event_new(bench.base, -1, EV_PERSIST, drip_cb, &bench);
  event_add(drip, &pause);
  checked_links_add(bench.links, bench.silent_url);
  check(&bench, LONG_MS);
  g_assert_cmpstr(link_at(&bench, 0)->text, ==, "no answer within 1 s");
  g_assert_cmpuint(bench.n_drips, >, 0);
  event_free(drip);
  close(bench.dripped);
  bench_close(&bench);
}

static void all_links_have_their_time(void) {
  Bench bench;

  bench_open(&bench, LINK_REACH_ANY, LONG_MS);
  for (guint i = 0; i < 2 * LINK_CHECK_AT_A_TIME; i++)
    checked_links_add(bench.links, bench.silent_url);
  check(&bench, SHORT_MS);
  for (guint i = 0; i < bench.links->len; i++)
    g_assert_cmpstr(link_at(&bench, i)->text, ==, "not fetched: the check of all links took longer than 1 s");
  bench_close(&bench);
}

static void what_is_cancelled_is_not_told(void) {
  Bench bench;

  bench_open(&bench, LINK_REACH_ANY, LONG_MS);
  for (guint i = 0; i < 2 * LINK_CHECK_AT_A_TIME; i++)
    checked_links_add(bench.links, i % 2 == 0 ? bench.silent_url : "http://");
  for (guint n_turns = 0; n_turns < 4; n_turns++) {
    LinkCheck *check = begin(&bench, LONG_MS);
    for (guint i = 0; i < n_turns; i++)
      event_base_loop(bench.base, EVLOOP_ONCE);
    link_check_cancel(check);
    g_assert_false(bench.is_over);
    for (guint i = 0; i < bench.links->len; i++)
      g_clear_pointer(&((CheckedLink *)g_ptr_array_index(bench.links, i))->text, g_free);
  }
  bench_close(&bench);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/link_check/no_links_are_checked_soon", no_links_are_checked_soon);
  g_test_add_func("/link_check/public_is_not_this_machine", public_is_not_this_machine);
  g_test_add_func("/link_check/links_have_a_limit", links_have_a_limit);
  g_test_add_func("/link_check/a_link_has_its_time", a_link_has_its_time);
  g_test_add_func("/link_check/drops_buy_no_time", drops_buy_no_time);
  g_test_add_func("/link_check/all_links_have_their_time", all_links_have_their_time);
  g_test_add_func("/link_check/what_is_cancelled_is_not_told", what_is_cancelled_is_not_told);
  return g_test_run();
}
