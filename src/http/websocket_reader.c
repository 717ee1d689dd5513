#include "http/websocket_reader.h"
#include <string.h>

enum { PROTOCOL_ERROR = 1002, INVALID_PAYLOAD = 1007, TOO_LARGE = 1009 };
enum { FIN = 0x80, RESERVED = 0x70, OPCODE = 0x0F, MASK = 0x80, LEN = 0x7F };
enum { CONTINUATION = 0, TEXT = 1, BINARY = 2, CLOSE = 8, PING = 9, PONG = 10 };
enum { CONTROL_MAX = 125, LEN_16 = 126, LEN_64 = 127, MASK_BYTES = 4, HEAD_MAX = 2 + 8 + MASK_BYTES };

struct WebSocketReader {
  gsize message_max_bytes;
  GByteArray *message; /* what came of it so far */
  GByteArray *control;
  guint8 message_opcode; /* 0: no message is open */
  guint8 opcode;         /* of the frame whose payload is being read */
  guint8 mask[MASK_BYTES];
  gboolean is_final;
  gboolean in_payload;
  guint64 payload_bytes;
  guint64 n_read; /* of the payload */
  GByteArray *payload;
  guint16 code;
};

WebSocketReader *websocket_reader_new(gsize message_max_bytes) {
  WebSocketReader *reader = g_new0(WebSocketReader, 1);

  reader->message_max_bytes = message_max_bytes;
  reader->message = g_byte_array_new();
  reader->control = g_byte_array_sized_new(CONTROL_MAX);
  return reader;
}

void websocket_reader_free(WebSocketReader *reader) {
  g_byte_array_unref(reader->message);
  g_byte_array_unref(reader->control);
  g_free(reader);
}

static WebSocketItem fail(WebSocketReader *reader, guint16 code) {
  reader->code = code;
  return WEBSOCKET_BROKEN;
}

static gboolean is_control(guint8 opcode) {
  return opcode >= CLOSE;
}

/* 0 when a frame may begin like this (RFC 6455 5.2, 5.4, 5.5). */
static guint16 fault_of_head(const WebSocketReader *reader, const guint8 *head) {
  guint8 opcode = head[0] & OPCODE;
  gboolean is_known = opcode <= BINARY || (opcode >= CLOSE && opcode <= PONG);

  if (!is_known || (head[0] & RESERVED) || !(head[1] & MASK))
    return PROTOCOL_ERROR;
  if (is_control(opcode))
    return (head[0] & FIN) && (head[1] & LEN) <= CONTROL_MAX ? 0 : PROTOCOL_ERROR;
  return (opcode == CONTINUATION) == (reader->message_opcode != 0) ? 0 : PROTOCOL_ERROR;
}

/* Reads the head of a frame once all of it is there. WEBSOCKET_NOTHING: it is valid so far. */
static WebSocketItem read_head(WebSocketReader *reader, struct evbuffer *input) {
  guint8 head[HEAD_MAX];
  gsize n_head = (gsize)evbuffer_copyout(input, head, sizeof head);
  guint16 fault = n_head < 2 ? 0 : fault_of_head(reader, head);
  gsize n_len;
  guint64 len;

  if (fault != 0)
    return fail(reader, fault);
  n_len = n_head < 2 ? 0 : (head[1] & LEN) == LEN_16 ? 2 : (head[1] & LEN) == LEN_64 ? 8 : 0;
  if (n_head < 2 + n_len + MASK_BYTES)
    return WEBSOCKET_NOTHING;
  len = n_len == 0 ? head[1] & LEN : 0;
  for (gsize i = 0; i < n_len; i++)
    len = len << 8 | head[2 + i];
  /* The shortest form of a length is the only one. */
  if (n_len > 0 && (len < LEN_16 || (n_len == 8 && len <= G_MAXUINT16) || len >> 63 != 0))
    return fail(reader, PROTOCOL_ERROR);
  if (!is_control(head[0] & OPCODE) && len > reader->message_max_bytes - reader->message->len)
    return fail(reader, TOO_LARGE);
  evbuffer_drain(input, 2 + n_len + MASK_BYTES);
  memcpy(reader->mask, head + 2 + n_len, MASK_BYTES);
  reader->opcode = head[0] & OPCODE;
  reader->is_final = (head[0] & FIN) != 0;
  reader->payload_bytes = len;
  reader->n_read = 0;
  reader->in_payload = TRUE;
  if (!is_control(reader->opcode) && reader->opcode != CONTINUATION)
    reader->message_opcode = reader->opcode;
  reader->payload = is_control(reader->opcode) ? reader->control : reader->message;
  return WEBSOCKET_NOTHING;
}

/* FALSE: some of it has not come yet. */
static gboolean read_payload(WebSocketReader *reader, struct evbuffer *input) {
  gsize n_bytes = (gsize)MIN(evbuffer_get_length(input), reader->payload_bytes - reader->n_read);
  guint start = reader->payload->len;

  g_byte_array_set_size(reader->payload, start + (guint)n_bytes);
  if (n_bytes > 0)
    evbuffer_remove(input, reader->payload->data + start, n_bytes);
  for (gsize i = 0; i < n_bytes; i++)
    reader->payload->data[start + i] ^= reader->mask[(reader->n_read + i) % MASK_BYTES];
  reader->n_read += n_bytes;
  return reader->n_read == reader->payload_bytes;
}

/* NUL is a character like others here, and not to GLib. */
static gboolean is_utf8(const guint8 *bytes, gsize n_bytes) {
  const char *at = (const char *)bytes;
  const char *end = n_bytes > 0 ? at + n_bytes : at; /* bytes may be NULL then */

  while (at < end && !g_utf8_validate_len(at, (gsize)(end - at), &at)) {
    if (*at != '\0')
      return FALSE;
    at++;
  }
  return TRUE;
}

/* Codes that a client may close with (RFC 6455 7.4, and those registered since). */
static gboolean is_close_code(guint code) {
  return (code >= 1000 && code <= 1014 && (code < 1004 || code > 1006)) || (code >= 3000 && code <= 4999);
}

static WebSocketItem finish_control(WebSocketReader *reader) {
  const GByteArray *payload = reader->control;

  if (reader->opcode != CLOSE)
    return reader->opcode == PING ? WEBSOCKET_PING : WEBSOCKET_PONG;
  if (payload->len == 1 || (payload->len >= 2 && !is_close_code((guint)payload->data[0] << 8 | payload->data[1])))
    return fail(reader, PROTOCOL_ERROR);
  if (payload->len > 2 && !is_utf8(payload->data + 2, payload->len - 2))
    return fail(reader, INVALID_PAYLOAD);
  return WEBSOCKET_CLOSE;
}

static WebSocketItem finish_message(WebSocketReader *reader) {
  gboolean is_text = reader->message_opcode == TEXT;

  reader->message_opcode = 0;
  if (is_text && !is_utf8(reader->message->data, reader->message->len))
    return fail(reader, INVALID_PAYLOAD);
  return is_text ? WEBSOCKET_TEXT : WEBSOCKET_BINARY;
}

/* Frees what the last call lent. */
static void forget_last(WebSocketReader *reader) {
  reader->payload = reader->control;
  g_byte_array_set_size(reader->control, 0);
  if (reader->message_opcode == 0 && reader->message->len > 0) {
    g_byte_array_unref(reader->message);
    reader->message = g_byte_array_new();
  }
}

WebSocketItem websocket_reader_next(WebSocketReader *reader, struct evbuffer *input) {
  if (!reader->in_payload)
    forget_last(reader);
  while (TRUE) {
    WebSocketItem item = reader->in_payload ? WEBSOCKET_NOTHING : read_head(reader, input);
    if (item != WEBSOCKET_NOTHING || !reader->in_payload || !read_payload(reader, input))
      return item;
    reader->in_payload = FALSE;
    if (is_control(reader->opcode))
      return finish_control(reader);
    if (reader->is_final)
      return finish_message(reader);
  }
}

const GByteArray *websocket_reader_payload(const WebSocketReader *reader) {
  return reader->payload;
}

guint16 websocket_reader_code(const WebSocketReader *reader) {
  return reader->code;
}
