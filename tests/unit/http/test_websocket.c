/* Text frames: made once, shared by all sockets, and how many of them may wait for one. */
#include "http/response.h"
#include "http/session.h"
#include "http/websocket.h"
#include <string.h>

#define UPGRADE                                                                                                        \
  "GET /socket HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"                           \
  "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"

/* One client on two buffers. */
typedef struct Client {
  HttpSession *session;
  struct evbuffer *input;
  struct evbuffer *output;
  WebSocket *socket; /* NULL: gone */
  gboolean woken;
} Client;

typedef struct Fixture {
  struct event_base *base;
  HttpContext context;
  HttpRoutes *routes;
  HttpGate *gate;
  GPtrArray *clients; /* Client */
} Fixture;

static void closed_cb(WebSocket *socket, gpointer user_data) {
  Fixture *fixture = user_data;

  for (guint i = 0; i < fixture->clients->len; i++) {
    Client *client = g_ptr_array_index(fixture->clients, i);
    if (client->socket == socket)
      client->socket = NULL;
  }
}

static void open_socket(HttpRequest *request, gpointer user_data) {
  static const WebSocketEvents events = {.closed = closed_cb};
  Fixture *fixture = user_data;
  Client *client = g_ptr_array_index(fixture->clients, fixture->clients->len - 1);

  client->socket = websocket_accept(request, &events, fixture);
}

static const HttpRoute rows[] = {
    {.method = "GET", .pattern = "/socket", .handler = open_socket},
    {.pattern = NULL},
};

static void answered_cb(const HttpAccess *access, gpointer user_data) {}

static void wake_cb(gpointer user_data) {
  Client *client = user_data;

  client->woken = TRUE;
}

static void client_free(gpointer data) {
  Client *client = data;

  evbuffer_free(client->input);
  evbuffer_free(client->output);
  g_free(client);
}

static Fixture *fixture_new(void) {
  Fixture *fixture = g_new0(Fixture, 1);

  fixture->base = event_base_new();
  fixture->routes = http_routes_new("");
  http_routes_add(fixture->routes, rows, fixture);
  fixture->gate = http_gate_new(NULL, NULL);
  fixture->clients = g_ptr_array_new_with_free_func(client_free);
  fixture->context = (HttpContext){
      .base = fixture->base,
      .routes = fixture->routes,
      .gate = fixture->gate,
      .budget = http_budget_new(100 * 1000 * 1000),
      .keep_alive_ms = 60 * 1000,
      .answered = answered_cb,
  };
  return fixture;
}

static void fixture_free(Fixture *fixture) {
  for (guint i = 0; i < fixture->clients->len; i++)
    http_session_free(((Client *)g_ptr_array_index(fixture->clients, i))->session);
  g_ptr_array_unref(fixture->clients);
  g_assert_cmpuint(http_budget_held(fixture->context.budget), ==, 0);
  http_budget_unref(fixture->context.budget);
  http_gate_free(fixture->gate);
  http_routes_free(fixture->routes);
  event_base_free(fixture->base);
  g_free(fixture);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Fixture, fixture_free)

static HttpSessionStatus run(Client *client) {
  HttpSessionStatus status;

  do {
    client->woken = FALSE;
    status = http_session_read(client->session, client->input);
  } while (client->woken && status != HTTP_SESSION_DROPPED);
  return status;
}

static Client *connect_client(Fixture *fixture) {
  g_autoptr(GArray) addresses = net_address_resolve("127.0.0.1", 5000, NULL);
  const NetOrigin origin = {.name = "127.0.0.1:5000", .local = g_array_index(addresses, NetAddress, 0)};
  Client *client = g_new0(Client, 1);

  client->input = evbuffer_new();
  client->output = evbuffer_new();
  client->session = http_session_new(&fixture->context, &origin, client->output, wake_cb, client);
  g_ptr_array_add(fixture->clients, client);
  evbuffer_add(client->input, UPGRADE, strlen(UPGRADE));
  run(client);
  g_assert_nonnull(client->socket);
  evbuffer_drain(client->output, evbuffer_get_length(client->output)); /* the handshake */
  return client;
}

/* So that the frame has so many bytes. */
static GBytes *make_frame(Fixture *fixture, gsize n_bytes) {
  gsize n_head = n_bytes < 128 ? 2 : n_bytes < 65536 + 4 ? 4 : 10;
  g_autofree char *text = g_strnfill(n_bytes - n_head, 'x');
  GBytes *frame = websocket_frame(fixture->context.budget, text, n_bytes - n_head);

  g_assert_cmpuint(g_bytes_get_size(frame), ==, n_bytes);
  return frame;
}

static void test_lengths_of_frames(void) {
  static const struct {
    gsize len;
    guint8 head[10];
    gsize n_head;
  } cases[] = {
      {0, {0x81, 0}, 2},
      {125, {0x81, 125}, 2},
      {126, {0x81, 126, 0, 126}, 4},
      {65535, {0x81, 126, 0xff, 0xff}, 4},
      {65536, {0x81, 127, 0, 0, 0, 0, 0, 1, 0, 0}, 10},
  };
  g_autoptr(HttpBudget) budget = http_budget_new(100 * 1000);

  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autofree char *text = g_strnfill(cases[i].len, 'x');
    g_autoptr(GBytes) frame = websocket_frame(budget, text, cases[i].len);
    g_assert_cmpuint(g_bytes_get_size(frame), ==, cases[i].n_head + cases[i].len);
    g_assert_cmpmem(g_bytes_get_data(frame, NULL), cases[i].n_head, cases[i].head, cases[i].n_head);
    g_assert_cmpuint(http_budget_held(budget), ==, g_bytes_get_size(frame));
  }
  g_assert_cmpuint(http_budget_held(budget), ==, 0);
}

static void test_a_frame_that_does_not_fit_is_not_made(void) {
  g_autoptr(HttpBudget) budget = http_budget_new(102);
  g_autofree char *text = g_strnfill(101, 'x');
  g_autoptr(GBytes) fits = websocket_frame(budget, text, 100);

  g_assert_nonnull(fits);
  g_clear_pointer(&fits, g_bytes_unref);
  g_assert_null(websocket_frame(budget, text, 101));
}

static void test_all_sockets_share_a_frame(void) {
  g_autoptr(Fixture) fixture = fixture_new();
  enum { N_CLIENTS = 100, FRAME_BYTES = 100 * 1000 };

  for (int i = 0; i < N_CLIENTS; i++)
    connect_client(fixture);
  GBytes *frame = make_frame(fixture, FRAME_BYTES);
  for (int i = 0; i < N_CLIENTS; i++) {
    Client *client = g_ptr_array_index(fixture->clients, (guint)i);
    websocket_send(client->socket, frame);
    g_assert_cmpuint(evbuffer_get_length(client->output), ==, FRAME_BYTES);
  }
  g_bytes_unref(frame);
  g_assert_cmpuint(http_budget_held(fixture->context.budget), ==, FRAME_BYTES);
  for (int i = 0; i < N_CLIENTS; i++) {
    Client *client = g_ptr_array_index(fixture->clients, (guint)i);
    evbuffer_drain(client->output, FRAME_BYTES);
    g_assert_cmpuint(http_budget_held(fixture->context.budget), ==, i + 1 < N_CLIENTS ? FRAME_BYTES : 0);
  }
}

/* Sends until the socket is dropped, and says after how many frames. */
static guint count_until_dropped(gsize frame_bytes) {
  g_autoptr(Fixture) fixture = fixture_new();
  Client *client = connect_client(fixture);
  g_autoptr(GBytes) frame = make_frame(fixture, frame_bytes);
  guint n_sent = 0;

  while (run(client) != HTTP_SESSION_DROPPED) {
    websocket_send(client->socket, frame);
    n_sent++;
  }
  g_assert_null(client->socket);
  g_assert_cmpuint(fixture->context.counters.n_dropped_readers, ==, 1);
  return n_sent;
}

static void test_who_does_not_read_is_dropped_by_frames_and_by_bytes(void) {
  enum { HALF = WEBSOCKET_QUEUE_BYTES_MAX / 2 };

  g_assert_cmpuint(count_until_dropped(10), ==, WEBSOCKET_QUEUE_MAX + 1);
  g_assert_cmpuint(count_until_dropped(WEBSOCKET_QUEUE_BYTES_MAX / WEBSOCKET_QUEUE_MAX), ==, WEBSOCKET_QUEUE_MAX + 1);
  g_assert_cmpuint(count_until_dropped(HALF), ==, 3);
  g_assert_cmpuint(count_until_dropped(HALF + 1), ==, 2);
  g_assert_cmpuint(count_until_dropped(2 * WEBSOCKET_QUEUE_BYTES_MAX), ==, 2);
}

static void test_who_reads_is_not_dropped(void) {
  g_autoptr(Fixture) fixture = fixture_new();
  Client *client = connect_client(fixture);
  g_autoptr(GBytes) frame = make_frame(fixture, WEBSOCKET_QUEUE_BYTES_MAX / 4);

  for (int i = 0; i < 3 * WEBSOCKET_QUEUE_MAX; i++) {
    websocket_send(client->socket, frame);
    g_assert_cmpint(run(client), ==, HTTP_SESSION_WAITING);
    evbuffer_drain(client->output, g_bytes_get_size(frame));
  }
}

static void test_who_pings_without_reading_is_dropped(void) {
  static const guint8 ping[] = {0x89, 0x80, 1, 2, 3, 4}; /* masked, empty */
  g_autoptr(Fixture) fixture = fixture_new();
  Client *client = connect_client(fixture);
  HttpSessionStatus status = HTTP_SESSION_WAITING;

  for (int i = 0; i < 100 && status != HTTP_SESSION_DROPPED; i++) {
    for (int j = 0; j < 1000; j++)
      evbuffer_add(client->input, ping, sizeof ping);
    status = run(client);
    g_assert_cmpuint(evbuffer_get_length(client->output), <, 2 * WEBSOCKET_MESSAGE_MAX);
  }
  g_assert_cmpint(status, ==, HTTP_SESSION_DROPPED);
}

static void test_no_frame_follows_a_goodbye(void) {
  g_autoptr(Fixture) fixture = fixture_new();
  Client *client = connect_client(fixture);
  g_autoptr(GBytes) frame = make_frame(fixture, 10);

  websocket_close(client->socket, 1000, "bye");
  gsize len = evbuffer_get_length(client->output);
  websocket_send(client->socket, frame);
  g_assert_cmpuint(evbuffer_get_length(client->output), ==, len);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/websocket/lengths_of_frames", test_lengths_of_frames);
  g_test_add_func("/websocket/a_frame_that_does_not_fit_is_not_made", test_a_frame_that_does_not_fit_is_not_made);
  g_test_add_func("/websocket/all_sockets_share_a_frame", test_all_sockets_share_a_frame);
  g_test_add_func("/websocket/who_does_not_read_is_dropped_by_frames_and_by_bytes",
                  test_who_does_not_read_is_dropped_by_frames_and_by_bytes);
  g_test_add_func("/websocket/who_reads_is_not_dropped", test_who_reads_is_not_dropped);
  g_test_add_func("/websocket/who_pings_without_reading_is_dropped", test_who_pings_without_reading_is_dropped);
  g_test_add_func("/websocket/no_frame_follows_a_goodbye", test_no_frame_follows_a_goodbye);
  return g_test_run();
}
