#pragma once
/* Where a link leads: the host of its URL.
 *
 * Thread: any; pure.
 * Errors: none; a URL that browsers would not open has no host.
 * Units and limits: linear in the URL.
 * Source: RFC 3986 3.2 (authority); WHATWG URL 4.4 (what browsers make of it); RFC 6761 6.3, RFC 6762 3, RFC 1918 3,
 *         RFC 4193 3 and RFC 3927 (names and addresses that mean another machine elsewhere). */
#include <glib.h>

/* Of an http or https URL, with or without a user and a port: lower case, in ASCII, an IPv6 address without brackets,
 * no dot at the end. "": it has none. The caller frees. */
char *url_host_read(const char *url);

/* Is it the reader's own machine or network, by name or address? */
gboolean url_host_is_local(const char *host);
