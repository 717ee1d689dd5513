#pragma once
/* What a message's HTML would have a browser fetch from elsewhere: by it, senders see when and where a message is read.
 *
 * Owns: a RemoteReference owns its URL.
 * Thread: any; pure.
 * Units and limits: linear in the HTML; REMOTE_REFERENCES_MAX references, of at most REMOTE_URL_BYTES_MAX bytes each;
 *         those that go beyond are left out. This counts for people: what is fetched is for the browser's policy to
 *         allow, which does not rest on it.
 * Source: WHATWG HTML 4.8 (what elements load), RFC 3986 4.2 (network-path references). */
#include "message/own_parts.h"

enum { REMOTE_REFERENCES_MAX = 10000, REMOTE_URL_BYTES_MAX = 8192 };

typedef enum {
  REMOTE_IMAGE,
  REMOTE_STYLESHEET,
  REMOTE_FONT,
  REMOTE_MEDIA,  /* audio and video */
  REMOTE_FRAME,  /* pages and plug-ins within the page */
  REMOTE_SCRIPT, /* never run */
  REMOTE_OTHER,  /* what a link element names */
  REMOTE_KINDS_N
} RemoteKind;

typedef struct RemoteReference {
  RemoteKind kind;
  char *url;
} RemoteReference;

/* "image", "stylesheet" … */
const char *remote_kind_name(RemoteKind kind);

/* Of RemoteReference *, each URL once a kind, whole. What is among `parts`, which may be NULL, is not elsewhere. The
 * caller unrefs. */
GPtrArray *remote_content_find(const char *html, const OwnParts *parts);

/* Would a browser look for it at another server? */
gboolean remote_content_is_remote(const char *url);
