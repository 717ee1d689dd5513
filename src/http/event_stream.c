#include "http/event_stream.h"
#include "http/session_private.h"
#include "http/stream.h"
#include <string.h>

struct EventStream {
  HttpStream *stream;
  struct event *heartbeat;
  void (*closed)(EventStream *stream, gpointer user_data);
  void (*writable)(EventStream *stream, gpointer user_data); /* NULL: nobody asks */
  gpointer user_data;
};

static void heartbeat_cb(evutil_socket_t fd, short what, void *user_data) {
  EventStream *events = user_data;
  g_autoptr(GBytes) comment = g_bytes_new_static(":\n\n", 3);

  if (!http_stream_waits(events->stream)) /* else there is something to be seen on its way */
    http_stream_write(events->stream, comment);
}

static void writable_cb(HttpStream *stream, gpointer user_data) {
  EventStream *events = user_data;

  if (events->writable)
    events->writable(events, events->user_data);
}

static void closed_cb(HttpStream *stream, gpointer user_data) {
  EventStream *events = user_data;

  events->closed(events, events->user_data);
  event_free(events->heartbeat);
  g_free(events);
}

static const HttpStreamEvents stream_events = {.writable = writable_cb, .closed = closed_cb};

static HttpResponse *make_head(void) {
  HttpResponse *response = http_response_new(200);

  http_response_set_header(response, "Content-Type", "text/event-stream; charset=utf-8");
  http_response_set_header(response, "X-Accel-Buffering", "no"); /* a proxy is not to keep events back */
  return response;
}

EventStream *event_stream_open(HttpRequest *request, void (*closed)(EventStream *stream, gpointer user_data),
                               gpointer user_data) {
  HttpContext *context = request->session ? request->session->context : NULL;
  EventStream *events = g_new0(EventStream, 1);

  events->closed = closed;
  events->user_data = user_data;
  events->stream = http_stream_open(request, make_head(), &stream_events, events);
  if (!context || !events->stream) {
    g_free(events);
    return NULL;
  }
  const struct timeval interval = {.tv_sec = context->keep_alive_ms / 1000,
                                   .tv_usec = (context->keep_alive_ms % 1000) * 1000};
  events->heartbeat = event_new(context->base, -1, EV_PERSIST, heartbeat_cb, events);
  event_add(events->heartbeat, &interval);
  return events;
}

void event_stream_on_writable(EventStream *stream, void (*func)(EventStream *stream, gpointer user_data)) {
  stream->writable = func;
}

/* A line end of any kind begins a new "data:" line (HTML standard, 9.2.6). */
static void append_data(GString *text, const char *data, const char *end) {
  const char *line_end;

  do {
    for (line_end = data; line_end < end && *line_end != '\r' && *line_end != '\n'; line_end++)
      ;
    g_string_append(text, "data: ");
    g_string_append_len(text, data, line_end - data);
    g_string_append_c(text, '\n');
    data = line_end + (end - line_end > 1 && strncmp(line_end, "\r\n", 2) == 0 ? 2 : 1);
  } while (line_end < end);
}

/* What an event has at most beside its data: one line end can become six bytes more. */
static gsize event_bytes(const char *id, const char *event, const char *data, gsize len) {
  gsize n_lines = 1;

  for (gsize i = 0; i < len; i++)
    n_lines += data[i] == '\r' || data[i] == '\n';
  return len + n_lines * strlen("data: \n") + (id ? strlen(id) : 0) + (event ? strlen(event) : 0) +
         strlen("id: \nevent: \n\n");
}

GBytes *event_stream_print(HttpBudget *budget, const char *id, const char *event, const char *data, gsize len) {
  gsize n_bytes = event_bytes(id, event, data, len);
  g_autoptr(HttpCharge) charge = http_charge_new(budget, n_bytes);

  if (!charge)
    return NULL;
  GString *text = g_string_sized_new(n_bytes);
  if (id)
    g_string_append_printf(text, "id: %s\n", id);
  if (event)
    g_string_append_printf(text, "event: %s\n", event);
  append_data(text, data, data + len);
  g_string_append_c(text, '\n');
  return http_charge_attach(g_steal_pointer(&charge), g_string_free_to_bytes(text));
}

gboolean event_stream_send(EventStream *stream, GBytes *event) {
  return http_stream_write(stream->stream, event);
}

void event_stream_close(EventStream *stream) {
  http_stream_end(stream->stream);
}
