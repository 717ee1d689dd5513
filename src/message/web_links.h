#pragma once
/* The addresses in the web that a mail leads to, or would have fetched.
 *
 * Owns: nothing.
 * Thread: any.
 * Errors: none.
 * Units and limits: WEB_LINKS_MAX links of at most WEB_LINK_OCTETS_MAX octets.
 * Source: RFC 3986 appendix C (URLs in text). */
#include "message/message.h"

enum { WEB_LINKS_MAX = 5000, WEB_LINK_OCTETS_MAX = 8 * 1024 };

/* Of links, pictures, style sheets and plain text; http: and https: only, each once, in the order in which they come,
 * the HTML first. char *; the caller unrefs. */
GPtrArray *web_links_find(const Message *message);
