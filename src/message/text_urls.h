#pragma once
/* URLs written out in text: where they begin, and where the sentence around them goes on.
 *
 * Thread: any; pure.
 * Units and limits: linear in the text; URLs of at most TEXT_URL_BYTES_MAX bytes, longer ones are skipped.
 * Source: RFC 3986 3 (the form), appendix C (angle brackets, line ends within them); what readers take for the end of a
 *         URL in scripts that write no space after it. web/mail/linkify.js has the same rule; tests/web/test_links.js
 *         compares the two. */
#include <glib.h>

enum { TEXT_URL_BYTES_MAX = 8192 };

typedef struct TextUrl {
  gsize start; /* in the text, in bytes */
  gsize end;
  char *url; /* absolute: "www.example.com" has become "http://www.example.com"; the caller frees */
} TextUrl;

/* Finds the next URL from *cursor on and moves the cursor past it; FALSE at the end. The text is valid UTF-8. */
gboolean text_urls_next(const char *text, gsize len, gsize *cursor, TextUrl *out_url);

/* Whether it is on http or https. */
gboolean url_is_web(const char *url);

/* Whether a link may be opened when a reader clicks it: it names a scheme, and not one that runs scripts or shows what
 * is on this machine. */
gboolean url_is_safe_link(const char *url);
