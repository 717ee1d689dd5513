#pragma once
/* Is a domain that was checked that of the From field, as DMARC wants it?
 *
 * "Relaxed" means: of one registered domain. Which one that is, a list of all registries would say; here it is told
 * where one of the two is above the other, or where a DMARC record was given for what is above both.
 *
 * Thread: any; pure.
 * Source: RFC 7489 3.1 (alignment), 3.2 (the organizational domain). */
#include "origin/dns_records.h"

typedef enum {
  ALIGNMENT_NO,
  ALIGNMENT_UNKNOWN, /* relaxed, if what is above both is a registered domain */
  ALIGNMENT_RELAXED,
  ALIGNMENT_STRICT
} Alignment;

/* "no", "unknown", "relaxed", "strict". */
const char *alignment_name(Alignment alignment);

/* Of two names as dns_name_normalize() gives them; "" is of none. `records` may be NULL. */
Alignment alignment_of(const char *domain, const char *from, const DnsRecords *records);

/* The DMARC record of a domain, or of the nearest above it of two labels at least; *out_name, which the caller frees,
 * is where it is or would be, *out_n how many there are. NULL: none was given. */
const char *alignment_find_dmarc(const char *of, const DnsRecords *records, char **out_name, guint *out_n);
