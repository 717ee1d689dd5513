#pragma once
/* A message's HTML made fit to be looked at alone: its pictures are found at their parts or in the page itself, what is
 * relative to a base is whole, its links open elsewhere.
 *
 * Owns: nothing; the HTML it makes is the caller's.
 * Thread: any; pure.
 * Errors: none. What is returned is as hostile as what was given: what may run and be fetched is for the policy that
 *         goes with it (api_view.c).
 * Units and limits: linear in the message; HTML_VIEW_PICTURES_MAX bytes of pictures in a page, the rest is not shown;
 *         longer addresses than HTML_VIEW_ADDRESS_MAX stay relative.
 * Source: RFC 2392 (cid: URLs), RFC 2397 (data: URLs); for the rest message/own_parts.h. */
#include "message/message.h"

enum { HTML_VIEW_PICTURES_MAX = 32 * 1024 * 1024, HTML_VIEW_ADDRESS_MAX = 8192 };

typedef struct HtmlViewOptions {
  const char *parts_path;   /* before a part's id; NULL: pictures are put into the page, which then needs no origin */
  gboolean opens_elsewhere; /* links get target="_blank" and rel */
  gboolean keeps_links;     /* link elements stay, for what they name may be fetched */
  gboolean darkens;         /* colours are turned round, as mail programs do that know no better */
  gboolean has_heading;     /* who wrote it to whom, for paper */
} HtmlViewOptions;

/* Whether a part may be put into the page as a picture: by its type, or because it has none. */
gboolean html_view_may_show(const MessagePart *part);

/* Frames never stay, as browsers connect to where they lead before their policy is asked. The caller frees. */
char *html_view_print(const char *html, const Message *message, const HtmlViewOptions *options);
