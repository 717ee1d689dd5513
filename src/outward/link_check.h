#pragma once
/* Asking all links of a message, a few at a time.
 *
 * Owns: a LinkCheck its links and the fetches under way; the fetcher is lent.
 * Thread: the loop thread; links may be made on another. Callbacks come from the loop, never from inside a call.
 * Errors: what goes wrong with a link is its result.
 * Units and limits: LINK_CHECK_LINKS_MAX links, those behind them are not asked; LINK_CHECK_AT_A_TIME at a time;
 *         one time limit for all of them.
 * Source: docs/api.md. */
#include "outward/link_fetch.h"

enum { LINK_CHECK_LINKS_MAX = 200, LINK_CHECK_AT_A_TIME = 5, LINK_CHECK_TIMEOUT_MS = 60 * 1000 };

typedef struct CheckedLink {
  char *url;
  gboolean is_skipped; /* not asked; `text` says why */
  guint status;        /* of the answer; 0: there is none */
  char *text;          /* the status in words, or why there is none; NULL: not asked yet */
} CheckedLink;

/* The links have no text, unless they are to be skipped. The caller unrefs. */
GPtrArray *checked_links_new(void);
CheckedLink *checked_links_add(GPtrArray *links, const char *url);

/* Not to be asked, and why. */
void checked_link_skip(CheckedLink *link, const char *why);

typedef struct LinkCheck LinkCheck;

/* All links have a text; lent. */
typedef void (*LinksChecked)(const GPtrArray *links, gpointer user_data);

/* `checked` is called once; then the check is gone. */
LinkCheck *link_check(LinkFetcher *fetcher, GPtrArray *links, gboolean follows, guint timeout_ms, LinksChecked checked,
                      gpointer user_data);

/* `checked` is not called. NULL is fine. */
void link_check_cancel(LinkCheck *check);
