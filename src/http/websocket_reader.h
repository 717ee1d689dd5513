#pragma once
/* The frames of one WebSocket client, put together to messages.
 *
 * Owns: the message that is not complete yet, and the last payload.
 * Thread: any one at a time.
 * Errors: WEBSOCKET_BROKEN, with the code to close with; nothing may be read after it.
 * Units and limits: a message has at most `message_max_bytes` (1009), a control frame 125 bytes (1002).
 * Source: RFC 6455 5.2 to 5.5, 7.4, 8.1. */
#include <event2/buffer.h>
#include <glib.h>

typedef struct WebSocketReader WebSocketReader;

typedef enum WebSocketItem {
  WEBSOCKET_NOTHING, /* the input is used up */
  WEBSOCKET_TEXT,    /* valid UTF-8 */
  WEBSOCKET_BINARY,
  WEBSOCKET_PING,
  WEBSOCKET_PONG,
  WEBSOCKET_CLOSE,  /* valid; its payload is the answer, too */
  WEBSOCKET_BROKEN, /* see websocket_reader_code() */
} WebSocketItem;

WebSocketReader *websocket_reader_new(gsize message_max_bytes);
void websocket_reader_free(WebSocketReader *reader);

/* Takes input up to the end of the next message or control frame. */
WebSocketItem websocket_reader_next(WebSocketReader *reader, struct evbuffer *input);

/* What the last item brought; valid until the next call. Its data is NULL when it is empty. */
const GByteArray *websocket_reader_payload(const WebSocketReader *reader);

/* Why the last item was WEBSOCKET_BROKEN: 1002, 1007 or 1009. */
guint16 websocket_reader_code(const WebSocketReader *reader);
