#pragma once
/* What the domain in From wants done with a message, and whether that is asked for: DMARC, by the records that were
 * given.
 *
 * Owns: a verdict owns what it says.
 * Thread: any; pure.
 * Errors: none: whatever is wrong is the verdict.
 * Units and limits: those of origin/dns_records.h.
 * Source: RFC 7489 6.3 (the record), 6.6 (what receivers do). */
#include "origin/alignment.h"
#include "origin/result.h"

/* What DKIM or SPF has to say for a domain. */
typedef struct DmarcEvidence {
  OriginResult result;
  Alignment alignment;
} DmarcEvidence;

typedef struct DmarcVerdict {
  OriginResult result;
  char *reason;
  const char *source; /* RFC and section; static */
  char *record;       /* where its record is, or would be: "_dmarc.example.com"; "": there is no From */
  const char *policy; /* "none", "quarantine" or "reject"; "": not known; static */
} DmarcVerdict;

/* `from` is From's domain, as dns_name_normalize() gives it, or "". `signatures` is of DmarcEvidence. `records` may be
 * NULL. The caller clears. */
void dmarc_check(const char *from, const GArray *signatures, DmarcEvidence spf, const DnsRecords *records,
                 DmarcVerdict *out_verdict);

void dmarc_verdict_clear(DmarcVerdict *verdict);
