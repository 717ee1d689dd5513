#pragma once
/* Which function answers which request: tables of rows, matched segment by segment.
 *
 * Owns: the compiled patterns; the rows and the data given with them are lent.
 * Thread: the loop thread.
 * Errors: a pattern that cannot be read is our mistake.
 * Units and limits: HTTP_ROUTE_PARAMS_MAX parameters a pattern; paths have at most HTTP_TARGET_MAX bytes.
 * Source: RFC 9110 9 (methods), 15.5.6 (405 and Allow); docs/http.md. */
#include "http/request.h"

enum { HTTP_ROUTE_PARAMS_MAX = 4 };

typedef enum {
  /* Says nothing about messages and changes nothing: no password, and no matter which page asks. */
  HTTP_ROUTE_PUBLIC = 1 << 0,
} HttpRouteFlags;

typedef struct HttpRoute {
  const char *method;  /* GET answers HEAD too; OPTIONS is answered for every path */
  const char *pattern; /* "/message/{id}/part/{part}", "/view/{id}.html"; a parameter takes one segment, never an empty
                          one; a literal segment goes before one with a parameter, "{id}.html" before "{id}" */
  HttpHandler handler;
  HttpRouteFlags flags;
  gsize body_max_bytes; /* 0: HTTP_BODY_MAX */
} HttpRoute;

typedef struct HttpRoutes HttpRoutes;

/* `prefix` stands before every pattern: "" or "/mail". */
HttpRoutes *http_routes_new(const char *prefix);
void http_routes_free(HttpRoutes *routes);

/* The handlers of these rows are called with `user_data`. A row without a pattern ends the table. */
void http_routes_add(HttpRoutes *routes, const HttpRoute *rows, gpointer user_data);

/* "" or "/mail". Lent. */
const char *http_routes_prefix(const HttpRoutes *routes);

typedef struct HttpMatch {
  const HttpRoute *route; /* NULL: no route; then `allow` tells why */
  gpointer user_data;
  const char *names[HTTP_ROUTE_PARAMS_MAX + 1]; /* NULL after the last; lent by the routes */
  char *values[HTTP_ROUTE_PARAMS_MAX + 1];      /* of the parameters, as in `segments` */
  char *allow;                                  /* the methods the path has, "GET, HEAD, OPTIONS"; NULL: no such path */
} HttpMatch;

/* `segments` are those of the path, decoded (http_target_split()). */
void http_routes_match(const HttpRoutes *routes, const char *method, char *const *segments, HttpMatch *out_match);
void http_match_clear(HttpMatch *match);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(HttpRoutes, http_routes_free)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(HttpMatch, http_match_clear)
