#include "origin/origin.h"
#include <string.h>

#define ZONE                                                                                                           \
  "example.com TXT v=spf1 ip4:192.0.2.1 ip6:2001:db8::1 -all\nhelo.example TXT v=spf1 ip4:192.0.2.1 -all\n"            \
  "_dmarc.example.com TXT v=DMARC1; p=reject\n"

/* Who sent what, and what is said of it. */
static void senders_are_told_by_the_envelope(void) {
  static const struct {
    const char *peer, *helo, *reverse_path;
    const char *spf_domain, *spf_address;
    OriginResult spf, dmarc;
  } vectors[] = {
      {"192.0.2.1:25", "helo.example", "a@Example.com", "example.com", "192.0.2.1", ORIGIN_PASS, ORIGIN_PASS},
      {"[2001:db8::1]:25", "helo.example", "a@example.com", "example.com", "2001:db8::1", ORIGIN_PASS, ORIGIN_PASS},
      {"192.0.2.2:25", "helo.example", "a@example.com", "example.com", "192.0.2.2", ORIGIN_FAIL, ORIGIN_FAIL},
      {"192.0.2.1:25", "helo.example", "", "helo.example", "192.0.2.1", ORIGIN_PASS, ORIGIN_FAIL},
      {"192.0.2.1:25", "[192.0.2.1]", "", "", "192.0.2.1", ORIGIN_NONE, ORIGIN_FAIL},
      {"192.0.2.1:25", NULL, "", "", "192.0.2.1", ORIGIN_NONE, ORIGIN_FAIL},
      {"192.0.2.1:25", "helo.example", "no-domain", "", "192.0.2.1", ORIGIN_NONE, ORIGIN_FAIL},
      {"unix:/tmp/x", "helo.example", "a@example.com", "example.com", "", ORIGIN_UNKNOWN, ORIGIN_UNKNOWN},
      {NULL, "helo.example", "a@example.com", "example.com", "", ORIGIN_UNKNOWN, ORIGIN_UNKNOWN},
      {"127.0.0.1:25", "helo.example", "a@example.com", "example.com", "127.0.0.1", ORIGIN_UNKNOWN, ORIGIN_UNKNOWN},
      {"somewhere", "helo.example", "a@example.com", "example.com", "", ORIGIN_UNKNOWN, ORIGIN_UNKNOWN},
  };
  static const char mail[] = "From: a@example.com\r\n\r\n";
  g_autoptr(DnsRecords) records = dns_records_new();
  g_autoptr(GBytes) bytes = g_bytes_new_static(mail, strlen(mail));
  g_autoptr(Message) message = message_parse(bytes, 0);

  g_assert_true(dns_records_parse(records, ZONE, strlen(ZONE), "f", NULL));
  for (gsize i = 0; i < G_N_ELEMENTS(vectors); i++) {
    g_autoptr(Envelope) envelope = envelope_new();
    envelope->peer = g_strdup(vectors[i].peer);
    envelope->helo = g_strdup(vectors[i].helo);
    envelope->helo_is_name = vectors[i].helo != NULL;
    envelope->reverse_path = g_strdup(vectors[i].reverse_path);
    g_autoptr(OriginReport) report = origin_report_new(message, envelope, 1, records);
    g_assert_cmpstr(report->from, ==, "example.com");
    g_assert_cmpstr(report->spf_domain, ==, vectors[i].spf_domain);
    g_assert_cmpstr(report->spf_address, ==, vectors[i].spf_address);
    g_assert_cmpstr(origin_result_name(report->spf.result), ==, origin_result_name(vectors[i].spf));
    g_assert_cmpstr(origin_result_name(report->dmarc.result), ==, origin_result_name(vectors[i].dmarc));
  }
}

static void so_many_signatures_are_looked_at(void) {
  g_autoptr(GString) mail = g_string_new("From: a@example.com\r\n");
  g_autoptr(Envelope) envelope = envelope_new();

  for (guint i = 0; i <= ORIGIN_SIGNATURES_MAX; i++)
    g_string_append(mail, "DKIM-Signature: v=1\r\n");
  g_autoptr(GBytes) bytes = g_bytes_new(mail->str, mail->len);
  g_autoptr(Message) message = message_parse(bytes, 0);
  g_autoptr(OriginReport) report = origin_report_new(message, envelope, 1, NULL);
  g_assert_cmpuint(report->signatures->len, ==, ORIGIN_SIGNATURES_MAX);
  g_assert_cmpuint(report->n_unread, ==, 1);
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/origin/senders_are_told_by_the_envelope", senders_are_told_by_the_envelope);
  g_test_add_func("/origin/so_many_signatures_are_looked_at", so_many_signatures_are_looked_at);
  return g_test_run();
}
