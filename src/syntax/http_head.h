#pragma once
/* The head of an HTTP/1 request or answer: first line and headers, read strictly, for what two programs read
 * differently is how requests are smuggled.
 *
 * Owns: an HttpHead owns its text; an HttpHeadReader what has come of one.
 * Thread: any; pure.
 * Errors: an HttpRefusal: the status to answer with and one line of ASCII that says why. The connection is to be
 *         closed.
 * Units and limits: HTTP_HEAD_MAX bytes (431), HTTP_TARGET_MAX of them in the target (414), HTTP_HEADERS_MAX headers
 *         (431).
 * Source: RFC 9112 2, 3, 4, 5, 6, 11.2; RFC 9110 5, 7.2, 10.1.1; docs/http.md. Stricter than RFC 9112 where it leaves a
 *         choice: no bare LF (2.2), no folded lines (5.2), no Content-Length given twice (6.3). */
#include "syntax/http_host.h"
#include <glib.h>

enum { HTTP_HEAD_MAX = 32 * 1024, HTTP_TARGET_MAX = 8 * 1024, HTTP_HEADERS_MAX = 100 };

typedef struct HttpRejection {
  guint status; /* 0: not rejected */
  const char *text;
} HttpRejection;

typedef struct HttpHeader {
  const char *name;
  const char *value; /* without the white space around it */
} HttpHeader;

typedef struct HttpHead {
  char *text;         /* what all others point into */
  const char *method; /* a token, as sent */
  const char *target; /* as sent, for logs */
  const char *path;   /* begins with '/', not decoded; "*" */
  const char *query;  /* not decoded; NULL: there is none */
  HttpHost host;      /* name "": an HTTP/1.0 client that sends none */
  guint status;       /* of an answer, which has none of the above but `text` */
  guint minor_version;
  GArray *headers; /* HttpHeader */
  gboolean is_chunked;
  gboolean has_length;
  guint64 content_length; /* 0 when chunked */
  gboolean keeps_alive;
  gboolean expects_continue;
} HttpHead;

/* Reads `text`, the lines of a head with their CRLFs and without the empty one. On a rejection there is no head, but
 * its method and target are in it when they could be read. Clear it either way. */
HttpRejection http_head_parse(const char *text, gsize len, HttpHead *out_head);
void http_head_clear(HttpHead *head);

/* The same for an answer: a status line, no Host. The status of a rejection says nothing there. */
HttpRejection http_head_parse_answer(const char *text, gsize len, HttpHead *out_head);

/* The first header of that name, in any case; NULL: there is none. */
const char *http_head_header(const HttpHead *head, const char *name);

/* How many headers of that name there are. */
guint http_head_count(const HttpHead *head, const char *name);

/* TRUE when a header that is a list (several lines count as one) has this token, in any case. */
gboolean http_head_has_token(const HttpHead *head, const char *name, const char *token);

/* Finds the end of a head in bytes as they come. */
typedef struct HttpHeadReader {
  GString *text; /* NULL: nothing has come */
  gsize line_start;
} HttpHeadReader;

typedef enum { HTTP_HEAD_PARTIAL, HTTP_HEAD_COMPLETE, HTTP_HEAD_REJECTED } HttpHeadState;

/* Takes bytes up to the end of the head; *out_taken tells how many. When it is complete, reader->text is what
 * http_head_parse() or http_head_parse_answer() reads. An empty line before a head is skipped. */
HttpHeadState http_head_reader_take(HttpHeadReader *reader, const char *bytes, gsize len, gsize *out_taken,
                                    HttpRejection *out_rejection);
void http_head_reader_clear(HttpHeadReader *reader);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(HttpHead, http_head_clear)
