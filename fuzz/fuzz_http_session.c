/* An HTTP connection from the first byte, with routes of every kind. The first byte of the input chooses how the rest
 * is split, and when what handlers hold is answered. Checked: it ends, frees everything, keeps its bounds, and what
 * comes out begins like HTTP. */
#include "fuzz.h"
#include "http/event_stream.h"
#include "http/response.h"
#include "http/session.h"
#include "http/stream.h"
#include "http/websocket.h"

#include <string.h>

enum { BUDGET_BYTES = 200 * 1000 };

typedef struct Play {
  HttpRequest *held;
  HttpStream *stream;
  HttpBudget *budget;
  gboolean woken;
} Play;

static void echo(HttpRequest *request, gpointer user_data) {
  const char *type = http_request_header(request, "Content-Type");
  HttpResponse *response = http_response_hostile(type ? type : "", http_request_body(request));

  http_response_set_disposition(response, TRUE, http_request_query(request, "name"));
  http_response_set_etag(response, "tag");
  http_request_answer(request, response);
}

static void say_id(HttpRequest *request, gpointer user_data) {
  g_assert_true(g_utf8_validate(http_request_param(request, "id"), -1, NULL));
  http_request_answer(request, http_response_error(400, "%s", http_request_param(request, "id")));
}

static void nothing(gpointer user_data) {}

static void hold(HttpRequest *request, gpointer user_data) {
  Play *play = user_data;

  if (play->held)
    http_request_answer(play->held, http_response_text(200, "late"));
  play->held = request;
  if (http_request_query(request, "cancel"))
    http_request_on_cancel(request, nothing, NULL);
}

static void stream_writable(HttpStream *stream, gpointer user_data) {
  http_stream_end(stream);
}

static void stream_closed(HttpStream *stream, gpointer user_data) {
  Play *play = user_data;

  play->stream = NULL;
}

static void open_stream(HttpRequest *request, gpointer user_data) {
  static const HttpStreamEvents events = {.writable = stream_writable, .closed = stream_closed};
  Play *play = user_data;

  play->stream = http_stream_open(request, http_response_text(200, "x"), &events, play);
}

static void events_closed(EventStream *stream, gpointer user_data) {}

static void open_events(HttpRequest *request, gpointer user_data) {
  const Play *play = user_data;
  g_autofree char *id = g_strdup(http_request_header(request, "Last-Event-ID"));
  EventStream *stream = event_stream_open(request, events_closed, NULL);

  if (!stream)
    return;
  g_autoptr(GBytes) event = event_stream_print(play->budget, NULL, "echo", id ? id : "", id ? strlen(id) : 0);
  if (event)
    event_stream_send(stream, event);
  event_stream_close(stream);
}

static void socket_message(WebSocket *socket, const char *text, gsize len, gpointer user_data) {
  for (gsize at = 0; at < len; at += strnlen(text + at, len - at) + 1) /* NUL is UTF-8, which GLib denies */
    g_assert_true(g_utf8_validate_len(text + at, strnlen(text + at, len - at), NULL));
  const Play *play = user_data;
  g_autoptr(GBytes) frame = websocket_frame(play->budget, text, len);
  if (frame)
    websocket_send(socket, frame);
}

static void socket_closed(WebSocket *socket, gpointer user_data) {}

static void open_socket(HttpRequest *request, gpointer user_data) {
  static const WebSocketEvents events = {.message = socket_message, .closed = socket_closed};

  websocket_accept(request, &events, user_data);
}

static const HttpRoute rows[] = {
    {.method = "GET", .pattern = "/e", .handler = echo},
    {.method = "POST", .pattern = "/e", .handler = echo, .body_max_bytes = 1000},
    {.method = "GET", .pattern = "/i/{id}.x", .handler = say_id},
    {.method = "GET", .pattern = "/h", .handler = hold},
    {.method = "GET", .pattern = "/s", .handler = open_stream},
    {.method = "GET", .pattern = "/v", .handler = open_events},
    {.method = "GET", .pattern = "/w", .handler = open_socket},
    {.pattern = NULL},
};

static void wake(gpointer user_data) {
  Play *play = user_data;

  play->woken = TRUE;
}

static void answered(const HttpAccess *access, gpointer user_data) {
  g_assert_true(access->status >= 100 && access->status < 600);
}

static HttpSessionStatus feed(HttpSession *session, Play *play, struct evbuffer *input, struct evbuffer *output,
                              gboolean answers) {
  HttpSessionStatus status;

  do {
    play->woken = FALSE;
    status = http_session_read(session, input);
    g_assert_cmpuint(evbuffer_get_length(output), <, 2 * HTTP_STREAM_QUEUE_MAX);
    evbuffer_drain(output, evbuffer_get_length(output));
    if (answers && play->held)
      http_request_answer(g_steal_pointer(&play->held), http_response_text(200, "late"));
    if (answers && play->stream)
      http_stream_end(play->stream);
  } while (status != HTTP_SESSION_DROPPED && (play->woken || status == HTTP_SESSION_BLOCKED));
  return status;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n_bytes) {
  if (n_bytes < 1)
    return 0;
  g_autoptr(HttpRoutes) routes = http_routes_new("");
  g_autoptr(HttpGate) gate = http_gate_new(NULL, NULL);
  g_autoptr(GArray) peers = net_address_resolve("192.0.2.1", 5000, NULL);
  g_autoptr(GArray) addresses = net_address_resolve("127.0.0.1", 80, NULL);
  g_autoptr(HttpBudget) budget = http_budget_new(BUDGET_BYTES);
  Play play = {.budget = budget};
  HttpContext context = {.base = event_base_new(),
                         .routes = routes,
                         .gate = gate,
                         .budget = budget,
                         .keep_alive_ms = 1000,
                         .answered = answered};
  struct evbuffer *input = evbuffer_new();
  struct evbuffer *output = evbuffer_new();
  gsize step = (bytes[0] & 1) != 0 ? 1 + (gsize)(bytes[0] >> 4) : n_bytes;
  HttpSessionStatus status = HTTP_SESSION_READING;

  http_routes_add(routes, rows, &play);
  const NetOrigin origin = {.name = "127.0.0.1:5000",
                            .key = net_peer_key(&g_array_index(peers, NetAddress, 0)),
                            .local = g_array_index(addresses, NetAddress, 0),
                            .is_local = TRUE};
  HttpSession *session = http_session_new(&context, &origin, output, wake, &play);
  for (gsize at = 1; at < n_bytes && status <= HTTP_SESSION_BLOCKED; at += step) {
    evbuffer_add(input, bytes + at, MIN(step, n_bytes - at));
    status = feed(session, &play, input, output, (bytes[0] & 2) != 0);
  }
  if (status <= HTTP_SESSION_BLOCKED && (bytes[0] & 4) != 0) {
    http_session_input_ended(session);
    feed(session, &play, input, output, FALSE);
  }
  http_session_free(session);
  if (play.held)
    http_request_answer(play.held, http_response_text(200, "to nobody"));
  evbuffer_free(input);
  evbuffer_free(output);
  g_assert_cmpuint(http_budget_held(budget), ==, 0);
  event_base_free(context.base);
  return 0;
}
