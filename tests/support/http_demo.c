/* An HTTP server with routes of every kind that src/http/ offers, and no messages, for tests with clients that others
 * wrote. It listens at a free port, prints where and then what happens on standard output, and ends with standard
 * input. */
#include "http/event_stream.h"
#include "http/response.h"
#include "http/server.h"
#include "http/stream.h"
#include "http/websocket.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { KEEP_ALIVE_MS = 200, LARGE_BODY_MAX = 64 * 1024 * 1024, FLOOD_BYTES = 32 * 1024 };

typedef struct Demo {
  struct event_base *base;
  NetService *service;
  struct event *flood;
  EventStream *flooded_stream;
  WebSocket *flooded_socket;
  HttpBudget *budget; /* of what is sent by streams and sockets */
  GBytes *flood_event;
  GBytes *flood_frame;
} Demo;

static void say(const char *text) {
  puts(text);
  fflush(stdout);
}

/* --- answers */

static void get_text(HttpRequest *request, gpointer user_data) {
  const char *size = http_request_query(request, "size");
  gsize len = size ? g_ascii_strtoull(size, NULL, 10) : 5;
  g_autofree char *text = g_strnfill(len, 'x');
  g_autoptr(GBytes) bytes = g_bytes_new_take(g_steal_pointer(&text), len);
  HttpResponse *response = http_response_bytes(200, "text/plain; charset=utf-8", bytes);

  http_response_set_etag(response, "1");
  http_request_answer(request, response);
}

static void post_echo(HttpRequest *request, gpointer user_data) {
  http_request_answer(request, http_response_bytes(200, "application/octet-stream", http_request_body(request)));
}

static void post_size(HttpRequest *request, gpointer user_data) {
  g_autofree char *text = g_strdup_printf("%zu", g_bytes_get_size(http_request_body(request)));

  http_request_answer(request, http_response_text(200, text));
}

static void get_part(HttpRequest *request, gpointer user_data) {
  static const char html[] = "<script>document.title = 'owned'</script>";
  g_autoptr(GBytes) bytes = g_bytes_new_static(html, strlen(html));
  HttpResponse *response = http_response_hostile(http_request_query(request, "type"), bytes);

  http_response_set_disposition(response, FALSE, http_request_query(request, "name"));
  http_request_answer(request, response);
}

static void cancelled_cb(gpointer user_data) {
  say("cancelled");
  http_request_answer(user_data, http_response_text(200, "to nobody"));
}

static void get_never(HttpRequest *request, gpointer user_data) {
  http_request_on_cancel(request, cancelled_cb, request);
  say("waiting");
}

/* --- streams */

typedef struct Export {
  guint n_left;
} Export;

static void export_some(HttpStream *stream, gpointer user_data) {
  Export *export = user_data;

  while (export->n_left > 0) {
    g_autofree char *line = g_strdup_printf("%099u\n", export->n_left--);
    g_autoptr(GBytes) bytes = g_bytes_new(line, strlen(line));
    if (!http_stream_write(stream, bytes))
      return;
  }
  http_stream_end(stream);
}

static void export_closed(HttpStream *stream, gpointer user_data) {
  say("export closed");
  g_free(user_data);
}

static void get_export(HttpRequest *request, gpointer user_data) {
  static const HttpStreamEvents events = {.writable = export_some, .closed = export_closed};
  Export *export = g_new0(Export, 1);
  HttpStream *stream = http_stream_open(request, http_response_text(200, ""), &events, export);

  export->n_left = 100 * 1000;
  if (stream)
    export_some(stream, export);
}

static void events_closed(EventStream *stream, gpointer user_data) {
  Demo *demo = user_data;

  if (demo->flooded_stream == stream)
    demo->flooded_stream = NULL;
  say("events closed");
}

static void get_events(HttpRequest *request, gpointer user_data) {
  const Demo *demo = user_data;
  const char *last_id = http_request_header(request, "Last-Event-ID");
  guint first = last_id ? (guint)g_ascii_strtoull(last_id, NULL, 10) + 1 : 1;
  EventStream *stream = event_stream_open(request, events_closed, user_data);

  for (guint i = first; stream && i < first + 3; i++) {
    g_autofree char *id = g_strdup_printf("%u", i);
    g_autoptr(GBytes) event = event_stream_print(demo->budget, id, "count", id, strlen(id));
    event_stream_send(stream, event);
  }
}

static void flood_cb(evutil_socket_t fd, short what, void *user_data) {
  Demo *demo = user_data;

  if (demo->flooded_stream)
    event_stream_send(demo->flooded_stream, demo->flood_event);
  if (demo->flooded_socket)
    websocket_send(demo->flooded_socket, demo->flood_frame);
}

static void get_event_flood(HttpRequest *request, gpointer user_data) {
  Demo *demo = user_data;

  demo->flooded_stream = event_stream_open(request, events_closed, demo);
}

/* --- WebSockets */

static void socket_message(WebSocket *socket, const char *text, gsize len, gpointer user_data) {
  const Demo *demo = user_data;
  g_autoptr(GBytes) frame = websocket_frame(demo->budget, text, len);

  if (len == 4 && strncmp(text, "quit", len) == 0)
    websocket_close(socket, 1000, "as asked");
  else
    websocket_send(socket, frame);
}

static void socket_closed(WebSocket *socket, gpointer user_data) {
  Demo *demo = user_data;

  if (demo->flooded_socket == socket)
    demo->flooded_socket = NULL;
  say("socket closed");
}

static const WebSocketEvents socket_events = {.message = socket_message, .closed = socket_closed};

static void get_socket(HttpRequest *request, gpointer user_data) {
  websocket_accept(request, &socket_events, user_data);
}

static void get_socket_flood(HttpRequest *request, gpointer user_data) {
  Demo *demo = user_data;

  demo->flooded_socket = websocket_accept(request, &socket_events, demo);
}

static const HttpRoute routes_table[] = {
    {.method = "GET", .pattern = "/text", .handler = get_text},
    {.method = "POST", .pattern = "/echo", .handler = post_echo},
    {.method = "POST", .pattern = "/size", .handler = post_size, .body_max_bytes = LARGE_BODY_MAX},
    {.method = "GET", .pattern = "/part", .handler = get_part},
    {.method = "GET", .pattern = "/never", .handler = get_never},
    {.method = "GET", .pattern = "/export", .handler = get_export},
    {.method = "GET", .pattern = "/events", .handler = get_events},
    {.method = "GET", .pattern = "/event-flood", .handler = get_event_flood},
    {.method = "GET", .pattern = "/socket", .handler = get_socket},
    {.method = "GET", .pattern = "/socket-flood", .handler = get_socket_flood},
    {.pattern = NULL},
};

/* --- the program */

static void answered_cb(const HttpAccess *access, gpointer user_data) {}

static void turned_away_cb(gpointer user_data, const char *peer, NetTurnedAway why) {
  say("not taken");
}

static void stopped_cb(gpointer user_data) {
  Demo *demo = user_data;

  event_base_loopbreak(demo->base);
}

static void stdin_cb(evutil_socket_t fd, short what, void *user_data) {
  Demo *demo = user_data;
  char bytes[64];

  if (read(fd, bytes, sizeof bytes) <= 0)
    net_service_stop(demo->service, 2000);
}

int main(int argc, char **argv) {
  static const NetServiceEvents events = {.turned_away = turned_away_cb, .stopped = stopped_cb};
  static const NetServiceOptions service_options = {.max_connections = 50, .timeout_ms = 60 * 1000};
  static const HttpServerOptions options = {.max_held_bytes = 2 * LARGE_BODY_MAX, .keep_alive_ms = KEEP_ALIVE_MS};
  const struct timeval flood_interval = {.tv_usec = 1000};
  g_autoptr(GArray) addresses = net_address_resolve("127.0.0.1", 0, NULL);
  g_autoptr(HttpRoutes) routes = http_routes_new("");
  g_autoptr(HttpGate) gate = http_gate_new(NULL, NULL);
  g_autofree char *filling = g_strnfill(FLOOD_BYTES, 'x');
  Demo demo = {.base = event_base_new(), .budget = http_budget_new(2 * LARGE_BODY_MAX)};
  LoopQueue *queue = loop_queue_new(demo.base, NULL);

  demo.flood_event = event_stream_print(demo.budget, NULL, NULL, filling, FLOOD_BYTES);
  demo.flood_frame = websocket_frame(demo.budget, filling, FLOOD_BYTES);
  signal(SIGPIPE, SIG_IGN);
  http_routes_add(routes, routes_table, &demo);
  HttpServer *server = http_server_new(demo.base, queue, &options, routes, gate, NULL, answered_cb, NULL);
  demo.service = net_service_new(demo.base, &service_options, &http_protocol, server, &events, &demo);
  const NetAddress *bound = net_service_listen(demo.service, &g_array_index(addresses, NetAddress, 0), NULL, NULL);
  http_gate_add_address(gate, bound);
  g_autofree char *name = net_address_format(bound);
  say(name);

  demo.flood = event_new(demo.base, -1, EV_PERSIST, flood_cb, &demo);
  event_add(demo.flood, &flood_interval);
  struct event *input = event_new(demo.base, STDIN_FILENO, EV_READ | EV_PERSIST, stdin_cb, &demo);
  event_add(input, NULL);
  event_base_dispatch(demo.base);

  net_service_free(demo.service);
  http_server_free(server);
  loop_queue_free(queue);
  event_free(input);
  event_free(demo.flood);
  event_base_free(demo.base);
  g_bytes_unref(demo.flood_event);
  g_bytes_unref(demo.flood_frame);
  http_budget_unref(demo.budget);
  return 0;
}
