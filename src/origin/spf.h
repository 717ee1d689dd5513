#pragma once
/* Who may send messages of a domain, by the SPF records that were given.
 *
 * What takes a look-up is told from what does not: a name whose records were given is known, of any other nothing is.
 * Macros are not expanded, and names of addresses (ptr) are never known.
 *
 * Owns: a verdict owns what it says.
 * Thread: any; pure.
 * Errors: none: whatever is wrong is the verdict.
 * Units and limits: SPF_LOOKUPS_MAX terms that take a look-up, RFC 7208 4.6.4; SPF_TERMS_MAX terms of a record;
 *         SPF_HOSTS_MAX hosts of an MX.
 * Source: RFC 7208. */
#include "net/address.h"
#include "origin/dns_records.h"
#include "origin/result.h"

enum { SPF_LOOKUPS_MAX = 10, SPF_TERMS_MAX = 256, SPF_HOSTS_MAX = 10 };

typedef struct SpfVerdict {
  OriginResult result;
  char *reason;
  const char *source; /* RFC and section; static */
} SpfVerdict;

/* May `address` send messages of `domain`, a name as dns_name_normalize() gives it? NULL: a client without an IP
 * address. `records` may be NULL. The caller clears. */
void spf_check(const NetAddress *address, const char *domain, const DnsRecords *records, SpfVerdict *out_verdict);

void spf_verdict_clear(SpfVerdict *verdict);
