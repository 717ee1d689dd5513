#include "origin/origin.h"
#include <arpa/inet.h>
#include <string.h>

/* The caller frees. */
static char *read_domain(const char *address) {
  const char *at = strrchr(address, '@');
  char *domain = at ? dns_name_normalize(at + 1) : NULL;

  return domain ? domain : g_strdup("");
}

static char *read_from(const Message *message) {
  g_autoptr(GPtrArray) from = message_addresses(message, "From");

  return from->len > 0 ? read_domain(((const MailAddress *)g_ptr_array_index(from, 0))->address) : g_strdup("");
}

static void add_signature(OriginReport *report, DkimVerdict *verdict, const DnsRecords *records) {
  const DmarcEvidence evidence = {
      .result = verdict->result,
      .alignment = verdict->signature ? alignment_of(verdict->signature->domain, report->from, records) : ALIGNMENT_NO};

  g_ptr_array_add(report->signatures, verdict);
  g_array_append_val(report->evidence, evidence);
}

static void verify_signatures(OriginReport *report, const Message *message, gint64 received_us,
                              const DnsRecords *records) {
  const GArray *fields = message_fields(message);

  for (guint i = 0; i < fields->len; i++) {
    const HeaderField *field = &g_array_index(fields, HeaderField, i);
    if (!header_field_is(field, "DKIM-Signature"))
      continue;
    if (report->signatures->len < ORIGIN_SIGNATURES_MAX)
      add_signature(report, dkim_verify(message, field, received_us, records), records);
    else
      report->n_unread++;
  }
}

/* Of "192.0.2.1:25" and "[::1]:25"; FALSE: it has no IP address. */
static gboolean read_address(const char *peer, NetAddress *out_address) {
  g_autofree char *host = NULL;
  guint16 port;
  guint8 ip[16];

  if (!peer || !net_endpoint_split(peer, &host, &port))
    return FALSE;
  gsize len = strlen(host);
  if (len > 2 && host[0] == '[' && host[len - 1] == ']') {
    host[len - 1] = '\0';
    memmove(host, host + 1, len - 1);
  }
  gboolean is_ip4 = inet_pton(AF_INET, host, ip) == 1;
  if (!is_ip4 && inet_pton(AF_INET6, host, ip) != 1)
    return FALSE;
  net_address_from_ip(ip, is_ip4 ? 4 : 16, port, out_address);
  return TRUE;
}

/* RFC 7208 2.4: the null reverse-path is checked as postmaster's at the name in HELO. */
static char *read_spf_domain(const Envelope *envelope) {
  if (envelope->reverse_path && *envelope->reverse_path != '\0')
    return read_domain(envelope->reverse_path);
  char *domain = envelope->helo && envelope->helo_is_name ? dns_name_normalize(envelope->helo) : NULL;
  return domain ? domain : g_strdup("");
}

static void check_spf(OriginReport *report, const Envelope *envelope, const DnsRecords *records) {
  NetAddress address;
  gboolean has_address = read_address(envelope->peer, &address);

  report->spf_domain = read_spf_domain(envelope);
  report->spf_address = has_address ? net_address_host(&address) : g_strdup("");
  report->spf_alignment = alignment_of(report->spf_domain, report->from, records);
  if (*report->spf_domain != '\0')
    spf_check(has_address ? &address : NULL, report->spf_domain, records, &report->spf);
  else
    report->spf = (SpfVerdict){ORIGIN_NONE, g_strdup("neither MAIL FROM nor HELO names a domain"), "RFC 7208 2.4"};
}

OriginReport *origin_report_new(const Message *message, const Envelope *envelope, gint64 received_us,
                                const DnsRecords *records) {
  OriginReport *report = g_new0(OriginReport, 1);

  report->from = read_from(message);
  report->signatures = g_ptr_array_new_with_free_func((GDestroyNotify)dkim_verdict_free);
  report->evidence = g_array_new(FALSE, FALSE, sizeof(DmarcEvidence));
  verify_signatures(report, message, received_us, records);
  check_spf(report, envelope, records);
  const DmarcEvidence spf = {report->spf.result, report->spf_alignment};
  dmarc_check(report->from, report->evidence, spf, records, &report->dmarc);
  return report;
}

void origin_report_free(OriginReport *report) {
  if (!report)
    return;
  g_free(report->from);
  g_ptr_array_unref(report->signatures);
  g_array_unref(report->evidence);
  g_free(report->spf_domain);
  g_free(report->spf_address);
  spf_verdict_clear(&report->spf);
  dmarc_verdict_clear(&report->dmarc);
  g_free(report);
}
