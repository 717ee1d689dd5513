#pragma once
/* What an HTTP server tells of its work: an access for the log, counters for metrics.
 *
 * Thread: the loop thread.
 * Units and limits: counters count since the start, unless they say "now".
 * Source: docs/http.md. */
#include <glib.h>

/* What happened to one request. Texts are lent and as the client sent them: anything. */
typedef struct HttpAccess {
  const char *peer;
  const char *method; /* "" when the request could not be read */
  const char *target;
  const char *user; /* who logged in; NULL: nobody */
  guint status;
  const char *problem; /* NULL, or why it was rejected: one line */
  guint64 sent_bytes;  /* 0 for what is sent bit by bit and has just begun */
  gint64 duration_us;
} HttpAccess;

typedef void (*HttpAnswered)(const HttpAccess *access, gpointer user_data);

typedef struct HttpCounters {
  guint64 n_by_class[6]; /* answers: [2] 2xx, [4] 4xx */
  guint64 n_rejected_at_gate;
  guint64 n_connections;
  guint64 n_not_taken;
  guint64 n_dropped_readers; /* too slow, or gone in the middle of an answer */
  guint n_open_connections;  /* now */
  guint n_open_streams;      /* now: event streams, WebSockets, exports */
  guint64 received_bytes;    /* of bodies */
  guint64 sent_bytes;        /* of answers */
} HttpCounters;
