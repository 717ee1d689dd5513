#include "http/websocket.h"
#include "http/session_private.h"
#include <string.h>
#include <wslay/wslay.h>

#define HANDSHAKE_GUID "258EAFA5-E914-47DA-95CA-C5AB0DC85B11" /* RFC 6455 1.3 */

/* Text frames that wait in the output of one socket, which may be gone before they are. */
typedef struct Waiting {
  guint n_frames;
  gsize n_octets; /* of these frames; what has been sent of the first counts until all of it has */
} Waiting;

struct WebSocket {
  HttpSession *session;
  wslay_event_context_ptr frames; /* all that are read, and those that say ping, pong and goodbye */
  Waiting *waiting;               /* a g_rc_box */
  struct evbuffer *input;         /* lent, while it is read */
  struct event *pinger;
  const WebSocketEvents *events;
  gpointer user_data;
  gboolean heard;       /* since the last ping */
  gboolean is_stopping; /* the server ends */
  gboolean ended;
};

/* --- the handshake (RFC 6455 4.2.1) */

static gboolean is_key(const char *key) {
  gsize len = 0;
  g_autofree guchar *nonce = key ? g_base64_decode(key, &len) : NULL;

  return nonce && strlen(key) == 24 && len == 16;
}

static HttpResponse *refuse_handshake(const HttpRequest *request) {
  const HttpHead *head = &request->head;
  HttpResponse *response;

  if (!http_head_has_token(head, "Upgrade", "websocket")) {
    response = http_response_error(426, "this path speaks WebSocket only");
    http_response_set_header(response, "Upgrade", "websocket");
  } else if (g_strcmp0(http_head_header(head, "Sec-WebSocket-Version"), "13") != 0) {
    response = http_response_error(426, "the only WebSocket version spoken here is 13");
    http_response_set_header(response, "Upgrade", "websocket");
    http_response_set_header(response, "Sec-WebSocket-Version", "13");
  } else if (strcmp(head->method, "GET") != 0 || head->minor_version == 0 ||
             !http_head_has_token(head, "Connection", "Upgrade") ||
             !is_key(http_head_header(head, "Sec-WebSocket-Key"))) {
    response = http_response_error(400, "the WebSocket handshake is broken (RFC 6455 4.2.1)");
  } else {
    return NULL;
  }
  return response;
}

static HttpResponse *accept_handshake(const HttpRequest *request) {
  g_autoptr(GChecksum) sha1 = g_checksum_new(G_CHECKSUM_SHA1);
  HttpResponse *response = http_response_new(101);
  guint8 digest[20];
  gsize digest_len = sizeof digest;

  g_checksum_update(sha1, (const guchar *)http_head_header(&request->head, "Sec-WebSocket-Key"), -1);
  g_checksum_update(sha1, (const guchar *)HANDSHAKE_GUID, -1);
  g_checksum_get_digest(sha1, digest, &digest_len);
  g_autofree char *accept = g_base64_encode(digest, digest_len);
  http_response_set_header(response, "Upgrade", "websocket");
  http_response_set_header(response, "Sec-WebSocket-Accept", accept);
  return response;
}

/* --- frames */

static ssize_t receive_cb(wslay_event_context_ptr frames, uint8_t *octets, size_t len, int flags, void *user_data) {
  WebSocket *socket = user_data;
  int n_octets = evbuffer_remove(socket->input, octets, len);

  if (n_octets > 0)
    return n_octets;
  wslay_event_set_error(frames, WSLAY_ERR_WOULDBLOCK);
  return -1;
}

/* Takes everything, so that each frame is whole in the output and another may follow. */
static ssize_t send_cb(wslay_event_context_ptr frames, const uint8_t *octets, size_t len, int flags, void *user_data) {
  WebSocket *socket = user_data;
  struct evbuffer *output = socket->session->output;

  if (evbuffer_add(output, octets, len) == 0) {
    socket->session->context->counters.sent_octets += len;
    return (ssize_t)len;
  }
  wslay_event_set_error(frames, WSLAY_ERR_CALLBACK_FAILURE);
  return -1;
}

static void message_cb(wslay_event_context_ptr frames, const struct wslay_event_on_msg_recv_arg *message,
                       void *user_data) {
  WebSocket *socket = user_data;

  if (message->opcode == WSLAY_TEXT_FRAME && socket->events->message && !socket->ended)
    socket->events->message(socket, message->msg_length > 0 ? (const char *)message->msg : "", message->msg_length,
                            socket->user_data);
}

static void end(WebSocket *socket) {
  if (socket->ended)
    return;
  socket->ended = TRUE;
  http_session_give_back(socket->session, FALSE);
}

static void drop(WebSocket *socket) {
  if (socket->ended)
    return;
  socket->ended = TRUE;
  socket->session->context->counters.n_dropped_readers++;
  http_session_drop(socket->session);
}

/* Passes on pings, pongs and goodbyes, and notices when both have said goodbye. A client that asks for pongs without
 * reading them is dropped like any that does not read. */
static void send_frames(WebSocket *socket) {
  gsize before = evbuffer_get_length(socket->session->output);

  if (socket->ended)
    return;
  if (wslay_event_send(socket->frames) != 0 ||
      evbuffer_get_length(socket->session->output) > socket->waiting->n_octets + WEBSOCKET_MESSAGE_MAX) {
    drop(socket);
    return;
  }
  if (wslay_event_get_close_sent(socket->frames) && !wslay_event_want_write(socket->frames) &&
      (socket->is_stopping || wslay_event_get_close_received(socket->frames) || !wslay_event_want_read(socket->frames)))
    end(socket);
  else if (evbuffer_get_length(socket->session->output) > before)
    socket->session->wake(socket->session->wake_data);
}

/* --- the connection */

static void input_cb(struct evbuffer *input, gpointer data) {
  WebSocket *socket = data;

  socket->input = input;
  socket->heard = TRUE;
  if (wslay_event_recv(socket->frames) != 0) { /* a broken frame; wslay has mostly said so already */
    wslay_event_queue_close(socket->frames, WSLAY_CODE_PROTOCOL_ERROR, NULL, 0);
    wslay_event_shutdown_read(socket->frames);
  }
  evbuffer_drain(input, evbuffer_get_length(input)); /* what came behind a goodbye */
  socket->input = NULL;
  send_frames(socket);
}

static void drained_cb(gpointer data) {
  send_frames(data);
}

/* The client's goodbye is not waited for: many clients that idle do not look. */
static void ending_cb(gpointer data) {
  WebSocket *socket = data;

  socket->is_stopping = TRUE;
  websocket_close(data, 1001, "the server stops");
}

static void closed_cb(gpointer data) {
  WebSocket *socket = data;

  socket->events->closed(socket, socket->user_data);
  wslay_event_context_free(socket->frames);
  g_rc_box_release(socket->waiting);
  event_free(socket->pinger);
  g_free(socket);
}

static const HttpTakeover takeover = {
    .input = input_cb, .drained = drained_cb, .ending = ending_cb, .closed = closed_cb};

/* Who has not been heard of since the last ping, or is slow to say goodbye, is gone. */
static void ping_cb(evutil_socket_t fd, short what, void *user_data) {
  WebSocket *socket = user_data;
  const struct wslay_event_msg ping = {.opcode = WSLAY_PING};

  if (!socket->heard || wslay_event_get_close_sent(socket->frames)) {
    drop(socket);
    return;
  }
  socket->heard = FALSE;
  wslay_event_queue_msg(socket->frames, &ping);
  send_frames(socket);
}

static void start_pinging(WebSocket *socket, const HttpContext *context) {
  const struct timeval interval = {.tv_sec = context->keep_alive_ms / 1000,
                                   .tv_usec = (context->keep_alive_ms % 1000) * 1000};

  socket->heard = TRUE;
  socket->pinger = event_new(context->base, -1, EV_PERSIST, ping_cb, socket);
  event_add(socket->pinger, &interval);
}

WebSocket *websocket_accept(HttpRequest *request, const WebSocketEvents *events, gpointer user_data) {
  static const struct wslay_event_callbacks callbacks = {
      .recv_callback = receive_cb, .send_callback = send_cb, .on_msg_recv_callback = message_cb};
  HttpResponse *refusal = refuse_handshake(request);

  if (refusal || !request->session) {
    http_request_answer(request, refusal ? refusal : http_response_new(101));
    return NULL;
  }
  WebSocket *socket = g_new0(WebSocket, 1);
  socket->session = request->session;
  socket->waiting = g_rc_box_new0(Waiting);
  socket->events = events;
  socket->user_data = user_data;
  if (wslay_event_context_server_init(&socket->frames, &callbacks, socket) != 0)
    g_error("out of memory"); /* as GLib does */
  wslay_event_config_set_max_recv_msg_length(socket->frames, WEBSOCKET_MESSAGE_MAX);
  start_pinging(socket, request->session->context);
  http_session_take_over(socket->session, request, accept_handshake(request), HTTP_FRAMING_UPGRADE, &takeover, socket);
  return socket;
}

/* --- text messages: not by wslay, which copies a message for each socket */

/* RFC 6455 5.2: a whole text message in one frame; those of servers are not masked. Returns its length. */
static gsize print_frame_head(guint64 len, guint8 head[10]) {
  enum { FIN_AND_TEXT = 0x81, LEN_16 = 126, LEN_64 = 127 };
  gsize n_len = len < LEN_16 ? 0 : len <= G_MAXUINT16 ? 2 : 8;

  head[0] = FIN_AND_TEXT;
  head[1] = n_len == 0 ? (guint8)len : n_len == 2 ? LEN_16 : LEN_64;
  for (gsize i = 0; i < n_len; i++)
    head[2 + i] = (guint8)(len >> 8 * (n_len - 1 - i));
  return 2 + n_len;
}

GBytes *websocket_frame(HttpBudget *budget, const char *text, gsize len) {
  guint8 head[10];
  gsize n_head = print_frame_head(len, head);
  g_autoptr(HttpCharge) charge = http_charge_new(budget, n_head + len);
  guint8 *frame = charge ? g_try_malloc(n_head + len) : NULL;

  if (!frame)
    return NULL;
  memcpy(frame, head, n_head);
  memcpy(frame + n_head, text, len);
  return http_charge_attach(g_steal_pointer(&charge), g_bytes_new_take(frame, n_head + len));
}

typedef struct SentFrame {
  GBytes *frame;
  Waiting *waiting;
} SentFrame;

static void sent_cb(const void *data, size_t len, void *user_data) {
  SentFrame *sent = user_data;

  sent->waiting->n_frames--;
  sent->waiting->n_octets -= len;
  g_rc_box_release(sent->waiting);
  g_bytes_unref(sent->frame);
  g_free(sent);
}

static gboolean is_over_the_limits(const WebSocket *socket, gsize len) {
  gsize n_waiting = evbuffer_get_length(socket->session->output);

  return socket->waiting->n_frames >= WEBSOCKET_QUEUE_MAX ||
         (n_waiting > 0 && n_waiting + len > WEBSOCKET_QUEUE_OCTETS_MAX);
}

void websocket_send(WebSocket *socket, GBytes *frame) {
  gsize len;
  const void *octets = g_bytes_get_data(frame, &len);

  if (socket->ended || wslay_event_get_close_sent(socket->frames))
    return;
  if (is_over_the_limits(socket, len)) {
    drop(socket);
    return;
  }
  SentFrame *sent = g_new(SentFrame, 1);
  *sent = (SentFrame){g_bytes_ref(frame), g_rc_box_acquire(socket->waiting)};
  socket->waiting->n_frames++;
  socket->waiting->n_octets += len;
  if (evbuffer_add_reference(socket->session->output, octets, len, sent_cb, sent) != 0) {
    sent_cb(octets, len, sent);
    drop(socket);
    return;
  }
  socket->session->context->counters.sent_octets += len;
  socket->session->wake(socket->session->wake_data);
}

void websocket_close(WebSocket *socket, guint16 code, const char *reason) {
  if (socket->ended)
    return;
  wslay_event_queue_close(socket->frames, code, (const uint8_t *)reason, strlen(reason));
  send_frames(socket);
}
