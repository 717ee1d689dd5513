#pragma once
/* Names of servers, as they stand in Host and Origin.
 *
 * Owns: nothing; an HttpHost is a value.
 * Thread: any; pure.
 * Errors: FALSE for what is no such name.
 * Units and limits: a name has at most HTTP_HOST_NAME_MAX bytes.
 * Source: RFC 3986 3.2.2, 3.2.3; RFC 6454 6.2; RFC 5952 (IPv6). */
#include <glib.h>

enum { HTTP_HOST_NAME_MAX = 255 };

/* Where none is given. */
enum { HTTP_PORT = 80, HTTPS_PORT = 443 };

typedef enum { HTTP_HOST_NAME, HTTP_HOST_IP4, HTTP_HOST_IP6 } HttpHostKind;

/* Two of one server are equal: lower case, no dot at the end, addresses in their canonical form without brackets. */
typedef struct HttpHost {
  char name[HTTP_HOST_NAME_MAX + 1];
  HttpHostKind kind;
  guint16 port; /* 0: none is given */
} HttpHost;

/* "localhost:8025", "127.0.0.1", "[::1]:8025". No user, no path, no escapes. */
gboolean http_host_parse(const char *text, gsize len, HttpHost *out_host);

/* "http://localhost:8025"; without a port that of the scheme is put in. Other schemes and "null" are none. */
gboolean http_origin_parse(const char *text, HttpHost *out_host);

/* TRUE when both mean this machine or an address on it that others cannot reach: localhost and what is below it, and
 * loopback addresses. */
gboolean http_host_is_loopback(const HttpHost *host);

/* Is it a name without a port, or "*." and a name? */
gboolean http_host_pattern_is_valid(const char *pattern);

/* TRUE when `host` has this name, or, for "*.example.com", one below it. In any case. */
gboolean http_host_matches(const HttpHost *host, const char *pattern);
