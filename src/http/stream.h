#pragma once
/* An answer that is written bit by bit, as fast as its reader takes it: exports, events.
 *
 * Owns: itself: it lives from http_stream_open() to its `closed`.
 * Thread: the loop thread. Callbacks come from the loop, never from inside a call.
 * Errors: a client that goes is told by `closed`.
 * Units and limits: nothing is written once HTTP_STREAM_QUEUE_MAX bytes wait. What waits is counted by whoever made
 *         it; HTTP_STREAM_PAUSE bytes of each stream are counted from its begin to its end, for pieces that are
 * copied.
 * Source: RFC 9112 7.1 (chunked). */
#include "http/response.h"

enum { HTTP_STREAM_QUEUE_MAX = 1024 * 1024, HTTP_STREAM_PAUSE = 64 * 1024 };

typedef struct HttpStream HttpStream;

typedef struct HttpStreamEvents {
  /* What waited has nearly all been sent: write more. */
  void (*writable)(HttpStream *stream, gpointer user_data);
  /* It is over, by http_stream_end() or because the client went. The stream is freed behind this call. */
  void (*closed)(HttpStream *stream, gpointer user_data);
} HttpStreamEvents;

/* Takes request and response, whose bytes go first. For HEAD nothing is sent after the headers and `closed` comes
 * soon. NULL: the client has gone meanwhile, or there was no room and it has been answered with 503. */
HttpStream *http_stream_open(HttpRequest *request, HttpResponse *response, const HttpStreamEvents *events,
                             gpointer user_data);

/* FALSE: HTTP_STREAM_PAUSE bytes wait, and `writable` will say when they do not. Who goes on all the same is cut off
 * when HTTP_STREAM_QUEUE_MAX bytes wait. The reference stays the caller's. */
gboolean http_stream_write(HttpStream *stream, GBytes *bytes);

/* Bytes wait to be sent. */
gboolean http_stream_waits(const HttpStream *stream);

/* The answer is complete. */
void http_stream_end(HttpStream *stream);

/* The answer cannot be completed: the connection is cut, so that the client sees that something is missing. */
void http_stream_abort(HttpStream *stream);
