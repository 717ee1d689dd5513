#include "app/outreach.h"
#include <string.h>

struct Outreach {
  NetResolver *resolver;
  Spamd *spamd;         /* NULL: none */
  LinkFetcher *fetcher; /* NULL: none */
};

Outreach *outreach_new(const ServerSettings *settings, struct event_base *base, LoopQueue *queue, GError **error) {
  LinkReach reach = settings->fetch_links == OPTIONS_FETCH_ANY ? LINK_REACH_ANY : LINK_REACH_PUBLIC;
  g_autoptr(Outreach) outreach = g_new0(Outreach, 1);

  outreach->resolver = net_resolver_new(queue);
  if (settings->spamd && strcmp(settings->spamd, "off") != 0)
    outreach->spamd = spamd_new(base, outreach->resolver, settings->spamd, SPAMD_TIMEOUT_MS);
  if (settings->fetch_links == OPTIONS_FETCH_OFF)
    return g_steal_pointer(&outreach);
  outreach->fetcher = link_fetcher_new(base, outreach->resolver, reach, LINK_FETCH_TIMEOUT_MS, error);
  return outreach->fetcher ? g_steal_pointer(&outreach) : NULL;
}

Spamd *outreach_spamd(const Outreach *outreach) {
  return outreach->spamd;
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
