#pragma once
/* WebSocket: frames both ways over a connection that was an HTTP request's.
 *
 * Owns: itself, from websocket_accept() to its `closed`.
 * Thread: the loop thread. Callbacks come from the loop, never from inside a call.
 * Errors: broken frames end it with the code RFC 6455 7.4 has for them.
 * Units and limits: a received message has at most WEBSOCKET_MESSAGE_MAX bytes (1009); a client that lets
 *         WEBSOCKET_QUEUE_MAX frames or WEBSOCKET_QUEUE_BYTES_MAX bytes wait is dropped, though never for a single
 *         frame; all that wait share the bytes of a frame; pings go out every so often (HttpServerOptions), and who
 * sends nothing from one to the next but one is dropped.
 * Source: RFC 6455. */
#include "http/request.h"

enum { WEBSOCKET_MESSAGE_MAX = 64 * 1024, WEBSOCKET_QUEUE_MAX = 256, WEBSOCKET_QUEUE_BYTES_MAX = 4 * 1024 * 1024 };

typedef struct WebSocket WebSocket;

typedef struct WebSocketEvents {
  /* A text message: UTF-8, not terminated, maybe with NULs in it. May be NULL: then messages are dropped. */
  void (*message)(WebSocket *socket, const char *text, gsize len, gpointer user_data);
  /* It is over; freed behind this call. */
  void (*closed)(WebSocket *socket, gpointer user_data);
} WebSocketEvents;

/* Takes the request. NULL when it is no WebSocket handshake, and has been answered with 400 or 426, or when the
 * client has gone meanwhile. */
WebSocket *websocket_accept(HttpRequest *request, const WebSocketEvents *events, gpointer user_data);

/* A text message, valid UTF-8, as the frame in which it is sent; one serves any number of sockets. The caller unrefs.
 * NULL: the budget, in which it is counted, has no room for it. */
GBytes *websocket_frame(HttpBudget *budget, const char *text, gsize len);

/* The reference stays the caller's. */
void websocket_send(WebSocket *socket, GBytes *frame);

/* Says goodbye with a code of RFC 6455 7.4.1; `closed` follows. */
void websocket_close(WebSocket *socket, guint16 code, const char *reason);
