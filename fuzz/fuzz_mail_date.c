/* The value of a Date field. What is read is a date that can be printed and read again. */
#include "fuzz.h"
#include "syntax/mail_date.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len) {
  g_autofree char *text = g_strndup((const char *)bytes, len);
  g_autoptr(GString) printed = g_string_new(NULL);
  gint64 time_us = 0;
  gint64 again_us = 0;
  MailDateFaults faults = 0;

  if (!mail_date_parse(text, &time_us, &faults))
    return 0;
  g_autoptr(GDateTime) date = g_date_time_new_from_unix_utc(time_us / G_USEC_PER_SEC);
  g_assert_nonnull(date);
  mail_date_print(time_us, printed);
  if (g_date_time_get_year(date) > 1000 && g_date_time_get_year(date) < 9999) {
    g_assert_true(mail_date_parse(printed->str, &again_us, NULL));
    g_assert_cmpint(again_us, ==, time_us);
  }
  return 0;
}
