#pragma once
/* Between the files of http/: what an answer looks like inside, and its way onto the wire.
 *
 * Thread: any, one at a time.
 * Source: docs/http.md, "Headers". */
#include "http/response.h"
#include "http/source.h"
#include "syntax/http_head.h"
#include <event2/buffer.h>

typedef enum {
  HTTP_FRAMING_LENGTH,  /* all bytes are there */
  HTTP_FRAMING_CHUNKED, /* more come in chunks */
  HTTP_FRAMING_CLOSE,   /* more come until the connection ends */
  HTTP_FRAMING_UPGRADE  /* what comes is no HTTP */
} HttpFraming;

enum { HTTP_UNCOUNTED_MAX = 4 * 1024 };

struct HttpResponse {
  guint status;
  GArray *headers; /* HttpResponseHeader */
  GBytes *bytes;
  HttpSource source;    /* in place of the bytes; without `read`: none */
  guint64 source_first; /* what of it is sent */
  guint64 source_len;
  GBytes *prepared; /* them compressed; NULL: that is to be done */
  char *etag;
  char *problem; /* an error's line */
  gboolean compressed;
  gboolean is_counted; /* its bytes carry their charge */
};

/* How many bytes the body of an answer to GET has, or HTTP_SOURCE_SIZE_UNKNOWN. */
guint64 http_response_length(const HttpResponse *response);
gboolean http_response_has_length(const HttpResponse *response);

const char *http_response_header(const HttpResponse *response, const char *name);

/* Honours If-None-Match, Range and If-Range. */
void http_response_apply_conditions(HttpResponse *response, const HttpHead *head);

/* Is it to be compressed for this client? */
gboolean http_response_wants_compression(const HttpResponse *response, const HttpHead *head);

/* Compresses its bytes, unless that makes them no smaller, or there is no room for it. Any thread. */
void http_response_compress(HttpResponse *response, HttpBudget *budget);

/* Counts the bytes of an answer that did not do so before it was made; all but HTTP_UNCOUNTED_MAX bytes, so that
 * errors can be answered always. Takes it; when they do not fit the answer is another, 503. */
HttpResponse *http_response_count(HttpResponse *response, HttpBudget *budget);

/* Writes status line and headers. `head` is the request's; `allow_origin` as in HttpVerdict. */
void http_response_print_head(const HttpResponse *response, const HttpHead *head, HttpFraming framing,
                              gboolean keeps_alive, const char *allow_origin, struct evbuffer *output);

/* HTTP statuses without a body, whatever the response holds. */
gboolean http_status_has_body(guint status);
