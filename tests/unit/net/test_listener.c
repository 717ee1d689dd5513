#include "net/listener.h"
#include <unistd.h>

enum { N_CLIENTS = 150, TURNS_MAX = 10 };

typedef struct Fixture {
  struct event_base *base;
  NetListener *listener;
  GArray *accepted; /* int */
  guint n_in_turn;
} Fixture;

static void accepted_cb(int fd, const NetAddress *peer, NetListener *listener, gpointer user_data) {
  Fixture *fixture = user_data;

  g_assert_true(net_address_is_local(peer));
  g_assert_true(listener == fixture->listener);
  g_array_append_val(fixture->accepted, fd);
  fixture->n_in_turn++;
}

static void failed_cb(int reason, NetListener *listener, gpointer user_data) {
  g_error("cannot accept: %s", g_strerror(reason));
}

static const NetListenerEvents events = {.accepted = accepted_cb, .failed = failed_cb};

static void set_up(Fixture *fixture, gconstpointer unused) {
  struct sockaddr_in local = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  NetAddress address;
  g_autoptr(GError) error = NULL;

  net_address_from_socket((const struct sockaddr *)&local, sizeof local, &address);
  fixture->base = event_base_new();
  fixture->accepted = g_array_new(FALSE, FALSE, sizeof(int));
  fixture->listener = net_listener_open(fixture->base, &address, &events, fixture, &error);
  g_assert_no_error(error);
}

static void tear_down(Fixture *fixture, gconstpointer unused) {
  for (guint i = 0; i < fixture->accepted->len; i++)
    close(g_array_index(fixture->accepted, int, i));
  g_array_unref(fixture->accepted);
  net_listener_close(fixture->listener);
  event_base_free(fixture->base);
}

static int connect_to(const Fixture *fixture) {
  const NetAddress *address = net_listener_address(fixture->listener);
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

  g_assert_cmpint(connect(fd, (const struct sockaddr *)&address->storage, address->len), ==, 0);
  return fd;
}

static void crowd_is_accepted_in_turns(Fixture *fixture, gconstpointer unused) {
  int clients[N_CLIENTS];

  for (guint i = 0; i < N_CLIENTS; i++)
    clients[i] = connect_to(fixture);
  for (guint turn = 0; turn < TURNS_MAX && fixture->accepted->len < N_CLIENTS; turn++) {
    fixture->n_in_turn = 0;
    event_base_loop(fixture->base, EVLOOP_ONCE);
    g_assert_cmpuint(fixture->n_in_turn, <, N_CLIENTS);
  }
  g_assert_cmpuint(fixture->accepted->len, ==, N_CLIENTS);
  for (guint i = 0; i < N_CLIENTS; i++)
    close(clients[i]);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add("/net/listener/crowd_is_accepted_in_turns", Fixture, NULL, set_up, crowd_is_accepted_in_turns, tear_down);
  return g_test_run();
}
