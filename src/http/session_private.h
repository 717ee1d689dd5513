#pragma once
/* Between the files of http/: what a session and its request look like inside, and how a stream takes over.
 *
 * Thread: the loop thread.
 * Units and limits: http/server.h.
 * Source: docs/http.md. */
#include "http/response_private.h"
#include "http/session.h"
#include "net/peer_count.h"
#include "syntax/http_chunked.h"

/* Who writes an answer bit by bit, or speaks another protocol from here on. Called from http_session_read() only. */
typedef struct HttpTakeover {
  gboolean is_answer;                                   /* of a known length, to be read in the time of any other */
  void (*input)(struct evbuffer *input, gpointer data); /* NULL: input is left for the next request */
  void (*drained)(gpointer data);                       /* little or nothing waits to be sent */
  void (*ending)(gpointer data);                        /* the server stops: say goodbye */
  void (*closed)(gpointer data);                        /* the last call */
} HttpTakeover;

typedef enum {
  HTTP_STATE_HEAD,
  HTTP_STATE_LOGIN, /* is being checked */
  HTTP_STATE_BODY,
  HTTP_STATE_HANDLER, /* a handler has the request */
  HTTP_STATE_TAKEN_OVER,
  HTTP_STATE_DONE,
  HTTP_STATE_CUT,
  HTTP_STATE_DROPPED
} HttpState;

struct HttpSession {
  HttpContext *context;
  char *peer;
  NetPeerKey peer_key;    /* by which logins of one client count together */
  gboolean is_peer_local; /* on this machine, as far as its address tells */
  NetAddress local;
  struct evbuffer *output;
  void (*wake)(gpointer user_data);
  gpointer wake_data;

  HttpState state;
  HttpHeadReader reader;
  HttpRequest *request;   /* from its head to its answer */
  gboolean is_handed_out; /* a handler has it, and answers */
  HttpLoginCheck *check;  /* under way */
  GByteArray *body;       /* while it is read */
  guint64 body_left;      /* of a body with a length */
  HttpChunked chunked;
  gboolean input_ended;
  gboolean shutting_down;

  const HttpTakeover *takeover;
  gpointer takeover_data;
  gboolean takeover_over;

  gint64 phase_start_us; /* of what the client is now doing */
  guint64 phase_bytes;   /* what it has done of it */
  gsize unsent;          /* of the output, when last looked */
};

struct HttpRequest {
  HttpSession *session; /* NULL: nobody waits for the answer any more */
  gint is_abandoned;    /* atomic: the same, for other threads */
  char *peer;
  HttpHead head;
  HttpMatch match;
  GStrv query; /* name, value, ... */
  GBytes *body;
  HttpBudget *budget;
  HttpCharge *charge; /* of the body, until it is whole; it then carries it */
  GPtrArray *joined;  /* headers lent */
  const char *prefix;
  char *user;               /* who logged in; NULL: nobody */
  const char *allow_origin; /* NULL, or a CORS origin that may read the answer */
  gboolean keeps_alive;     /* the connection may go on behind the answer */
  void (*cancelled)(gpointer user_data);
  gpointer cancelled_data;
  gint64 start_us;
};

HttpRequest *http_request_new(HttpSession *session);
void http_request_free(HttpRequest *request);

/* Nobody waits for it any more: tells whoever asked to be told. */
void http_request_abandon(HttpRequest *request);

/* The answer's bytes are final: writes it, and ends the request. Takes both. */
void http_session_send(HttpSession *session, HttpRequest *request, HttpResponse *response);

/* Writes the head of an answer that goes on, without its bytes, ends the request, and gives the connection to
 * `takeover`. Takes both. */
void http_session_take_over(HttpSession *session, HttpRequest *request, HttpResponse *response, HttpFraming framing,
                            const HttpTakeover *takeover, gpointer data);

/* The takeover is over; `closed` comes from the loop, then the next request if `keep` is set. */
void http_session_give_back(HttpSession *session, gboolean keep);

/* Cuts the connection; `closed` comes from the loop. */
void http_session_drop(HttpSession *session);

/* Sends them, large ones without copying them. */
void http_session_add_bytes(HttpSession *session, GBytes *bytes);

void http_session_begin_phase(HttpSession *session, HttpState state);

/* http/admission.c: a head has come. Ends with the request rejected, its login being checked, its body to be read, or
 * its handler called. */
void http_session_begin_request(HttpSession *session);

/* Its body, if it has one, has been read. */
void http_session_call_handler(HttpSession *session);

/* Is there room for so many bytes more of its body? */
HttpRejection http_session_make_room(HttpSession *session, HttpRequest *request, guint64 n_bytes);

/* For when the end of the request is in doubt: no further one is read. */
void http_session_refuse_and_close(HttpSession *session, const HttpRejection *rejection);
