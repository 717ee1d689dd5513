#include "app/outreach.h"
#include <string.h>

struct Outreach {
  NetResolver *resolver;
  Spamd *spamd; /* NULL: none */
};

Outreach *outreach_new(const Options *options, struct event_base *base, LoopQueue *queue) {
  Outreach *outreach = g_new0(Outreach, 1);

  outreach->resolver = net_resolver_new(queue);
  if (options->spamd && strcmp(options->spamd, "off") != 0)
    outreach->spamd = spamd_new(base, outreach->resolver, options->spamd, SPAMD_TIMEOUT_MS);
  return outreach;
}

Spamd *outreach_spamd(const Outreach *outreach) {
  return outreach->spamd;
}

void outreach_free(Outreach *outreach) {
  if (!outreach)
    return;
  spamd_free(outreach->spamd);
  net_resolver_free(outreach->resolver);
  g_free(outreach);
}
