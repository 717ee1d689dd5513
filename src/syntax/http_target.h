#pragma once
/* The target of an HTTP request: segments of the path, parameters of the query, each percent-decoded once.
 *
 * Owns: nothing; the caller frees what it is given.
 * Thread: any; pure.
 * Errors: NULL, with an HttpRefusal.
 * Units and limits: HTTP_QUERY_PARAMETERS_MAX parameters.
 * Source: RFC 3986 2.1, 3.3; the URL standard, 5.1 (queries as forms write them). */
#include "syntax/http_head.h"

enum { HTTP_QUERY_PARAMETERS_MAX = 100 };

/* "/a/b%20c/" gives "a", "b c", "". Rejected are "." and "..", however written, slashes and control characters in a
 * segment, and what is not UTF-8. */
GStrv http_target_split(const char *path, HttpRejection *out_rejection);

/* Name, value, name, value. Rejected are broken escapes, NUL, and what is not UTF-8. `query` may be NULL. */
GStrv http_query_parse(const char *query, HttpRejection *out_rejection);
