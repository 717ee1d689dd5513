/* A protocol that answers each line with itself, over real sockets, run by a loop until what is waited for has
 * happened. */
#include "net/cidr.h"
#include "net/service.h"
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

typedef struct Fixture {
  struct event_base *base;
  GArray *proxies; /* NetCidr */
  NetServiceOptions options;
  NetService *service;
  const NetAddress *address;
  guint n_turned_away[2];
  guint n_proxied, n_turned_back, n_tls_failed, n_stopped;
  /* What sessions were told. */
  guint n_sessions, n_started, n_ended, n_told_to_stop, n_told_to_end_now, n_expired;
  char *name;
  gboolean is_local;
  const char *tls_version;
  gint64 time_left_ms; /* what sessions say */
  gboolean waits_for_end;
} Fixture;

typedef struct Echo {
  Fixture *fixture;
  NetClient *client;
  NetConn *conn;
  NetStep end; /* NET_STEP_WAIT: none yet */
} Echo;

static gpointer session_new(gpointer server, NetClient *client, const NetOrigin *origin) {
  Fixture *fixture = server;
  Echo *echo = g_new0(Echo, 1);

  echo->fixture = fixture;
  echo->client = client;
  echo->conn = net_client_conn(client);
  g_free(fixture->name);
  fixture->name = g_strdup(origin->name);
  fixture->is_local = origin->is_local;
  fixture->n_sessions++;
  return echo;
}

static void start(gpointer session, const NetSecured *secured) {
  const Echo *echo = session;

  echo->fixture->n_started++;
  echo->fixture->tls_version = secured->version;
  evbuffer_add_printf(net_conn_output(echo->conn), "hello\n");
}

static NetStep step(gpointer session) {
  const Echo *echo = session;

  while (echo->end == NET_STEP_WAIT) {
    g_autofree char *line = evbuffer_readln(net_conn_input(echo->conn), NULL, EVBUFFER_EOL_LF);
    if (!line)
      break;
    if (strcmp(line, "drop") == 0)
      return NET_STEP_DROPPED;
    if (strcmp(line, "secure") == 0 && net_client_secure(echo->client))
      line[0] = 'S';
    evbuffer_add_printf(net_conn_output(echo->conn), "%s\n", line);
  }
  return echo->end;
}

static gint64 time_left_ms(gpointer session) {
  const Fixture *fixture = ((Echo *)session)->fixture;

  return fixture->n_expired > 0 ? 0 : fixture->time_left_ms;
}

static void expire(gpointer session) {
  Echo *echo = session;

  echo->fixture->n_expired++;
  evbuffer_add_printf(net_conn_output(echo->conn), "late\n");
  echo->end = NET_STEP_CUT;
}

static void input_ended(gpointer session) {
  ((Echo *)session)->end = NET_STEP_DONE;
}

static void stop(gpointer session, gboolean now) {
  Echo *echo = session;

  if (now)
    echo->fixture->n_told_to_end_now++;
  else
    echo->fixture->n_told_to_stop++;
  if (now || !echo->fixture->waits_for_end)
    echo->end = NET_STEP_DONE;
}

static void ended(gpointer session) {
  ((Echo *)session)->fixture->n_ended++;
}

static char *turn_away(gpointer server, NetTurnedAway why) {
  return g_strdup(why == NET_TURNED_AWAY_ALL ? "too many\n" : "too many from there\n");
}

static const NetProtocol protocol = {
    .session_new = session_new,
    .start = start,
    .step = step,
    .time_left_ms = time_left_ms,
    .expire = expire,
    .input_ended = input_ended,
    .stop = stop,
    .ended = ended,
    .session_free = g_free,
    .turn_away = turn_away,
};

/* --- what the owner is told */

static void turned_away_cb(gpointer user_data, const char *peer, NetTurnedAway why) {
  ((Fixture *)user_data)->n_turned_away[why]++;
}

static void failed_cb(gpointer user_data, const char *listener, int reason) {
  g_assert_not_reached();
}

static void proxied_cb(gpointer user_data, const char *peer, const char *proxy) {
  g_assert_true(g_str_has_prefix(proxy, "127.0.0.1:"));
  ((Fixture *)user_data)->n_proxied++;
}

static void turned_back_cb(gpointer user_data, const char *proxy, const char *why) {
  ((Fixture *)user_data)->n_turned_back++;
}

static void tls_failed_cb(gpointer user_data, const char *peer, const char *why) {
  ((Fixture *)user_data)->n_tls_failed++;
}

static void stopped_cb(gpointer user_data) {
  ((Fixture *)user_data)->n_stopped++;
}

static const NetServiceEvents events = {
    .turned_away = turned_away_cb,
    .failed = failed_cb,
    .proxied = proxied_cb,
    .turned_back = turned_back_cb,
    .tls_failed = tls_failed_cb,
    .stopped = stopped_cb,
};

/* --- a transport that is as safe as it looks: it changes nothing, and shakes hands when told "x" */

static gboolean fake_start(gpointer carrier, int fd, GError **error) {
  *(int *)carrier = fd;
  return TRUE;
}

static NetIo fake_shake_hands(gpointer carrier, GError **error) {
  char byte;

  if (recv(*(int *)carrier, &byte, 1, 0) != 1)
    return NET_IO_WANTS_INPUT;
  if (byte == 'x')
    return NET_IO_DONE;
  g_set_error_literal(error, NET_ERROR, NET_ERROR_CONNECT, "that is no x");
  return NET_IO_BROKEN;
}

static NetIo fake_read(gpointer carrier, int fd, struct evbuffer *input) {
  return net_transport_plain.read(NULL, fd, input);
}

static NetIo fake_write(gpointer carrier, int fd, struct evbuffer *output) {
  return net_transport_plain.write(NULL, fd, output);
}

static char *fake_describe(gpointer carrier, NetSecured *out_secured) {
  *out_secured = (NetSecured){.version = "FAKE"};
  return NULL;
}

static const NetTransport fake_transport = {
    .start = fake_start,
    .shake_hands = fake_shake_hands,
    .read = fake_read,
    .write = fake_write,
    .describe = fake_describe,
    .free = g_free,
};

static gpointer carrier_new(gpointer data) {
  return g_new0(int, 1);
}

/* --- the fixture */

static void set_up(Fixture *fixture, gconstpointer data) {
  fixture->base = event_base_new();
  fixture->proxies = g_array_new(FALSE, FALSE, sizeof(NetCidr));
  fixture->options = (NetServiceOptions){.max_connections = 100, .proxies = fixture->proxies, .timeout_ms = 60 * 1000};
  fixture->time_left_ms = -1;
}

static void serve(Fixture *fixture, const NetServiceTls *tls) {
  g_autoptr(GArray) addresses = net_address_resolve("127.0.0.1", 0, NULL);

  fixture->service = net_service_new(fixture->base, &fixture->options, &protocol, fixture, &events, fixture);
  fixture->address = net_service_listen(fixture->service, &g_array_index(addresses, NetAddress, 0), tls, NULL);
  g_assert_nonnull(fixture->address);
}

static void serve_proxies(Fixture *fixture) {
  NetCidr here;

  g_assert_true(net_cidr_parse("127.0.0.0/8", &here, NULL));
  g_array_append_val(fixture->proxies, here);
  serve(fixture, NULL);
}

static void tear_down(Fixture *fixture, gconstpointer data) {
  net_service_free(fixture->service);
  g_array_unref(fixture->proxies);
  g_free(fixture->name);
  event_base_free(fixture->base);
}

static int connect_to(const Fixture *fixture) {
  int fd = socket(AF_INET, SOCK_STREAM, 0);

  g_assert_cmpint(connect(fd, (const struct sockaddr *)&fixture->address->storage, fixture->address->len), ==, 0);
  return fd;
}

static void say(int fd, const char *text) {
  g_assert_cmpint(send(fd, text, strlen(text), MSG_NOSIGNAL), ==, (ssize_t)strlen(text));
}

/* Runs the loop until *count is `wanted`. */
static void run_until(Fixture *fixture, const guint *count, guint wanted) {
  while (*count < wanted)
    g_assert_cmpint(event_base_loop(fixture->base, EVLOOP_ONCE), ==, 0);
}

/* Runs the loop until the client has received that, and nothing else; "" is the end. */
static void expect(Fixture *fixture, int fd, const char *wanted) {
  g_autoptr(GString) received = g_string_new(NULL);
  char bytes[256];

  while (received->len < MAX(strlen(wanted), 1)) {
    ssize_t n_bytes = recv(fd, bytes, sizeof bytes, MSG_DONTWAIT);
    if (n_bytes == 0)
      break;
    if (n_bytes > 0)
      g_string_append_len(received, bytes, n_bytes);
    else
      event_base_loop(fixture->base, EVLOOP_NONBLOCK);
  }
  g_assert_cmpstr(received->str, ==, wanted);
}

/* --- tests */

static void what_a_client_sends_is_answered(Fixture *fixture, gconstpointer data) {
  serve(fixture, NULL);
  int fd = connect_to(fixture);
  expect(fixture, fd, "hello\n");
  say(fd, "a\nb\n");
  expect(fixture, fd, "a\nb\n");
  g_assert_true(fixture->is_local);
  g_assert_null(fixture->tls_version);
  shutdown(fd, SHUT_WR);
  expect(fixture, fd, "");
  run_until(fixture, &fixture->n_ended, 1);
  close(fd);
}

static void a_dropped_session_is_closed_at_once(Fixture *fixture, gconstpointer data) {
  serve(fixture, NULL);
  int fd = connect_to(fixture);
  say(fd, "drop\n");
  expect(fixture, fd, "hello\n");
  expect(fixture, fd, "");
  close(fd);
}

static void one_too_many_is_told_so(Fixture *fixture, gconstpointer data) {
  fixture->options.max_connections = 1;
  serve(fixture, NULL);
  int first = connect_to(fixture);
  expect(fixture, first, "hello\n");
  int second = connect_to(fixture);
  expect(fixture, second, "too many\n");
  expect(fixture, second, "");
  g_assert_cmpuint(fixture->n_turned_away[NET_TURNED_AWAY_ALL], ==, 1);
  close(first);
  run_until(fixture, &fixture->n_ended, 1);
  int third = connect_to(fixture);
  expect(fixture, third, "hello\n");
  close(second);
  close(third);
}

static void one_address_has_so_many(Fixture *fixture, gconstpointer data) {
  fixture->options.max_connections_per_address = 1;
  serve_proxies(fixture);
  int fds[3];
  static const char *const hosts[] = {"192.0.2.1", "192.0.2.2", "192.0.2.1"};
  for (gsize i = 0; i < G_N_ELEMENTS(fds); i++) {
    g_autofree char *header = g_strdup_printf("PROXY TCP4 %s 192.0.2.9 40000 25\r\n", hosts[i]);
    fds[i] = connect_to(fixture);
    say(fds[i], header);
    expect(fixture, fds[i], i < 2 ? "hello\n" : "too many from there\n");
  }
  g_assert_cmpuint(fixture->n_turned_away[NET_TURNED_AWAY_ADDRESS], ==, 1);
  for (gsize i = 0; i < G_N_ELEMENTS(fds); i++)
    close(fds[i]);
}

static void a_client_is_local_if_its_proxy_says_so(Fixture *fixture, gconstpointer data) {
  static const struct {
    const char *header, *name;
    gboolean is_local;
  } rows[] = {
      {"PROXY TCP4 127.0.0.1 127.0.0.1 40000 25\r\n", "127.0.0.1:40000", TRUE},
      {"PROXY TCP6 ::1 ::1 40000 25\r\n", "[::1]:40000", TRUE},
      {"PROXY TCP4 192.0.2.1 127.0.0.1 40000 25\r\n", "192.0.2.1:40000", FALSE},
      {"PROXY UNKNOWN\r\n", NULL, FALSE},
  };

  serve_proxies(fixture);
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    int fd = connect_to(fixture);
    say(fd, rows[i].header);
    say(fd, "go on\n");
    expect(fixture, fd, "hello\ngo on\n");
    if (rows[i].name)
      g_assert_cmpstr(fixture->name, ==, rows[i].name);
    g_assert_cmpint(fixture->is_local, ==, rows[i].is_local);
    g_assert_cmpuint(fixture->n_proxied, ==, i + 1);
    close(fd);
  }
}

static void a_proxy_without_a_header_is_turned_back(Fixture *fixture, gconstpointer data) {
  serve_proxies(fixture);
  int fd = connect_to(fixture);
  say(fd, "hello, server\n");
  expect(fixture, fd, "");
  g_assert_cmpuint(fixture->n_turned_back, ==, 1);
  g_assert_cmpuint(fixture->n_sessions, ==, 0);
  close(fd);
}

static void a_session_starts_after_the_handshake(Fixture *fixture, gconstpointer data) {
  static const NetServiceTls tls = {.security = {.transport = &fake_transport, .carrier_new = carrier_new},
                                    .is_implicit = TRUE};

  serve(fixture, &tls);
  int fd = connect_to(fixture);
  run_until(fixture, &fixture->n_sessions, 1);
  g_assert_cmpuint(fixture->n_started, ==, 0);
  say(fd, "x");
  expect(fixture, fd, "hello\n");
  g_assert_cmpstr(fixture->tls_version, ==, "FAKE");
  close(fd);
}

static void a_session_may_ask_for_tls(Fixture *fixture, gconstpointer data) {
  static const NetServiceTls tls = {.security = {.transport = &fake_transport, .carrier_new = carrier_new}};

  serve(fixture, &tls);
  int fd = connect_to(fixture);
  say(fd, "secure\n");
  expect(fixture, fd, "hello\nSecure\n");
  g_assert_null(fixture->tls_version);
  say(fd, "x");
  expect(fixture, fd, "hello\n");
  g_assert_cmpstr(fixture->tls_version, ==, "FAKE");
  close(fd);
}

static void a_handshake_that_fails_is_told(Fixture *fixture, gconstpointer data) {
  static const NetServiceTls tls = {.security = {.transport = &fake_transport, .carrier_new = carrier_new},
                                    .is_implicit = TRUE};

  serve(fixture, &tls);
  int fd = connect_to(fixture);
  say(fd, "y");
  run_until(fixture, &fixture->n_tls_failed, 1);
  expect(fixture, fd, "");
  g_assert_cmpuint(fixture->n_started, ==, 0);
  close(fd);
  run_until(fixture, &fixture->n_ended, 1);
}

static void who_takes_too_long_is_cut(Fixture *fixture, gconstpointer data) {
  fixture->time_left_ms = 1;
  serve(fixture, NULL);
  int fd = connect_to(fixture);
  expect(fixture, fd, "hello\n");
  fixture->time_left_ms = 0;
  run_until(fixture, &fixture->n_expired, 1);
  expect(fixture, fd, "late\n");
  expect(fixture, fd, "");
  close(fd);
}

static void stopping_waits_for_the_last_session(Fixture *fixture, gconstpointer data) {
  fixture->waits_for_end = TRUE;
  serve(fixture, NULL);
  int fd = connect_to(fixture);
  expect(fixture, fd, "hello\n");
  net_service_stop(fixture->service, 60 * 1000);
  g_assert_cmpuint(fixture->n_told_to_stop, ==, 1);
  say(fd, "still here\n");
  expect(fixture, fd, "still here\n");
  g_assert_cmpuint(fixture->n_stopped, ==, 0);
  shutdown(fd, SHUT_WR);
  run_until(fixture, &fixture->n_stopped, 1);
  g_assert_cmpuint(fixture->n_told_to_end_now, ==, 0);
  close(fd);
}

static void the_grace_ends_what_does_not_end(Fixture *fixture, gconstpointer data) {
  fixture->waits_for_end = TRUE;
  serve(fixture, NULL);
  int fd = connect_to(fixture);
  expect(fixture, fd, "hello\n");
  net_service_stop(fixture->service, 1);
  run_until(fixture, &fixture->n_stopped, 1);
  g_assert_cmpuint(fixture->n_told_to_end_now, ==, 1);
  expect(fixture, fd, "");
  close(fd);
}

static void a_service_without_clients_stops_from_the_loop(Fixture *fixture, gconstpointer data) {
  serve(fixture, NULL);
  net_service_stop(fixture->service, 1000);
  g_assert_cmpuint(fixture->n_stopped, ==, 0);
  run_until(fixture, &fixture->n_stopped, 1);
}

static void a_connected_socket_is_served(Fixture *fixture, gconstpointer data) {
  int ends[2];

  serve(fixture, NULL);
  g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), ==, 0);
  net_service_take(fixture->service, ends[0]);
  expect(fixture, ends[1], "hello\n");
  g_assert_cmpstr(fixture->name, ==, "unix:");
  close(ends[1]);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
#define TEST(name) g_test_add("/service/" #name, Fixture, NULL, set_up, name, tear_down)
  TEST(what_a_client_sends_is_answered);
  TEST(a_dropped_session_is_closed_at_once);
  TEST(one_too_many_is_told_so);
  TEST(one_address_has_so_many);
  TEST(a_client_is_local_if_its_proxy_says_so);
  TEST(a_proxy_without_a_header_is_turned_back);
  TEST(a_session_starts_after_the_handshake);
  TEST(a_session_may_ask_for_tls);
  TEST(a_handshake_that_fails_is_told);
  TEST(who_takes_too_long_is_cut);
  TEST(stopping_waits_for_the_last_session);
  TEST(the_grace_ends_what_does_not_end);
  TEST(a_service_without_clients_stops_from_the_loop);
  TEST(a_connected_socket_is_served);
#undef TEST
  return g_test_run();
}
