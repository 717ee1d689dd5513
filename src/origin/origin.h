#pragma once
/* Whether a message is from whom it says, as far as it can be told from the message and from DNS records that were
 * given. Nothing is looked up.
 *
 * Owns: a report owns what it says.
 * Thread: any; pure.
 * Units and limits: ORIGIN_SIGNATURES_MAX signatures are looked at, the first in the message, for the body is hashed
 * for each.
 * Source: RFC 6376 (DKIM), RFC 7208 (SPF), RFC 7489 (DMARC). */
#include "origin/alignment.h"
#include "origin/dkim_verify.h"
#include "origin/dmarc.h"
#include "origin/spf.h"
#include "syntax/envelope.h"

enum { ORIGIN_SIGNATURES_MAX = 10 };

typedef struct OriginReport {
  char *from;            /* the domain of the first address in From; "": none */
  GPtrArray *signatures; /* DkimVerdict *, in the order of the message */
  GArray *evidence;      /* DmarcEvidence, of each of them */
  guint n_unread;        /* signatures beyond the limit */
  char *spf_domain;      /* of MAIL FROM, or of HELO if that is null; "": none */
  char *spf_address;     /* of the client; "": none */
  SpfVerdict spf;
  Alignment spf_alignment;
  DmarcVerdict dmarc;
} OriginReport;

/* `message` is the message as received, with CRLF; `records` may be NULL. The caller frees. */
OriginReport *origin_report_new(const Message *message, const Envelope *envelope, gint64 received_us,
                                const DnsRecords *records);
void origin_report_free(OriginReport *report);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(OriginReport, origin_report_free)
