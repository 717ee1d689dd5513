#include "origin/origin.h"
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
  Alignment alignment =
      verdict->signature ? alignment_of(verdict->signature->domain, report->from, records) : ALIGNMENT_NO;

  g_ptr_array_add(report->signatures, verdict);
  g_array_append_val(report->alignments, alignment);
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

OriginReport *origin_report_new(const Message *message, const Envelope *envelope, gint64 received_us,
                                const DnsRecords *records) {
  OriginReport *report = g_new0(OriginReport, 1);

  report->from = read_from(message);
  report->signatures = g_ptr_array_new_with_free_func((GDestroyNotify)dkim_verdict_free);
  report->alignments = g_array_new(FALSE, FALSE, sizeof(Alignment));
  verify_signatures(report, message, received_us, records);
  return report;
}

void origin_report_free(OriginReport *report) {
  if (!report)
    return;
  g_free(report->from);
  g_ptr_array_unref(report->signatures);
  g_array_unref(report->alignments);
  g_free(report);
}
