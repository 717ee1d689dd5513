#include "origin/dmarc.h"
#include <string.h>

#define GOOD_STRICT {ORIGIN_PASS, ALIGNMENT_STRICT}
#define GOOD_RELAXED {ORIGIN_PASS, ALIGNMENT_RELAXED}
#define GOOD_UNALIGNED {ORIGIN_PASS, ALIGNMENT_NO}
#define BAD {ORIGIN_FAIL, ALIGNMENT_STRICT}
#define OPEN {ORIGIN_UNKNOWN, ALIGNMENT_STRICT}
#define MAYBE {ORIGIN_PASS, ALIGNMENT_UNKNOWN}

/* A record of example.com, a message from below it, and what comes of that. */
static void messages_are_judged(void) {
  static const struct {
    const char *record;
    const char *from;
    DmarcEvidence dkim, spf;
    OriginResult result;
    const char *policy;
    const char *words; /* of the reason */
  } vectors[] = {
      {"v=DMARC1; p=reject", "example.com", GOOD_STRICT, BAD, ORIGIN_PASS, "reject", "DKIM passes"},
      {"v=DMARC1; p=reject", "example.com", GOOD_RELAXED, BAD, ORIGIN_PASS, "reject", "DKIM passes"},
      {"v=DMARC1; p=none", "example.com", BAD, GOOD_RELAXED, ORIGIN_PASS, "none", "SPF passes"},
      {"v=DMARC1; p=none", "example.com", GOOD_STRICT, GOOD_STRICT, ORIGIN_PASS, "none", "DKIM and SPF"},
      {"v=DMARC1; p=reject; adkim=s", "example.com", GOOD_RELAXED, BAD, ORIGIN_FAIL, "reject",
       "tells receivers to reject"},
      {"v=DMARC1; p=quarantine; aspf=s", "example.com", BAD, GOOD_RELAXED, ORIGIN_FAIL, "quarantine", "spam"},
      {"v=DMARC1; p=none; aspf=r; adkim=r", "example.com", BAD, BAD, ORIGIN_FAIL, "none", "requests no action"},
      {"v=DMARC1; p=reject; pct=5", "example.com", BAD, BAD, ORIGIN_FAIL, "reject",
       "reject the message (for 5% of the messages)"},
      {"v=DMARC1; p=reject", "example.com", GOOD_UNALIGNED, GOOD_UNALIGNED, ORIGIN_FAIL, "reject", "neither"},
      {"v=DMARC1; p=reject", "example.com", OPEN, BAD, ORIGIN_UNKNOWN, "reject", "SPF does not pass"},
      {"v=DMARC1; p=reject", "example.com", BAD, OPEN, ORIGIN_UNKNOWN, "reject", "DKIM does not pass"},
      {"v=DMARC1; p=reject", "example.com", OPEN, OPEN, ORIGIN_UNKNOWN, "reject", "DKIM and SPF are unknown"},
      {"v=DMARC1; p=reject", "example.com", MAYBE, BAD, ORIGIN_UNKNOWN, "reject", "SPF does not pass"},
      {"v=DMARC1; p=reject; adkim=s", "example.com", MAYBE, BAD, ORIGIN_FAIL, "reject", "neither"},
      {"v=DMARC1; p=reject; sp=none", "a.b.example.com", BAD, BAD, ORIGIN_FAIL, "none", "_dmarc.example.com says none"},
      {"v=DMARC1; p=reject", "b.example.com", BAD, BAD, ORIGIN_FAIL, "reject", "_dmarc.example.com says reject"},
      {"V=dmarc1;P=reject", "example.com", BAD, BAD, ORIGIN_PERMERROR, "", "p="},
      {"v=DMARC1", "example.com", GOOD_STRICT, BAD, ORIGIN_PERMERROR, "", "p="},
      {"v=DMARC1; p=refuse", "example.com", BAD, BAD, ORIGIN_PERMERROR, "", "p="},
      {"v=DMARC1; p=none; sp=x", "example.com", BAD, BAD, ORIGIN_PERMERROR, "", "sp="},
      {"v=DMARC1; p=none; adkim=x", "example.com", BAD, BAD, ORIGIN_PERMERROR, "", "adkim="},
      {"v=DMARC1; p=none; pct=101", "example.com", BAD, BAD, ORIGIN_PERMERROR, "", "pct="},
      {"v=DMARC1; p=none; p=none", "example.com", BAD, BAD, ORIGIN_PERMERROR, "", "each once"},
      {"v=DMARC1; p=none", "example.net", BAD, BAD, ORIGIN_UNKNOWN, "", "TXT _dmarc.example.net; neither"},
      {"v=DMARC1; p=none", "example.net", GOOD_STRICT, BAD, ORIGIN_UNKNOWN, "", "DKIM passes"},
      {"v=DMARC1; p=none", "", GOOD_STRICT, BAD, ORIGIN_NONE, "", "From"},
      {"other", "example.com", BAD, BAD, ORIGIN_UNKNOWN, "", "TXT _dmarc.example.com"},
  };

  for (gsize i = 0; i < G_N_ELEMENTS(vectors); i++) {
    g_autoptr(DnsRecords) records = dns_records_new();
    g_autoptr(GArray) signatures = g_array_new(FALSE, FALSE, sizeof(DmarcEvidence));
    const DmarcEvidence none = BAD;
    DmarcVerdict verdict;
    dns_records_add(records, DNS_TXT, "_dmarc.example.com", vectors[i].record);
    g_array_append_val(signatures, none);
    g_array_append_val(signatures, vectors[i].dkim);
    dmarc_check(vectors[i].from, signatures, vectors[i].spf, records, &verdict);
    if (verdict.result != vectors[i].result || strcmp(verdict.policy, vectors[i].policy) != 0 ||
        !strstr(verdict.reason, vectors[i].words))
      g_error("%u, \"%s\": %s, \"%s\", %s", (guint)i, vectors[i].record, origin_result_name(verdict.result),
              verdict.policy, verdict.reason);
    g_assert_true(g_str_has_prefix(verdict.source, "RFC 7489 "));
    dmarc_verdict_clear(&verdict);
  }
}

static void several_records_are_none(void) {
  g_autoptr(DnsRecords) records = dns_records_new();
  g_autoptr(GArray) signatures = g_array_new(FALSE, FALSE, sizeof(DmarcEvidence));
  const DmarcEvidence spf = GOOD_STRICT;
  DmarcVerdict verdict;

  dns_records_add(records, DNS_TXT, "_dmarc.example.com", "v=DMARC1; p=none");
  dns_records_add(records, DNS_TXT, "_dmarc.example.com", "v=DMARC1; p=reject");
  dmarc_check("example.com", signatures, spf, records, &verdict);
  g_assert_cmpint(verdict.result, ==, ORIGIN_PERMERROR);
  dmarc_verdict_clear(&verdict);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/dmarc/messages_are_judged", messages_are_judged);
  g_test_add_func("/dmarc/several_records_are_none", several_records_are_none);
  return g_test_run();
}
