#pragma once
/* What is answered: status, headers, bytes. The server adds what every answer has (docs/http.md, "Headers").
 *
 * Owns: its headers and a reference to its bytes.
 * Thread: any, one at a time: a reader thread may build it.
 * Errors: none. What would break a header (control characters) is left out of its value.
 * Units and limits: HTTP_COMPRESS_MIN bytes and more of a compressible type are compressed for clients that take it.
 * Source: RFC 9110 8 (representations), 13 (conditions), 14 (ranges); RFC 6266, RFC 8187 (Content-Disposition). */
#include "http/request.h"
#include "http/source.h"

enum { HTTP_COMPRESS_MIN = 1024 };

#define HTTP_NO_ROOM "too much is in progress; try again later"

/* No bytes yet. */
HttpResponse *http_response_new(guint status);
void http_response_free(HttpResponse *response);

/* text/plain, just these bytes: http_response_text(200, "ok"). */
HttpResponse *http_response_text(guint status, const char *text);

/* An error: text/plain, one line. Whatever line ends the message has become spaces. 503 asks to try again
 * (Retry-After). */
HttpResponse *http_response_error(guint status, const char *format, ...) G_GNUC_PRINTF(2, 3);

/* application/json. The reference stays the caller's. */
HttpResponse *http_response_json(guint status, GBytes *json);

/* Any bytes of ours. */
HttpResponse *http_response_bytes(guint status, const char *content_type, GBytes *bytes);

/* Bytes out of a message, which are hostile: with a sandboxing CSP, so that what a browser would run in the origin of
 * the page it does not run, and with a type that is a plausible media type, else application/octet-stream. */
HttpResponse *http_response_hostile(const char *content_type, GBytes *bytes);

/* Its bytes carry their charge already. Returns the response. */
HttpResponse *http_response_counted(HttpResponse *response);

/* Its bytes, unless they carry one already, carry the charge, shrunk or grown to their number. Takes the charge, and
 * the response, which it returns; without room to grow it returns another, 503. */
HttpResponse *http_response_charge(HttpResponse *response, HttpCharge *charge);

/* 503: there is no room for the answer. */
HttpResponse *http_response_no_room(void);

/* Its bytes come from the source, which it takes. They are not compressed. */
void http_response_set_source(HttpResponse *response, const HttpSource *source);

/* 302 to a path or URL. */
HttpResponse *http_response_redirect(const char *location);

/* Sets, in place of one of the same name. */
void http_response_set_header(HttpResponse *response, const char *name, const char *value);

/* Content-Disposition. NULL: no name. The name may be anything a message had. */
void http_response_set_disposition(HttpResponse *response, gboolean attachment, const char *file_name);

/* `tag` is opaque text without quotes that changes with the bytes. With it If-None-Match is honoured, and for a 200
 * Range and If-Range too. */
void http_response_set_etag(HttpResponse *response, const char *tag);

/* The same bytes in gzip, made beforehand, for clients that take it: nothing is compressed for each request. */
void http_response_set_compressed(HttpResponse *response, GBytes *compressed);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(HttpResponse, http_response_free)
