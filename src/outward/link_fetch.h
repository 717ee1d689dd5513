#pragma once
/* Asking whether a link leads somewhere: HEAD, and GET where HEAD is not known.
 *
 * What is sent has no login, no cookie and no referrer, and names dsmtpd. No body is read. An address is judged right
 * before it is connected to, and it is that one which is connected to, so that a name cannot mean something else a
 * moment later (DNS rebinding); each redirection is judged again. HTTP_PROXY and its like are not looked at.
 *
 * Owns: a LinkFetcher what TLS trusts; a LinkFetch its connection. The resolver is lent.
 * Thread: the loop thread. Callbacks come from the loop, never from inside a call.
 * Errors: TLS_ERROR when TLS cannot be used at all; what goes wrong with a link is its result.
 * Units and limits: a fetch has its time for everything; LINK_FETCH_REDIRECTIONS_MAX redirections; heads as in
 *         syntax/http_head.h; URLs as in syntax/web_url.h; any port.
 * Source: RFC 9110 9.3.1, 9.3.2, 15.4 (redirections), 15.5.6, 15.6.2. */
#include "net/resolver.h"

enum { LINK_FETCH_REDIRECTIONS_MAX = 10, LINK_FETCH_TIMEOUT_MS = 15 * 1000 };

typedef enum {
  LINK_REACH_PUBLIC, /* public addresses, and no name of this machine */
  LINK_REACH_ANY
} LinkReach;

typedef struct LinkFetcher LinkFetcher;
typedef struct LinkFetch LinkFetch;

/* The answer's status with its name, or 0 and why there is none; one line, lent. */
typedef void (*LinkFetched)(guint status, const char *text, gpointer user_data);

LinkFetcher *link_fetcher_new(struct event_base *base, NetResolver *resolver, LinkReach reach, guint timeout_ms,
                              GError **error);

/* When no fetch is under way. NULL is fine. */
void link_fetcher_free(LinkFetcher *fetcher);

/* `fetched` is called once; then the fetch is gone. Without `follows` a redirection is the result. */
LinkFetch *link_fetch(LinkFetcher *fetcher, const char *url, gboolean follows, LinkFetched fetched, gpointer user_data);

/* `fetched` is not called. NULL is fine. */
void link_fetch_cancel(LinkFetch *fetch);

/* For who plans with it: a loop, and how far it goes. */
struct event_base *link_fetcher_base(const LinkFetcher *fetcher);
LinkReach link_fetcher_reach(const LinkFetcher *fetcher);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(LinkFetcher, link_fetcher_free)
