/* DNS records, a line of %%, and a message: who it is from. It came from 192.0.2.1, for the domain a. */
#include "fuzz.h"
#include "origin/dkim_canonical.h"
#include "origin/origin.h"
#include <string.h>

#define RULE "\n%%\n"

/* A canonical form of what is in canonical form changes nothing. */
static void canonicalize(const Message *message) {
  const GArray *fields = message_fields(message);

  for (guint i = 0; i < fields->len; i++) {
    const HeaderField *field = &g_array_index(fields, HeaderField, i);
    g_autoptr(GString) once = g_string_new(NULL);
    g_autoptr(GString) twice = g_string_new(NULL);
    dkim_canonical_field(once, field->name, (gsize)(field->raw + field->raw_len - field->name), TRUE);
    dkim_canonical_field(twice, once->str, once->len, TRUE);
    g_assert_true(g_string_equal(once, twice));
  }
}

static void check(const DkimVerdict *verdict) {
  g_assert_true(*verdict->reason != '\0' && *verdict->source != '\0');
  g_assert_true((verdict->signature == NULL) == (verdict->cause == DKIM_MALFORMED));
  g_assert_true((verdict->result == ORIGIN_PASS) == (verdict->cause == DKIM_VALID));
  g_assert_true(verdict->result != ORIGIN_PASS ||
                (verdict->body == DKIM_PART_SAME && verdict->fields == DKIM_PART_SAME));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len) {
  const char *text = (const char *)bytes;
  const char *rule = len > 0 ? g_strstr_len(text, (gssize)len, RULE) : NULL;
  gsize records_len = rule ? (gsize)(rule - text) : 0;
  gsize mail_start = rule ? records_len + strlen(RULE) : 0;
  g_autoptr(DnsRecords) records = dns_records_new();
  g_autoptr(GBytes) input = g_bytes_new(bytes + mail_start, len - mail_start);
  g_autoptr(Message) message = message_parse(input, 0);
  g_autoptr(Envelope) envelope = envelope_new();
  g_autoptr(GError) error = NULL;

  envelope->peer = g_strdup("192.0.2.1:25");
  g_free(envelope->reverse_path);
  envelope->reverse_path = g_strdup("x@a");
  g_assert_true(dns_records_parse(records, text, records_len, "f", &error) == (error == NULL));
  g_autoptr(OriginReport) report = origin_report_new(message, envelope, 1, records);
  g_assert_true(report->signatures->len <= ORIGIN_SIGNATURES_MAX && report->signatures->len == report->evidence->len);
  for (guint i = 0; i < report->signatures->len; i++)
    check(g_ptr_array_index(report->signatures, i));
  g_assert_true(*report->spf.reason != '\0' && *report->dmarc.reason != '\0');
  canonicalize(message);
  return 0;
}
