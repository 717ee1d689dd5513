#include "http/websocket.h"
#include "http/session_private.h"
#include "http/websocket_reader.h"
#include <string.h>

#define HANDSHAKE_GUID "258EAFA5-E914-47DA-95CA-C5AB0DC85B11" /* RFC 6455 1.3 */

enum { CONTROL_MAX = 125, FRAME_HEAD_MAX = 10 };
typedef enum Opcode { TEXT = 1, CLOSE = 8, PING = 9, PONG = 10 } Opcode;

/* Text frames that wait in the output of one socket, which may be gone before they are. */
typedef struct Waiting {
  guint n_frames;
  gsize n_bytes; /* of these frames; what has been sent of the first counts until all of it has */
} Waiting;

struct WebSocket {
  HttpSession *session;
  WebSocketReader *reader;
  Waiting *waiting; /* a g_rc_box */
  struct event *pinger;
  const WebSocketEvents *events;
  gpointer user_data;
  gboolean heard;       /* since the last ping */
  gboolean is_stopping; /* the server ends */
  gboolean is_deaf;     /* the client has closed, or broke the protocol */
  gboolean close_sent;
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
    response = http_response_error(426, "this path is for WebSocket clients");
    http_response_set_header(response, "Upgrade", "websocket");
  } else if (g_strcmp0(http_head_header(head, "Sec-WebSocket-Version"), "13") != 0) {
    response = http_response_error(426, "only WebSocket version 13 is supported");
    http_response_set_header(response, "Upgrade", "websocket");
    http_response_set_header(response, "Sec-WebSocket-Version", "13");
  } else if (strcmp(head->method, "GET") != 0 || head->minor_version == 0 ||
             !http_head_has_token(head, "Connection", "Upgrade") ||
             !is_key(http_head_header(head, "Sec-WebSocket-Key"))) {
    response = http_response_error(400, "the WebSocket handshake is invalid (RFC 6455 4.2.1)");
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

/* RFC 6455 5.2: a whole message or control frame; those of servers are not masked. Returns the length of its head. */
static gsize print_frame_head(Opcode opcode, guint64 len, guint8 head[FRAME_HEAD_MAX]) {
  enum { FIN = 0x80, LEN_16 = 126, LEN_64 = 127 };
  gsize n_len = len < LEN_16 ? 0 : len <= G_MAXUINT16 ? 2 : 8;

  head[0] = FIN | opcode;
  head[1] = n_len == 0 ? (guint8)len : n_len == 2 ? LEN_16 : LEN_64;
  for (gsize i = 0; i < n_len; i++)
    head[2 + i] = (guint8)(len >> 8 * (n_len - 1 - i));
  return 2 + n_len;
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

/* Notices when both have closed. A client that asks for pongs without reading them is dropped like any that does not
 * read. */
static void settle(WebSocket *socket) {
  if (socket->ended)
    return;
  if (evbuffer_get_length(socket->session->output) > socket->waiting->n_bytes + WEBSOCKET_MESSAGE_MAX)
    drop(socket);
  else if (socket->close_sent && (socket->is_stopping || socket->is_deaf))
    end(socket);
}

/* Sends a ping, pong or close of at most 125 bytes; nothing follows a close. */
static void send_control(WebSocket *socket, Opcode opcode, const void *payload, gsize len) {
  struct evbuffer *output = socket->session->output;
  guint8 frame[FRAME_HEAD_MAX + CONTROL_MAX];
  gsize n_head = print_frame_head(opcode, len, frame);

  if (socket->ended || socket->close_sent)
    return;
  if (len > 0)
    memcpy(frame + n_head, payload, len);
  if (evbuffer_add(output, frame, n_head + len) != 0) {
    drop(socket);
    return;
  }
  socket->close_sent = opcode == CLOSE;
  socket->session->context->counters.sent_bytes += n_head + len;
  socket->session->wake(socket->session->wake_data);
}

static void send_close(WebSocket *socket, guint16 code, const char *reason) {
  guint8 payload[CONTROL_MAX] = {(guint8)(code >> 8), (guint8)code};
  gsize len = MIN(strlen(reason), sizeof payload - 2);

  memcpy(payload + 2, reason, len);
  send_control(socket, CLOSE, payload, 2 + len);
}

/* --- the connection */

static void take(WebSocket *socket, WebSocketItem item) {
  const GByteArray *payload = websocket_reader_payload(socket->reader);

  switch (item) {
  case WEBSOCKET_TEXT:
    if (socket->events->message)
      socket->events->message(socket, payload->len > 0 ? (const char *)payload->data : "", payload->len,
                              socket->user_data);
    break;
  case WEBSOCKET_PING:
    send_control(socket, PONG, payload->data, payload->len);
    break;
  case WEBSOCKET_CLOSE:
    socket->is_deaf = TRUE;
    send_control(socket, CLOSE, payload->data, payload->len);
    break;
  case WEBSOCKET_BROKEN:
    socket->is_deaf = TRUE;
    send_close(socket, websocket_reader_code(socket->reader), "");
    break;
  default:
    break;
  }
}

static void input_cb(struct evbuffer *input, gpointer data) {
  WebSocket *socket = data;
  WebSocketItem item;

  socket->heard = TRUE;
  while (!socket->is_deaf && !socket->ended &&
         (item = websocket_reader_next(socket->reader, input)) != WEBSOCKET_NOTHING)
    take(socket, item);
  if (socket->is_deaf)
    evbuffer_drain(input, evbuffer_get_length(input));
  settle(socket);
}

static void drained_cb(gpointer data) {
  settle(data);
}

/* The client's goodbye is not waited for: many clients that idle do not look. */
static void ending_cb(gpointer data) {
  WebSocket *socket = data;

  socket->is_stopping = TRUE;
  websocket_close(data, 1001, "the server is stopping");
}

static void closed_cb(gpointer data) {
  WebSocket *socket = data;

  socket->events->closed(socket, socket->user_data);
  websocket_reader_free(socket->reader);
  g_rc_box_release(socket->waiting);
  event_free(socket->pinger);
  g_free(socket);
}

static const HttpTakeover takeover = {
    .input = input_cb, .drained = drained_cb, .ending = ending_cb, .closed = closed_cb};

/* Who has not been heard of since the last ping, or is slow to say goodbye, is gone. */
static void ping_cb(evutil_socket_t fd, short what, void *user_data) {
  WebSocket *socket = user_data;

  if (!socket->heard || socket->close_sent) {
    drop(socket);
    return;
  }
  socket->heard = FALSE;
  send_control(socket, PING, NULL, 0);
  settle(socket);
}

static void start_pinging(WebSocket *socket, const HttpContext *context) {
  const struct timeval interval = {.tv_sec = context->keep_alive_ms / 1000,
                                   .tv_usec = (context->keep_alive_ms % 1000) * 1000};

  socket->heard = TRUE;
  socket->pinger = event_new(context->base, -1, EV_PERSIST, ping_cb, socket);
  event_add(socket->pinger, &interval);
}

WebSocket *websocket_accept(HttpRequest *request, const WebSocketEvents *events, gpointer user_data) {
  HttpResponse *rejection = refuse_handshake(request);

  if (rejection || !request->session) {
    http_request_answer(request, rejection ? rejection : http_response_new(101));
    return NULL;
  }
  WebSocket *socket = g_new0(WebSocket, 1);
  socket->session = request->session;
  socket->waiting = g_rc_box_new0(Waiting);
  socket->events = events;
  socket->user_data = user_data;
  socket->reader = websocket_reader_new(WEBSOCKET_MESSAGE_MAX);
  start_pinging(socket, request->session->context);
  http_session_take_over(socket->session, request, accept_handshake(request), HTTP_FRAMING_UPGRADE, &takeover, socket);
  return socket;
}

/* --- text messages */

GBytes *websocket_frame(HttpBudget *budget, const char *text, gsize len) {
  guint8 head[FRAME_HEAD_MAX];
  gsize n_head = print_frame_head(TEXT, len, head);
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
  sent->waiting->n_bytes -= len;
  g_rc_box_release(sent->waiting);
  g_bytes_unref(sent->frame);
  g_free(sent);
}

static gboolean is_over_the_limits(const WebSocket *socket, gsize len) {
  gsize n_waiting = evbuffer_get_length(socket->session->output);

  return socket->waiting->n_frames >= WEBSOCKET_QUEUE_MAX ||
         (n_waiting > 0 && n_waiting + len > WEBSOCKET_QUEUE_BYTES_MAX);
}

void websocket_send(WebSocket *socket, GBytes *frame) {
  gsize len;
  const void *bytes = g_bytes_get_data(frame, &len);

  if (socket->ended || socket->close_sent)
    return;
  if (is_over_the_limits(socket, len)) {
    drop(socket);
    return;
  }
  SentFrame *sent = g_new(SentFrame, 1);
  *sent = (SentFrame){g_bytes_ref(frame), g_rc_box_acquire(socket->waiting)};
  socket->waiting->n_frames++;
  socket->waiting->n_bytes += len;
  if (evbuffer_add_reference(socket->session->output, bytes, len, sent_cb, sent) != 0) {
    sent_cb(bytes, len, sent);
    drop(socket);
    return;
  }
  socket->session->context->counters.sent_bytes += len;
  socket->session->wake(socket->session->wake_data);
}

void websocket_close(WebSocket *socket, guint16 code, const char *reason) {
  send_close(socket, code, reason);
  settle(socket);
}
