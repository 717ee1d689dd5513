#include "http/stream.h"
#include "http/session_private.h"
#include <string.h>

struct HttpStream {
  HttpSession *session;
  const HttpStreamEvents *events;
  gpointer user_data;
  HttpFraming framing;
  HttpCharge *charge;
  gboolean is_head;
  gboolean keeps_alive;
  gboolean paused;
  gboolean ended;
};

static void drained_cb(gpointer data) {
  HttpStream *stream = data;

  if (!stream->paused || stream->ended)
    return;
  stream->paused = FALSE;
  stream->events->writable(stream, stream->user_data);
}

static void ending_cb(gpointer data) {
  HttpStream *stream = data;

  if (!stream->ended)
    http_stream_abort(stream);
}

static void closed_cb(gpointer data) {
  HttpStream *stream = data;

  stream->events->closed(stream, stream->user_data);
  http_charge_free(stream->charge);
  g_free(stream);
}

static const HttpTakeover takeover = {.drained = drained_cb, .ending = ending_cb, .closed = closed_cb};

/* A client of HTTP/1.0 knows no chunks; for it the end of the connection is the end. */
static HttpFraming framing_for(const HttpRequest *request) {
  return request->head.minor_version > 0 ? HTTP_FRAMING_CHUNKED : HTTP_FRAMING_CLOSE;
}

HttpStream *http_stream_open(HttpRequest *request, HttpResponse *response, const HttpStreamEvents *events,
                             gpointer user_data) {
  g_autoptr(GBytes) first = g_bytes_ref(response->bytes);

  if (!request->session) {
    http_response_free(response);
    http_request_free(request);
    return NULL;
  }
  HttpCharge *charge = http_charge_new(request->budget, HTTP_STREAM_PAUSE);
  if (!charge) {
    http_response_free(response);
    http_request_answer(request, http_response_no_room());
    return NULL;
  }
  HttpStream *stream = g_new0(HttpStream, 1);
  stream->charge = charge;
  stream->session = request->session;
  stream->events = events;
  stream->user_data = user_data;
  stream->framing = framing_for(request);
  request->keeps_alive = request->keeps_alive && stream->framing == HTTP_FRAMING_CHUNKED;
  stream->keeps_alive = request->keeps_alive;
  stream->is_head = strcmp(request->head.method, "HEAD") == 0;
  http_session_take_over(request->session, request, response, stream->framing, &takeover, stream);
  http_stream_write(stream, first);
  if (stream->is_head)
    http_stream_end(stream);
  return stream;
}

gboolean http_stream_write(HttpStream *stream, GBytes *bytes) {
  struct evbuffer *output = stream->session->output;
  gsize len = g_bytes_get_size(bytes);

  if (stream->ended || stream->is_head)
    return FALSE;
  if (evbuffer_get_length(output) >= HTTP_STREAM_QUEUE_MAX) {
    stream->session->context->counters.n_dropped_readers++;
    http_stream_abort(stream);
    return FALSE;
  }
  if (len > 0) { /* a chunk without bytes would be the last */
    if (stream->framing == HTTP_FRAMING_CHUNKED)
      evbuffer_add_printf(output, "%zx\r\n", len);
    http_session_add_bytes(stream->session, bytes);
    if (stream->framing == HTTP_FRAMING_CHUNKED)
      evbuffer_add(output, "\r\n", 2);
    stream->session->context->counters.sent_bytes += len;
    stream->session->wake(stream->session->wake_data);
  }
  stream->paused = evbuffer_get_length(output) >= HTTP_STREAM_PAUSE;
  return !stream->paused;
}

gboolean http_stream_waits(const HttpStream *stream) {
  return evbuffer_get_length(stream->session->output) > 0;
}

void http_stream_end(HttpStream *stream) {
  if (stream->ended)
    return;
  stream->ended = TRUE;
  if (stream->framing == HTTP_FRAMING_CHUNKED && !stream->is_head)
    evbuffer_add(stream->session->output, "0\r\n\r\n", 5);
  http_session_give_back(stream->session, stream->keeps_alive);
}

void http_stream_abort(HttpStream *stream) {
  if (stream->ended)
    return;
  stream->ended = TRUE;
  http_session_drop(stream->session);
}
