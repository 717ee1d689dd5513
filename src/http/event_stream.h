#pragma once
/* Server-sent events: one way, over a plain answer, with ids to go on from.
 *
 * Owns: itself, from event_stream_open() to its `closed`.
 * Thread: the loop thread. `closed` comes from the loop, never from inside a call.
 * Errors: a client that goes, or reads too slowly, is told by `closed`.
 * Units and limits: a client that lets HTTP_STREAM_QUEUE_MAX bytes wait is dropped; it reconnects with Last-Event-ID.
 *         A comment is sent every so often (HttpServerOptions), so that proxies keep the connection and a dead one is
 *         seen.
 * Source: the HTML standard, 9.2 "Server-sent events". */
#include "http/request.h"

typedef struct EventStream EventStream;

/* Takes the request. What the client saw last is its header Last-Event-ID. NULL: the client has gone meanwhile. */
EventStream *event_stream_open(HttpRequest *request, void (*closed)(EventStream *stream, gpointer user_data),
                               gpointer user_data);

/* `func` is called, with the data given to event_stream_open(), when what waited has nearly all been sent. */
void event_stream_on_writable(EventStream *stream, void (*func)(EventStream *stream, gpointer user_data));

/* An event as it is sent; one serves any number of streams. `id` and `event` may be NULL; neither has line ends. `data`
 * may have several lines. The caller unrefs. NULL: the budget, in which it is counted, has no room for it. */
GBytes *event_stream_print(HttpBudget *budget, const char *id, const char *event, const char *data, gsize len);

/* The reference stays the caller's. FALSE: HTTP_STREAM_PAUSE bytes wait. */
gboolean event_stream_send(EventStream *stream, GBytes *event);

/* Ends it; `closed` follows. */
void event_stream_close(EventStream *stream);
