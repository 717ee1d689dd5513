#pragma once
/* The servers that a running dsmtpd asks: none, unless its owner named them.
 *
 * Owns: the resolver and who asks by it. Options and queue are lent.
 * Thread: the loop thread.
 * Errors: TLS_ERROR when links are to be fetched and TLS cannot be used.
 * Units and limits: those of outward/.
 * Source: dsmtpd(1), --fetch-links and --spamd. */
#include "app/options.h"
#include "outward/link_fetch.h"
#include "outward/spamd.h"

typedef struct Outreach Outreach;

Outreach *outreach_new(const ServerSettings *settings, struct event_base *base, LoopQueue *queue, GError **error);

/* Lent; NULL: there is none. */
Spamd *outreach_spamd(const Outreach *outreach);

/* Lent; NULL: links are not fetched. */
LinkFetcher *outreach_fetcher(const Outreach *outreach);

/* Behind the end of who asks, before that of the queue. NULL is fine. */
void outreach_free(Outreach *outreach);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Outreach, outreach_free)
