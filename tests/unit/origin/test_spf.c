#include "origin/spf.h"
#include <arpa/inet.h>
#include <string.h>

/* Records that all tests share. */
static const char zone[] = "mail.example A 192.0.2.10\n"
                           "mail.example AAAA 2001:db8::10\n"
                           "mx.example MX 10 mail.example\n"
                           "nomx.example MX 0 .\n"
                           "half.example MX 10 mail.example\n"
                           "half.example MX 20 gone.example\n"
                           "fine.example TXT v=spf1 ip4:192.0.2.0/28 -all\n"
                           "soft.example TXT v=spf1 ~all\n"
                           "bad.example TXT v=spf1 al\n"
                           "two.example TXT v=spf1 -all\n"
                           "two.example TXT v=spf1 ~all\n"
                           "needs.example TXT v=spf1 include:gone.example -all\n"
                           "loop.example TXT v=spf1 include:loop.example -all\n"
                           "round.example TXT v=spf1 redirect=round.example\n";

/* The verdict on a.example with this record. The caller clears. */
static SpfVerdict check(const char *record, const char *ip) {
  g_autoptr(DnsRecords) records = dns_records_new();
  SpfVerdict verdict;
  NetAddress address;
  guint8 bytes[16];

  g_assert_true(dns_records_parse(records, zone, strlen(zone), "f", NULL));
  dns_records_add(records, DNS_TXT, "a.example", record);
  gboolean is_ip4 = inet_pton(AF_INET, ip, bytes) == 1;
  g_assert_true(is_ip4 || inet_pton(AF_INET6, ip, bytes) == 1);
  net_address_from_ip(bytes, is_ip4 ? 4 : 16, 25, &address);
  spf_check(&address, "a.example", records, &verdict);
  return verdict;
}

static void records_are_evaluated(void) {
  static const struct {
    const char *record;
    const char *ip;
    OriginResult result;
    const char *words; /* of the reason */
  } vectors[] = {
      {"v=spf1 -all", "192.0.2.10", ORIGIN_FAIL, "-all matches 192.0.2.10"},
      {"v=spf1 ~all", "192.0.2.10", ORIGIN_SOFTFAIL, "~all"},
      {"v=spf1 ?all", "192.0.2.10", ORIGIN_NEUTRAL, "?all"},
      {"v=spf1 all", "192.0.2.10", ORIGIN_PASS, "all"},
      {"v=spf1", "192.0.2.10", ORIGIN_NEUTRAL, "has no match for"},
      {"v=spf1 ip4:192.0.2.10 -all", "192.0.2.10", ORIGIN_PASS, "ip4:192.0.2.10"},
      {"v=spf1 ip4:192.0.2.99/24 -all", "192.0.2.10", ORIGIN_PASS, "ip4:"},
      {"v=spf1 ip4:192.0.2.0/29 -all", "192.0.2.10", ORIGIN_FAIL, "-all"},
      {"v=spf1 ip4:192.0.2.10 -all", "::ffff:192.0.2.10", ORIGIN_PASS, "ip4:"},
      {"v=spf1 ip6:2001:db8::/32 -all", "2001:db8::1", ORIGIN_PASS, "ip6:"},
      {"v=spf1 ip4:0.0.0.0/0 -all", "2001:db8::1", ORIGIN_FAIL, "-all"},
      {"v=spf1 -ip4:192.0.2.10 +all", "192.0.2.10", ORIGIN_FAIL, "-ip4"},
      {"v=spf1 a:mail.example -all", "192.0.2.10", ORIGIN_PASS, "a:mail"},
      {"v=spf1 a:mail.example -all", "2001:db8::10", ORIGIN_PASS, "a:mail"},
      {"v=spf1 a:mail.example/24//64 -all", "192.0.2.99", ORIGIN_PASS, "a:mail"},
      {"v=spf1 a:mail.example/24//64 -all", "2001:db8::99", ORIGIN_PASS, "a:mail"},
      {"v=spf1 a:mail.example -all", "192.0.2.11", ORIGIN_FAIL, "-all"},
      {"v=spf1 a -all", "192.0.2.10", ORIGIN_UNKNOWN, "needs a lookup: a"},
      {"v=spf1 mx:mx.example -all", "192.0.2.10", ORIGIN_PASS, "mx:mx"},
      {"v=spf1 mx:mx.example -all", "192.0.2.11", ORIGIN_FAIL, "-all"},
      {"v=spf1 mx:nomx.example -all", "192.0.2.10", ORIGIN_FAIL, "-all"},
      {"v=spf1 mx:half.example -all", "192.0.2.10", ORIGIN_PASS, "mx:half"},
      {"v=spf1 mx:half.example -all", "192.0.2.11", ORIGIN_UNKNOWN, "mx:half"},
      {"v=spf1 mx -all", "192.0.2.10", ORIGIN_UNKNOWN, "needs a lookup: mx"},
      {"v=spf1 include:fine.example -all", "192.0.2.10", ORIGIN_PASS, "include:fine"},
      {"v=spf1 include:fine.example ~all", "192.0.2.99", ORIGIN_SOFTFAIL, "~all"},
      {"v=spf1 include:soft.example -all", "192.0.2.10", ORIGIN_FAIL, "-all"},
      {"v=spf1 include:gone.example -all", "192.0.2.10", ORIGIN_UNKNOWN, "TXT gone.example"},
      {"v=spf1 include:needs.example -all", "192.0.2.10", ORIGIN_UNKNOWN, "TXT gone.example"},
      {"v=spf1 ip4:192.0.2.10 include:gone.example", "192.0.2.10", ORIGIN_PASS, "ip4"},
      {"v=spf1 include:bad.example -all", "192.0.2.10", ORIGIN_PERMERROR, "malformed: al"},
      {"v=spf1 include:two.example -all", "192.0.2.10", ORIGIN_PERMERROR, "include:two.example"},
      {"v=spf1 include:a..b -all", "192.0.2.10", ORIGIN_PERMERROR, "include:a..b"},
      {"v=spf1 include:loop.example -all", "192.0.2.10", ORIGIN_PERMERROR, "more than 10 lookups"},
      {"v=spf1 exists:mail.example -all", "192.0.2.99", ORIGIN_PASS, "exists"},
      {"v=spf1 exists:gone.example -all", "192.0.2.99", ORIGIN_UNKNOWN, "exists:gone"},
      {"v=spf1 exists:%{i}.b.example -all", "192.0.2.99", ORIGIN_UNKNOWN, "exists:%{i}"},
      {"v=spf1 ptr -all", "192.0.2.99", ORIGIN_UNKNOWN, "ptr"},
      {"v=spf1 redirect=fine.example", "192.0.2.10", ORIGIN_PASS, "fine.example: ip4"},
      {"v=spf1 redirect=fine.example -all", "192.0.2.10", ORIGIN_FAIL, "-all"},
      {"v=spf1 redirect=fine.example ip4:192.0.2.99", "192.0.2.99", ORIGIN_PASS, "ip4:192.0.2.99"},
      {"v=spf1 redirect=gone.example", "192.0.2.10", ORIGIN_UNKNOWN, "TXT gone.example"},
      {"v=spf1 redirect=%{d}.example", "192.0.2.10", ORIGIN_UNKNOWN, "redirect=%{d}"},
      {"v=spf1 redirect=round.example", "192.0.2.10", ORIGIN_PERMERROR, "more than 10 lookups"},
      {"v=spf1 al", "192.0.2.10", ORIGIN_PERMERROR, "malformed: al"},
      {"v=spf1 exp=x.example unknown=y -all", "192.0.2.10", ORIGIN_FAIL, "-all"},
      /* what only this network sees is not a verdict, unless it is a good one */
      {"v=spf1 -all", "127.0.0.1", ORIGIN_UNKNOWN,
       "another address than 127.0.0.1, for which the result would be fail"},
      {"v=spf1 ip4:127.0.0.1 -all", "127.0.0.1", ORIGIN_PASS, "ip4"},
      {"v=spf1 ~all", "10.1.2.3", ORIGIN_UNKNOWN, "would be softfail"},
      {"v=spf1", "172.31.255.255", ORIGIN_UNKNOWN, "would be neutral"},
      {"v=spf1 -all", "172.32.0.0", ORIGIN_FAIL, "-all"},
      {"v=spf1 -all", "::1", ORIGIN_UNKNOWN, "would be fail"},
      {"v=spf1 -all", "fd00::1", ORIGIN_UNKNOWN, "would be fail"},
      {"v=spf1 al", "127.0.0.1", ORIGIN_PERMERROR, "al"},
  };

  for (gsize i = 0; i < G_N_ELEMENTS(vectors); i++) {
    SpfVerdict verdict = check(vectors[i].record, vectors[i].ip);
    if (verdict.result != vectors[i].result || !strstr(verdict.reason, vectors[i].words))
      g_error("\"%s\" for %s: %s, %s", vectors[i].record, vectors[i].ip, origin_result_name(verdict.result),
              verdict.reason);
    g_assert_true(g_str_has_prefix(verdict.source, "RFC 7208 "));
    spf_verdict_clear(&verdict);
  }
}

static void look_ups_are_counted(void) {
  g_autoptr(GString) record = g_string_new("v=spf1");

  for (guint i = 0; i < SPF_LOOKUPS_MAX; i++)
    g_string_append(record, " a:mail.example");
  g_string_append(record, " -all");
  SpfVerdict most = check(record->str, "192.0.2.11");
  g_assert_cmpint(most.result, ==, ORIGIN_FAIL);
  spf_verdict_clear(&most);
  g_string_insert(record, 6, " mx:mx.example");
  SpfVerdict more = check(record->str, "192.0.2.11");
  g_assert_cmpint(more.result, ==, ORIGIN_PERMERROR);
  spf_verdict_clear(&more);
}

static void an_mx_has_so_many_hosts(void) {
  g_autoptr(DnsRecords) records = dns_records_new();
  SpfVerdict verdict;
  NetAddress address;

  net_address_from_ip((const guint8 *)"\xC0\0\2\1", 4, 25, &address);
  dns_records_add(records, DNS_TXT, "a.example", "v=spf1 mx -all");
  dns_records_add(records, DNS_A, "m.example", "192.0.2.10");
  for (guint i = 0; i < SPF_HOSTS_MAX; i++)
    dns_records_add(records, DNS_MX, "a.example", "m.example");
  spf_check(&address, "a.example", records, &verdict);
  g_assert_cmpint(verdict.result, ==, ORIGIN_FAIL);
  spf_verdict_clear(&verdict);
  dns_records_add(records, DNS_MX, "a.example", "m.example");
  spf_check(&address, "a.example", records, &verdict);
  g_assert_cmpint(verdict.result, ==, ORIGIN_PERMERROR);
  spf_verdict_clear(&verdict);
}

static void without_records_or_an_address_nothing_is_known(void) {
  SpfVerdict verdict;
  NetAddress address;

  net_address_from_ip((const guint8 *)"\xC0\0\2\1", 4, 25, &address);
  spf_check(&address, "a.example", NULL, &verdict);
  g_assert_cmpint(verdict.result, ==, ORIGIN_UNKNOWN);
  g_assert_cmpstr(verdict.reason, ==, "needs the record TXT a.example");
  spf_verdict_clear(&verdict);
  spf_check(NULL, "a.example", NULL, &verdict);
  g_assert_cmpint(verdict.result, ==, ORIGIN_UNKNOWN);
  spf_verdict_clear(&verdict);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/spf/records_are_evaluated", records_are_evaluated);
  g_test_add_func("/spf/look_ups_are_counted", look_ups_are_counted);
  g_test_add_func("/spf/an_mx_has_so_many_hosts", an_mx_has_so_many_hosts);
  g_test_add_func("/spf/without_records_or_an_address_nothing_is_known",
                  without_records_or_an_address_nothing_is_known);
  return g_test_run();
}
