#pragma once
/* One HTTP/1 connection as a state machine between two buffers: reads requests, asks the gate, calls the handler, and
 * writes the answer, one request at a time.
 *
 * Owns: the request being read; one that a handler holds is let go of, not freed.
 * Thread: the loop thread. Not re-entrant: handlers and streams `wake` it instead.
 * Errors: none: what is wrong with a request is answered, and the connection closed when its end is in doubt.
 * Units and limits: http/server.h.
 * Source: RFC 9112 9 (connections), 10.1 is RFC 9110 10.1.1 (100-continue); docs/http.md. */
#include "base/job.h"
#include "http/access.h"
#include "http/budget.h"
#include "http/gate.h"
#include "http/login.h"
#include "http/routes.h"
#include "net/service.h"
#include <event2/buffer.h>
#include <event2/event.h>

/* What the sessions of one server share. */
typedef struct HttpContext {
  struct event_base *base;
  LoopQueue *queue;
  Strand *compressors;  /* of large answers */
  Strand *body_readers; /* read what streamed answers send */
  const HttpRoutes *routes;
  const HttpGate *gate;
  HttpLogin *login;     /* NULL: nobody has to log in */
  HttpBudget *budget;   /* of bodies and answers in memory */
  gint64 keep_alive_ms; /* between heartbeats of an event stream, and pings of a WebSocket */
  HttpCounters counters;
  HttpAnswered answered;
  gpointer user_data;
} HttpContext;

typedef struct HttpSession HttpSession;

typedef enum {
  HTTP_SESSION_READING, /* wants more input */
  HTTP_SESSION_WAITING, /* for a handler, or a login to be checked */
  HTTP_SESSION_BLOCKED, /* goes on when the output has been sent */
  HTTP_SESSION_DONE,    /* send the output, then close */
  HTTP_SESSION_CUT,     /* send the output, then close and drop what still comes */
  HTTP_SESSION_DROPPED  /* close at once */
} HttpSessionStatus;

/* `wake` asks for http_session_read() from the loop; it must not call it. */
HttpSession *http_session_new(HttpContext *context, const NetOrigin *origin, struct evbuffer *output,
                              void (*wake)(gpointer user_data), gpointer wake_data);

/* Takes what it can use off the input. */
HttpSessionStatus http_session_read(HttpSession *session, struct evbuffer *input);

/* The client sends no more. */
void http_session_input_ended(HttpSession *session);

/* How long the client may still take for what it is doing; 0: it has taken too long; -1: it is our turn. `unsent` is
 * the length of the output. */
gint64 http_session_time_left_ms(HttpSession *session, gsize unsent);

/* It has taken too long. Says so, where there is something to say. */
void http_session_expire(HttpSession *session);

/* The server ends: the request in hand is answered, no further one is read, streams end. */
void http_session_shut_down(HttpSession *session);

/* NULL is fine. */
void http_session_free(HttpSession *session);
