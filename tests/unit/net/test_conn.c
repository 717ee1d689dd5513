/* A connection over a pair of sockets, run by a loop until what is waited for has happened. */
#include "net/conn.h"
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

typedef struct Fixture {
  struct event_base *base;
  NetConn *conn;
  int peer; /* the other end, blocking */
  guint n_ready;
  guint n_input_ended;
  guint n_expired;
  guint n_quiet;
  guint n_ended;
} Fixture;

static void ready_cb(NetConn *conn, gpointer user_data) {
  Fixture *fixture = user_data;

  fixture->n_ready++;
}

static void input_ended_cb(NetConn *conn, gpointer user_data) {
  Fixture *fixture = user_data;

  fixture->n_input_ended++;
}

static void expired_cb(NetConn *conn, gpointer user_data) {
  Fixture *fixture = user_data;

  fixture->n_expired++;
}

static void quiet_cb(NetConn *conn, gpointer user_data) {
  Fixture *fixture = user_data;

  fixture->n_quiet++;
}

static void ended_cb(NetConn *conn, gpointer user_data) {
  Fixture *fixture = user_data;

  fixture->n_ended++;
  g_clear_pointer(&fixture->conn, net_conn_free);
}

static const NetConnEvents events = {
    .ready = ready_cb, .input_ended = input_ended_cb, .expired = expired_cb, .quiet = quiet_cb, .ended = ended_cb};

static void set_up(Fixture *fixture, gconstpointer data) {
  int fds[2];

  g_assert_cmpint(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), ==, 0);
  fcntl(fds[0], F_SETFL, O_NONBLOCK);
  fixture->base = event_base_new();
  fixture->peer = fds[1];
  fixture->conn = net_conn_new(fixture->base, fds[0], &events, fixture);
}

static void tear_down(Fixture *fixture, gconstpointer data) {
  net_conn_free(fixture->conn);
  close(fixture->peer);
  event_base_free(fixture->base);
}

/* Runs the loop until *count is `wanted`. */
static void run_until(Fixture *fixture, const guint *count, guint wanted) {
  while (*count < wanted)
    g_assert_cmpint(event_base_loop(fixture->base, EVLOOP_ONCE), ==, 0);
}

static void drain(struct evbuffer *buffer) {
  evbuffer_drain(buffer, evbuffer_get_length(buffer));
}

static void bytes_go_both_ways(Fixture *fixture, gconstpointer data) {
  char bytes[8];

  g_assert_cmpint(write(fixture->peer, "hello", 5), ==, 5);
  run_until(fixture, &fixture->n_ready, 1);
  g_assert_cmpuint(evbuffer_get_length(net_conn_input(fixture->conn)), ==, 5);
  evbuffer_add(net_conn_output(fixture->conn), "you", 3);
  net_conn_update(fixture->conn);
  g_assert_cmpint(read(fixture->peer, bytes, sizeof bytes), ==, 3);
}

static void input_is_bounded_until_it_is_used(Fixture *fixture, gconstpointer data) {
  static const char bytes[4096];
  gsize n_written = 0;
  ssize_t n;

  fcntl(fixture->peer, F_SETFL, O_NONBLOCK);
  do {
    n = write(fixture->peer, bytes, sizeof bytes);
    n_written += n > 0 ? (gsize)n : 0;
    event_base_loop(fixture->base, EVLOOP_NONBLOCK);
  } while (n > 0);
  gsize n_input = evbuffer_get_length(net_conn_input(fixture->conn));
  g_assert_cmpuint(n_input, >=, NET_CONN_INPUT_MAX);
  g_assert_cmpuint(n_input, <, 2 * NET_CONN_INPUT_MAX);
  g_assert_cmpuint(n_written, >, n_input);

  drain(net_conn_input(fixture->conn));
  net_conn_update(fixture->conn);
  run_until(fixture, &fixture->n_ready, fixture->n_ready + 1);
}

static void output_goes_on_when_the_peer_reads(Fixture *fixture, gconstpointer data) {
  static char bytes[1024 * 1024];
  gsize n_read = 0;

  evbuffer_add(net_conn_output(fixture->conn), bytes, sizeof bytes);
  net_conn_update(fixture->conn);
  g_assert_cmpuint(evbuffer_get_length(net_conn_output(fixture->conn)), >, 0);
  while (n_read < sizeof bytes) {
    ssize_t n = read(fixture->peer, bytes, sizeof bytes);
    g_assert_cmpint(n, >, 0);
    n_read += (gsize)n;
    event_base_loop(fixture->base, EVLOOP_NONBLOCK);
  }
  g_assert_cmpuint(fixture->n_ready, >=, 1); /* told that there is room again */
}

static void the_last_of_several_deadlines_counts(Fixture *fixture, gconstpointer data) {
  net_conn_set_deadline(fixture->conn, 1);
  net_conn_set_deadline(fixture->conn, 0);
  net_conn_set_deadline(fixture->conn, 3600 * 1000);
  net_conn_set_deadline(fixture->conn, 20);
  run_until(fixture, &fixture->n_expired, 1);
  g_assert_cmpuint(fixture->n_expired, ==, 1);
}

static void quiet_is_reported_once_and_leaves_the_deadline(Fixture *fixture, gconstpointer data) {
  net_conn_set_deadline(fixture->conn, 200);
  net_conn_set_quiet(fixture->conn, 3600 * 1000);
  net_conn_set_quiet(fixture->conn, 10);
  run_until(fixture, &fixture->n_quiet, 1);
  g_assert_cmpuint(fixture->n_expired, ==, 0);
  run_until(fixture, &fixture->n_expired, 1);
  g_assert_cmpuint(fixture->n_quiet, ==, 1);
}

static void quiet_that_was_called_off_is_not_reported(Fixture *fixture, gconstpointer data) {
  net_conn_set_quiet(fixture->conn, 5);
  net_conn_set_quiet(fixture->conn, 0);
  net_conn_set_deadline(fixture->conn, 20);
  run_until(fixture, &fixture->n_expired, 1);
  g_assert_cmpuint(fixture->n_quiet, ==, 0);
}

static void the_end_of_input_leaves_the_output_open(Fixture *fixture, gconstpointer data) {
  char bytes[8];

  shutdown(fixture->peer, SHUT_WR);
  run_until(fixture, &fixture->n_input_ended, 1);
  evbuffer_add(net_conn_output(fixture->conn), "bye", 3);
  net_conn_finish(fixture->conn, FALSE);
  run_until(fixture, &fixture->n_ended, 1);
  g_assert_cmpint(read(fixture->peer, bytes, sizeof bytes), ==, 3);
  g_assert_cmpint(read(fixture->peer, bytes, sizeof bytes), ==, 0);
}

static void lingering_drops_input_until_the_peer_ends(Fixture *fixture, gconstpointer data) {
  char bytes[8];

  evbuffer_add(net_conn_output(fixture->conn), "421", 3);
  net_conn_finish(fixture->conn, TRUE);
  g_assert_cmpint(write(fixture->peer, "more", 4), ==, 4);
  g_assert_cmpint(read(fixture->peer, bytes, sizeof bytes), ==, 3);
  g_assert_cmpint(read(fixture->peer, bytes, sizeof bytes), ==, 0); /* our end of the output */
  close(fixture->peer);
  fixture->peer = -1;
  run_until(fixture, &fixture->n_ended, 1);
  g_assert_cmpuint(fixture->n_ready, ==, 0);
  g_assert_cmpuint(fixture->n_expired, ==, 0);
}

/* A peer that says nothing and stays: with an hour of lingering, the end is only seen when that is cut short. */
static void lingering_can_be_cut_short(Fixture *fixture, gconstpointer data) {
  net_conn_set_linger(fixture->conn, 60 * 60 * 1000);
  net_conn_finish(fixture->conn, TRUE);
  event_base_loop(fixture->base, EVLOOP_NONBLOCK);
  g_assert_cmpuint(fixture->n_ended, ==, 0);
  net_conn_set_linger(fixture->conn, 1);
  run_until(fixture, &fixture->n_ended, 1);
}

static void lingering_ends_when_the_peer_sends_too_much(Fixture *fixture, gconstpointer data) {
  static const char bytes[64 * 1024];
  gsize n_written = 0;
  ssize_t n;

  fcntl(fixture->peer, F_SETFL, O_NONBLOCK);
  net_conn_set_linger(fixture->conn, 3600 * 1000);
  net_conn_finish(fixture->conn, TRUE);
  while (fixture->n_ended == 0) {
    n = send(fixture->peer, bytes, sizeof bytes, MSG_NOSIGNAL);
    n_written += n > 0 ? (gsize)n : 0;
    g_assert_cmpuint(n_written, <, 2 * NET_CONN_LINGER_BYTES);
    event_base_loop(fixture->base, EVLOOP_NONBLOCK);
  }
  g_assert_cmpuint(n_written, >=, NET_CONN_LINGER_BYTES);
}

static void a_deadline_does_not_put_off_the_end(Fixture *fixture, gconstpointer data) {
  close(fixture->peer);
  fixture->peer = -1;
  evbuffer_add(net_conn_output(fixture->conn), "late", 4);
  net_conn_update(fixture->conn);
  net_conn_set_deadline(fixture->conn, 60 * 60 * 1000);
  run_until(fixture, &fixture->n_ended, 1);
}

static void a_broken_connection_ends(Fixture *fixture, gconstpointer data) {
  static const char bytes[1024 * 1024];

  close(fixture->peer);
  fixture->peer = -1;
  evbuffer_add(net_conn_output(fixture->conn), bytes, sizeof bytes);
  net_conn_update(fixture->conn);
  run_until(fixture, &fixture->n_ended, 1);
}

static void what_came_before_the_output_broke_is_read(Fixture *fixture, gconstpointer data) {
  net_conn_read_on(fixture->conn);
  g_assert_cmpint(write(fixture->peer, "all of it", 9), ==, 9);
  close(fixture->peer);
  fixture->peer = -1;
  evbuffer_add(net_conn_output(fixture->conn), "220", 3);
  net_conn_update(fixture->conn);
  run_until(fixture, &fixture->n_input_ended, 1);
  g_assert_cmpuint(fixture->n_ready, ==, 1);
  g_assert_cmpuint(evbuffer_get_length(net_conn_input(fixture->conn)), ==, 9);
  g_assert_cmpuint(evbuffer_get_length(net_conn_output(fixture->conn)), ==, 0);
  g_assert_cmpuint(fixture->n_ended, ==, 0);

  evbuffer_add(net_conn_output(fixture->conn), "250", 3);
  net_conn_finish(fixture->conn, TRUE);
  run_until(fixture, &fixture->n_ended, 1);
}

/* More than one read takes, and more than the input holds. */
static void a_long_input_outlives_its_output(Fixture *fixture, gconstpointer data) {
  enum { BYTES = 3 * NET_CONN_INPUT_MAX / 2 };
  static const char bytes[BYTES];
  gsize n_read = 0;

  net_conn_read_on(fixture->conn);
  g_assert_cmpint(write(fixture->peer, bytes, BYTES), ==, BYTES);
  close(fixture->peer);
  fixture->peer = -1;
  evbuffer_add(net_conn_output(fixture->conn), "220", 3);
  while (fixture->n_input_ended == 0) {
    net_conn_update(fixture->conn);
    g_assert_cmpint(event_base_loop(fixture->base, EVLOOP_ONCE), ==, 0);
    n_read += evbuffer_get_length(net_conn_input(fixture->conn));
    drain(net_conn_input(fixture->conn));
  }
  g_assert_cmpuint(n_read, ==, BYTES);
  g_assert_cmpuint(fixture->n_ended, ==, 0);
}

static void input_can_be_taken_before_the_loop_runs(Fixture *fixture, gconstpointer data) {
  g_assert_false(net_conn_receive(fixture->conn));
  g_assert_cmpint(write(fixture->peer, "early", 5), ==, 5);
  g_assert_true(net_conn_receive(fixture->conn));
  g_assert_cmpuint(evbuffer_get_length(net_conn_input(fixture->conn)), ==, 5);
  close(fixture->peer);
  fixture->peer = -1;
  g_assert_false(net_conn_receive(fixture->conn));
  g_assert_cmpuint(fixture->n_input_ended, ==, 0);
  run_until(fixture, &fixture->n_input_ended, 1);
}

static void held_output_waits(Fixture *fixture, gconstpointer data) {
  char bytes[8];

  net_conn_hold(fixture->conn, TRUE);
  evbuffer_add(net_conn_output(fixture->conn), "220", 3);
  net_conn_update(fixture->conn);
  g_assert_cmpint(recv(fixture->peer, bytes, sizeof bytes, MSG_DONTWAIT), ==, -1);
  net_conn_hold(fixture->conn, FALSE);
  net_conn_update(fixture->conn);
  g_assert_cmpint(read(fixture->peer, bytes, sizeof bytes), ==, 3);

  net_conn_hold(fixture->conn, TRUE);
  evbuffer_add(net_conn_output(fixture->conn), "221", 3);
  net_conn_finish(fixture->conn, FALSE);
  g_assert_cmpint(read(fixture->peer, bytes, sizeof bytes), ==, 3);
  run_until(fixture, &fixture->n_ended, 1);
}

#define ADD(name) g_test_add("/net/conn/" #name, Fixture, NULL, set_up, name, tear_down)

int main(int argc, char **argv) {
  signal(SIGPIPE, SIG_IGN);
  g_test_init(&argc, &argv, NULL);
  ADD(bytes_go_both_ways);
  ADD(input_is_bounded_until_it_is_used);
  ADD(output_goes_on_when_the_peer_reads);
  ADD(the_last_of_several_deadlines_counts);
  ADD(quiet_is_reported_once_and_leaves_the_deadline);
  ADD(quiet_that_was_called_off_is_not_reported);
  ADD(the_end_of_input_leaves_the_output_open);
  ADD(lingering_drops_input_until_the_peer_ends);
  ADD(lingering_can_be_cut_short);
  ADD(lingering_ends_when_the_peer_sends_too_much);
  ADD(a_deadline_does_not_put_off_the_end);
  ADD(a_broken_connection_ends);
  ADD(input_can_be_taken_before_the_loop_runs);
  ADD(held_output_waits);
  ADD(what_came_before_the_output_broke_is_read);
  ADD(a_long_input_outlives_its_output);
  return g_test_run();
}
