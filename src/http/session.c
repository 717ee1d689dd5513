#include "http/session_private.h"
#include "net/conn.h"

/* A client has FLOOR_MS for a body or an answer, and a second more for each so many bytes of it. */
enum { HEAD_MS = 10 * 1000, IDLE_MS = 60 * 1000, FLOOR_MS = 30 * 1000, BYTES_PER_SECOND_MIN = 16 * 1024 };

void http_session_begin_phase(HttpSession *session, HttpState state) {
  session->state = state;
  session->phase_start_us = g_get_monotonic_time();
  session->phase_bytes = 0;
}

/* --- answers */

static void sent_cb(const void *data, size_t len, void *user_data) {
  g_bytes_unref(user_data);
}

/* A reference costs more than a kilobyte of the output's own. */
enum { COPIED_MAX = 4 * 1024 };

void http_session_add_bytes(HttpSession *session, GBytes *bytes) {
  gsize len;
  const void *data = g_bytes_get_data(bytes, &len);

  if (len <= COPIED_MAX)
    evbuffer_add(session->output, data, len);
  else if (evbuffer_add_reference(session->output, data, len, sent_cb, g_bytes_ref(bytes)) != 0)
    g_bytes_unref(bytes);
}

static void report(HttpSession *session, const HttpRequest *request, const HttpResponse *response, guint64 n_bytes) {
  HttpContext *context = session->context;
  const HttpAccess access = {
      .peer = session->peer,
      .method = request->head.method ? request->head.method : "",
      .target = request->head.target ? request->head.target : "",
      .user = request->user,
      .status = response->status,
      .problem = response->problem,
      .sent_bytes = n_bytes,
      .duration_us = g_get_monotonic_time() - request->start_us,
  };

  context->counters.n_by_class[MIN(response->status / 100, G_N_ELEMENTS(context->counters.n_by_class) - 1)]++;
  context->counters.sent_bytes += n_bytes;
  context->answered(&access, context->user_data);
}

static gboolean may_keep(const HttpSession *session, const HttpRequest *request) {
  return request->keeps_alive && !session->shutting_down;
}

void http_session_send(HttpSession *session, HttpRequest *request, HttpResponse *response) {
  gsize before = evbuffer_get_length(session->output);

  response = http_response_count(response, session->context->budget);
  gboolean body_is_sent = http_status_has_body(response->status) && g_strcmp0(request->head.method, "HEAD") != 0;
  /* What still comes of a body that was not read must not be taken for a request. */
  gboolean body_is_left = session->state == HTTP_STATE_BODY;
  gboolean keeps_alive = may_keep(session, request) && !body_is_left;

  HttpFraming framing = http_response_has_length(response) ? HTTP_FRAMING_LENGTH : HTTP_FRAMING_CHUNKED;

  http_response_print_head(response, &request->head, framing, keeps_alive, request->allow_origin, session->output);
  if (body_is_sent && g_bytes_get_size(response->bytes) > 0)
    http_session_add_bytes(session, response->bytes);
  report(session, request, response, evbuffer_get_length(session->output) - before);
  http_session_begin_phase(session, keeps_alive ? HTTP_STATE_HEAD : body_is_left ? HTTP_STATE_CUT : HTTP_STATE_DONE);
  session->request = NULL;
  session->is_handed_out = FALSE;
  http_response_free(response);
  http_request_free(request);
  session->wake(session->wake_data);
}

void http_session_take_over(HttpSession *session, HttpRequest *request, HttpResponse *response, HttpFraming framing,
                            const HttpTakeover *takeover, gpointer data) {
  http_response_print_head(response, &request->head, framing, may_keep(session, request), request->allow_origin,
                           session->output);
  report(session, request, response, framing == HTTP_FRAMING_LENGTH ? http_response_length(response) : 0);
  session->context->counters.n_open_streams++;
  session->takeover = takeover;
  session->takeover_data = data;
  http_session_begin_phase(session, HTTP_STATE_TAKEN_OVER);
  session->request = NULL;
  session->is_handed_out = FALSE;
  http_response_free(response);
  http_request_free(request);
  session->wake(session->wake_data);
}

static void end_takeover(HttpSession *session) {
  const HttpTakeover *takeover = g_steal_pointer(&session->takeover);

  if (!takeover)
    return;
  session->context->counters.n_open_streams--;
  takeover->closed(session->takeover_data);
}

void http_session_give_back(HttpSession *session, gboolean keep) {
  if (session->state != HTTP_STATE_TAKEN_OVER)
    return; /* the client went first, or took too long */
  session->takeover_over = TRUE;
  http_session_begin_phase(session, keep && !session->shutting_down ? HTTP_STATE_HEAD : HTTP_STATE_CUT);
  session->wake(session->wake_data);
}

void http_session_drop(HttpSession *session) {
  session->takeover_over = TRUE;
  session->state = HTTP_STATE_DROPPED;
  session->wake(session->wake_data);
}

/* --- reading: each step takes what it can; TRUE: there may be more to do */

static gsize first_bytes(struct evbuffer *input, const char **out_bytes) {
  struct evbuffer_iovec vec;

  if (evbuffer_peek(input, -1, NULL, &vec, 1) < 1)
    return 0;
  *out_bytes = vec.iov_base;
  return vec.iov_len;
}

static gboolean read_head(HttpSession *session, struct evbuffer *input) {
  const char *bytes;
  gsize len = first_bytes(input, &bytes);
  gsize n_taken;
  HttpRejection rejection;

  if (len == 0) {
    if (session->input_ended)
      session->state = HTTP_STATE_DONE;
    return FALSE;
  }
  if (!session->reader.text)
    http_session_begin_phase(session, HTTP_STATE_HEAD);
  HttpHeadState state = http_head_reader_take(&session->reader, bytes, len, &n_taken, &rejection);
  evbuffer_drain(input, n_taken);
  if (state == HTTP_HEAD_COMPLETE) {
    http_session_begin_request(session);
  } else if (state == HTTP_HEAD_REJECTED) {
    http_head_reader_clear(&session->reader);
    session->request = http_request_new(session);
    http_session_refuse_and_close(session, &rejection);
  }
  return TRUE;
}

static gboolean read_sized_body(HttpSession *session, const char *bytes, gsize len, gsize *out_taken) {
  *out_taken = (gsize)MIN(session->body_left, len);
  g_byte_array_append(session->body, (const guint8 *)bytes, (guint)*out_taken);
  session->body_left -= *out_taken;
  return session->body_left == 0;
}

/* TRUE: the body is complete, or has been rejected. */
static gboolean read_chunked_body(HttpSession *session, const char *bytes, gsize len, gsize *out_taken) {
  const char *content;
  gsize content_len;
  HttpChunkedStatus status = http_chunked_take(&session->chunked, bytes, len, out_taken, &content, &content_len);
  HttpRejection rejection = {0};

  if (status == HTTP_CHUNKED_BROKEN)
    rejection = (HttpRejection){400, "the body's chunked encoding is invalid"};
  else
    rejection = http_session_make_room(session, session->request, content_len);
  if (rejection.status != 0) {
    http_session_refuse_and_close(session, &rejection);
    return TRUE;
  }
  if (content_len > 0)
    g_byte_array_append(session->body, (const guint8 *)content, (guint)content_len);
  return status == HTTP_CHUNKED_DONE;
}

static gboolean read_body(HttpSession *session, struct evbuffer *input) {
  const char *bytes;
  gsize len = first_bytes(input, &bytes);
  gsize n_taken = 0;

  if (len == 0) {
    if (session->input_ended)
      session->state = HTTP_STATE_DROPPED;
    return FALSE;
  }
  gboolean over = session->request->head.is_chunked ? read_chunked_body(session, bytes, len, &n_taken)
                                                    : read_sized_body(session, bytes, len, &n_taken);
  session->phase_bytes += n_taken;
  evbuffer_drain(input, n_taken);
  if (over && session->state == HTTP_STATE_BODY)
    http_session_call_handler(session);
  return TRUE;
}

static gboolean serve_takeover(HttpSession *session, struct evbuffer *input) {
  const HttpTakeover *takeover = session->takeover;

  if (takeover->input && evbuffer_get_length(input) > 0)
    takeover->input(input, session->takeover_data);
  if (session->state == HTTP_STATE_TAKEN_OVER && evbuffer_get_length(session->output) <= NET_CONN_OUTPUT_LOW)
    takeover->drained(session->takeover_data);
  return FALSE;
}

static HttpSessionStatus status_of(const HttpSession *session) {
  static const HttpSessionStatus statuses[] = {
      [HTTP_STATE_HEAD] = HTTP_SESSION_READING,
      [HTTP_STATE_BODY] = HTTP_SESSION_READING,
      [HTTP_STATE_LOGIN] = HTTP_SESSION_WAITING,
      [HTTP_STATE_HANDLER] = HTTP_SESSION_WAITING,
      [HTTP_STATE_TAKEN_OVER] = HTTP_SESSION_WAITING,
      [HTTP_STATE_DONE] = HTTP_SESSION_DONE,
      [HTTP_STATE_CUT] = HTTP_SESSION_CUT,
      [HTTP_STATE_DROPPED] = HTTP_SESSION_DROPPED,
  };

  return statuses[session->state];
}

/* A client that asks much and reads nothing waits with its next request. */
static gboolean must_wait(const HttpSession *session) {
  return session->state == HTTP_STATE_HEAD && evbuffer_get_length(session->output) > NET_CONN_OUTPUT_LOW;
}

HttpSessionStatus http_session_read(HttpSession *session, struct evbuffer *input) {
  static gboolean (*const steps[])(HttpSession *session, struct evbuffer *input) = {
      [HTTP_STATE_HEAD] = read_head,
      [HTTP_STATE_BODY] = read_body,
      [HTTP_STATE_TAKEN_OVER] = serve_takeover,
      [HTTP_STATE_DROPPED] = NULL,
  };

  do {
    if (session->takeover_over) {
      session->takeover_over = FALSE;
      end_takeover(session);
    }
    if (must_wait(session))
      return HTTP_SESSION_BLOCKED;
  } while ((steps[session->state] && steps[session->state](session, input)) || session->takeover_over);
  return status_of(session);
}

/* --- ends */

void http_session_input_ended(HttpSession *session) {
  gboolean is_waited_for = session->state == HTTP_STATE_HANDLER && !session->request->cancelled;

  session->input_ended = TRUE;
  gboolean is_answered = session->state == HTTP_STATE_TAKEN_OVER && session->takeover && session->takeover->is_answer;
  gboolean is_taken_over = session->state == HTTP_STATE_TAKEN_OVER && !is_answered;

  if (is_taken_over || (session->state == HTTP_STATE_HANDLER && !is_waited_for))
    session->state = HTTP_STATE_DROPPED;
}

void http_session_shut_down(HttpSession *session) {
  session->shutting_down = TRUE;
  if (session->state == HTTP_STATE_HEAD)
    session->state = HTTP_STATE_DONE;
  else if (session->state == HTTP_STATE_TAKEN_OVER)
    session->takeover->ending(session->takeover_data);
}

void http_session_expire(HttpSession *session) {
  static const HttpRejection late = {408, "timeout: the request took too long"};

  if (evbuffer_get_length(session->output) > 0 ||
      (session->state != HTTP_STATE_HEAD && session->state != HTTP_STATE_BODY)) {
    session->context->counters.n_dropped_readers++;
    http_session_drop(session);
  } else if (session->state == HTTP_STATE_HEAD && !session->reader.text) {
    session->state = HTTP_STATE_DONE;
  } else {
    http_head_reader_clear(&session->reader);
    if (!session->request)
      session->request = http_request_new(session);
    http_session_refuse_and_close(session, &late);
  }
}

static gint64 allowed_ms(const HttpSession *session) {
  gint64 by_progress_ms = FLOOR_MS + (gint64)(session->phase_bytes / BYTES_PER_SECOND_MIN) * 1000;

  if (session->unsent > 0 || session->state == HTTP_STATE_BODY)
    return by_progress_ms;
  if (session->state == HTTP_STATE_HEAD)
    return session->reader.text ? HEAD_MS : IDLE_MS;
  return -1;
}

/* What a client reads counts as its progress; reading begins and ends a phase of its own. An answer that is sent in
 * pieces is read in one phase, and whoever sends it counts them. */
static void note_unsent(HttpSession *session, gsize unsent) {
  if (session->state == HTTP_STATE_TAKEN_OVER && session->takeover && session->takeover->is_answer)
    ;
  else if ((session->unsent == 0) != (unsent == 0))
    http_session_begin_phase(session, session->state);
  else if (unsent < session->unsent)
    session->phase_bytes += session->unsent - unsent;
  session->unsent = unsent;
}

gint64 http_session_time_left_ms(HttpSession *session, gsize unsent) {
  note_unsent(session, unsent);
  gint64 allowed = allowed_ms(session);
  gint64 passed = (g_get_monotonic_time() - session->phase_start_us) / 1000;

  return allowed < 0 ? -1 : MAX(allowed - passed, 0);
}

/* --- life */

HttpSession *http_session_new(HttpContext *context, const NetOrigin *origin, struct evbuffer *output,
                              void (*wake)(gpointer user_data), gpointer wake_data) {
  HttpSession *session = g_new0(HttpSession, 1);

  session->context = context;
  session->peer = g_strdup(origin->name);
  session->peer_key = origin->key;
  session->is_peer_local = origin->is_local;
  session->local = origin->local;
  session->output = output;
  session->wake = wake;
  session->wake_data = wake_data;
  http_session_begin_phase(session, HTTP_STATE_HEAD);
  return session;
}

void http_session_free(HttpSession *session) {
  if (!session)
    return;
  end_takeover(session);
  http_login_check_forget(session->check);
  if (session->is_handed_out)
    http_request_abandon(session->request);
  else
    http_request_free(session->request);
  if (session->body)
    g_byte_array_unref(session->body);
  http_head_reader_clear(&session->reader);
  g_free(session->peer);
  g_free(session);
}
