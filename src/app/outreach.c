#include "app/outreach.h"
#include <string.h>

struct Outreach {
  struct event_base *base;
  NetResolver *resolver;
  Spamd *spamd;         /* NULL: none */
  LinkFetcher *fetcher; /* NULL: none */
};

Outreach *outreach_new(const Options *options, struct event_base *base, LoopQueue *queue) {
  Outreach *outreach = g_new0(Outreach, 1);

  outreach->base = base;
  outreach->resolver = net_resolver_new(queue);
  if (options->spamd && strcmp(options->spamd, "off") != 0)
    outreach->spamd = spamd_new(base, outreach->resolver, options->spamd, SPAMD_TIMEOUT_MS);
  return outreach;
}

Spamd *outreach_spamd(const Outreach *outreach) {
  return outreach->spamd;
}

gboolean outreach_open(Outreach *outreach, const Options *options, GError **error) {
  LinkReach reach = options->fetch_links == OPTIONS_FETCH_ANY ? LINK_REACH_ANY : LINK_REACH_PUBLIC;

  if (options->fetch_links == OPTIONS_FETCH_OFF)
    return TRUE;
  outreach->fetcher = link_fetcher_new(outreach->base, outreach->resolver, reach, LINK_FETCH_TIMEOUT_MS, error);
  return outreach->fetcher != NULL;
}

LinkFetcher *outreach_fetcher(const Outreach *outreach) {
  return outreach->fetcher;
}

void outreach_free(Outreach *outreach) {
  if (!outreach)
    return;
  link_fetcher_free(outreach->fetcher);
  spamd_free(outreach->spamd);
  net_resolver_free(outreach->resolver);
  g_free(outreach);
}
