/* What is found in a message that is anything at all. */
#include "checks/checks.h"
#include "fuzz.h"
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len) {
  g_autoptr(GBytes) input = g_bytes_new(bytes, len);
  g_autoptr(Message) message = message_parse(input, 0);
  g_autoptr(Envelope) envelope = envelope_new();
  g_autoptr(OriginReport) origin = origin_report_new(message, envelope, 1, NULL);
  g_autoptr(GPtrArray) checks = checks_run(message, envelope, 1, origin);

  for (guint i = 0; i < checks->len; i++) {
    const MailCheck *check = g_ptr_array_index(checks, i);
    g_assert_true(strlen(check->detail) <= CHECK_DETAIL_BYTES_MAX && g_utf8_validate(check->detail, -1, NULL));
  }
  return 0;
}
