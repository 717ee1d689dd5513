#pragma once
/* The links in a message.
 *
 * Owns: a MessageLink owns its strings.
 * Thread: any.
 * Units and limits: LINKS_MAX links of LINKS_BYTES_MAX bytes together, for a long base address is in each of them;
 *         each at most LINK_URL_BYTES_MAX bytes long; longer ones are left out, and so are
 *         those whose scheme runs scripts or shows files (text_urls.h). Linear in the text.
 * Source: what browsers and mail programs take for a link. */
#include "message/own_parts.h"

enum { LINKS_MAX = 10000, LINKS_BYTES_MAX = 8 * 1024 * 1024, LINK_URL_BYTES_MAX = 8192, LINK_CONTEXT_BYTES = 160 };

typedef enum {
  LINK_ANCHOR,     /* a, area */
  LINK_IMAGE,      /* img */
  LINK_STYLESHEET, /* link rel=stylesheet */
  LINK_TEXT,       /* written out, in text or HTML */
} LinkKind;

typedef struct MessageLink {
  LinkKind kind;
  char *url;     /* whole, be it written relative to the base element; with any safe scheme */
  char *text;    /* what is shown: of the anchor, the image's alternative; "" when nothing is, the URL itself in text */
  char *context; /* the text around it, one line: what stands before, and what is shown */
} MessageLink;

/* Of MessageLink *, each URL once, as an anchor rather than as anything else; those of the HTML first. Both texts are
 * valid UTF-8 and may be NULL. Pictures among `parts`, which may be NULL, are not links. The caller unrefs. */
GPtrArray *links_find(const char *text, const char *html, const OwnParts *parts);

/* Those of all texts of a message. */
GPtrArray *message_links(const Message *message);
