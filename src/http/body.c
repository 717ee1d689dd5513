#include "http/body.h"

typedef struct Body {
  HttpSession *session; /* NULL: the client has gone */
  LoopQueue *queue;
  Strand *readers;
  HttpSource source;
  HttpCharge *charge; /* for a piece */
  guint64 n_to_skip;  /* of the source, for a range */
  guint64 n_left;     /* to be sent, as far as is known */
  HttpFraming framing;
  gboolean keeps_alive; /* another request may follow */
  gboolean is_reading;  /* a helper thread has the source */
  GBytes *piece;        /* what it read; NULL: there was nothing more */
} Body;

static void body_free(Body *body) {
  body->source.free(body->source.data);
  http_charge_free(body->charge);
  g_clear_pointer(&body->piece, g_bytes_unref);
  g_free(body);
}

static void send_piece(Body *body) {
  HttpSession *session = body->session;
  gsize len = g_bytes_get_size(body->piece);

  body->n_left -= body->framing == HTTP_FRAMING_LENGTH ? len : 0;
  session->phase_bytes += len;
  if (body->framing == HTTP_FRAMING_CHUNKED)
    evbuffer_add_printf(session->output, "%zx\r\n", len);
  http_session_add_bytes(session, body->piece);
  if (body->framing == HTTP_FRAMING_CHUNKED)
    evbuffer_add(session->output, "\r\n", 2);
  g_clear_pointer(&body->piece, g_bytes_unref);
  if (body->n_left == 0)
    http_session_give_back(session, body->keeps_alive);
  else
    session->wake(session->wake_data);
}

/* The source has no more. */
static void end(Body *body) {
  HttpSession *session = body->session;

  if (body->framing == HTTP_FRAMING_LENGTH) {
    http_session_drop(session);
    return;
  }
  if (body->framing == HTTP_FRAMING_CHUNKED)
    evbuffer_add(session->output, "0\r\n\r\n", 5);
  body->n_left = 0;
  http_session_give_back(session, body->keeps_alive && body->framing == HTTP_FRAMING_CHUNKED);
}

static void read_done_cb(gpointer data) {
  Body *body = data;

  body->is_reading = FALSE;
  if (!body->session) {
    body_free(body); /* and the server may have gone, too */
  } else if (body->piece) {
    send_piece(body);
  } else {
    end(body);
  }
}

/* The part of `len` bytes just read that is to be sent. */
static gsize cut(Body *body, gsize *first, gsize len) {
  *first = (gsize)MIN(body->n_to_skip, len);
  body->n_to_skip -= *first;
  return (gsize)MIN(len - *first, body->n_left);
}

/* On a helper thread. */
static void read_cb(gpointer data) {
  Body *body = data;
  guint8 *bytes = g_malloc(HTTP_SOURCE_PIECE);
  gsize len, first = 0, n_bytes = 0;

  while (n_bytes == 0 && (len = body->source.read(body->source.data, bytes)) > 0)
    n_bytes = cut(body, &first, len);
  g_autoptr(GBytes) piece = g_bytes_new_take(bytes, HTTP_SOURCE_PIECE);
  body->piece = n_bytes > 0 ? g_bytes_new_from_bytes(piece, first, n_bytes) : NULL;
  loop_queue_post(body->queue, read_done_cb, body);
}

static void drained_cb(gpointer data) {
  Body *body = data;

  if (body->is_reading || body->n_left == 0)
    return;
  body->is_reading = TRUE;
  strand_run(body->readers, read_cb, body);
}

/* What has begun may be read to its end, as long as the server's grace lasts. */
static void ending_cb(gpointer data) {
  Body *body = data;

  body->keeps_alive = FALSE;
}

static void closed_cb(gpointer data) {
  Body *body = data;

  body->session = NULL;
  if (!body->is_reading)
    body_free(body);
}

static const HttpTakeover takeover = {
    .is_answer = TRUE, .drained = drained_cb, .ending = ending_cb, .closed = closed_cb};

/* A client of HTTP/1.0 knows no chunks; for it the end of the connection is the end. */
static HttpFraming framing_for(const HttpRequest *request, const HttpResponse *response) {
  if (http_response_has_length(response))
    return HTTP_FRAMING_LENGTH;
  return request->head.minor_version > 0 ? HTTP_FRAMING_CHUNKED : HTTP_FRAMING_CLOSE;
}

void http_body_send(HttpSession *session, HttpRequest *request, HttpResponse *response) {
  HttpContext *context = session->context;
  HttpCharge *charge = http_charge_new(request->budget, HTTP_SOURCE_PIECE);

  if (!charge) {
    http_response_free(response);
    http_session_send(session, request, http_response_no_room());
    return;
  }
  Body *body = g_new(Body, 1);
  *body = (Body){
      .session = session,
      .queue = context->queue,
      .readers = context->body_readers,
      .source = response->source,
      .charge = charge,
      .n_to_skip = response->source_first,
      .n_left = response->source_len,
      .framing = framing_for(request, response),
      .keeps_alive = request->keeps_alive,
  };
  response->source.free = NULL; /* it is the body's now; the head still tells its length */
  request->keeps_alive = request->keeps_alive && body->framing != HTTP_FRAMING_CLOSE;
  http_session_take_over(session, request, response, body->framing, &takeover, body);
}
