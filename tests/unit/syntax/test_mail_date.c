/* Dates as programs write them. 2 March 2026 was a Monday. */
#include "syntax/mail_date.h"
#include <string.h>

#define FORM MAIL_DATE_FORM
#define WEEKDAY MAIL_DATE_WEEKDAY

static const struct {
  const char *text;
  const char *instant; /* in UTC */
  MailDateFaults faults;
} vectors[] = {
    {"Mon, 02 Mar 2026 10:00:00 +0200", "2026-03-02T08:00:00Z", 0},
    {"Mon, 2 Mar 2026 10:00:00 +0200", "2026-03-02T08:00:00Z", 0},
    {"2 Mar 2026 10:00 +0000", "2026-03-02T10:00:00Z", 0},
    {"Mon, 02 Mar 2026 10:00:00 -0000", "2026-03-02T10:00:00Z", 0},
    {"Mon, 02 Mar 2026 10:00:00 -0330 (Newfoundland (Time))", "2026-03-02T13:30:00Z", 0},
    {"Thu,\t13\tFeb\t1969\t23:32 -0330", "1969-02-14T03:02:00Z", 0},
    {"Mon, 02 Mar 2026 10(c): 00 : 00 +0000", "2026-03-02T10:00:00Z", 0},
    {"Sat, 31 Dec 2016 23:59:60 +0000", "2016-12-31T23:59:59Z", 0},
    /* the zone */
    {"Mon, 02 Mar 2026 10:00:00 +02:00", "2026-03-02T08:00:00Z", FORM},
    {"Mon, 02 Mar 2026 10:00:00 +02", "2026-03-02T08:00:00Z", FORM},
    {"Mon, 02 Mar 2026 10:00:00 +2", "2026-03-02T08:00:00Z", FORM},
    {"Mon, 02 Mar 2026 10:00:00+0530", "2026-03-02T04:30:00Z", FORM},
    {"Mon, 02 Mar 2026 10:00:00 GMT", "2026-03-02T10:00:00Z", FORM},
    {"Mon, 02 Mar 2026 10:00:00 UTC", "2026-03-02T10:00:00Z", FORM},
    {"Mon, 02 Mar 2026 10:00:00 Z", "2026-03-02T10:00:00Z", FORM},
    {"Mon, 02 Mar 2026 10:00:00 EST", "2026-03-02T15:00:00Z", FORM},
    {"Mon, 02 Mar 2026 10:00:00 pdt", "2026-03-02T17:00:00Z", FORM},
    {"Mon, 02 Mar 2026 10:00:00 CEST", "2026-03-02T08:00:00Z", FORM},
    {"Mon, 02 Mar 2026 10:00:00 GMT+0200", "2026-03-02T08:00:00Z", FORM},
    {"Mon, 02 Mar 2026 10:00:00 UTC-03:30", "2026-03-02T13:30:00Z", FORM},
    {"Mon, 02 Mar 2026 10:00:00 +0000 GMT", "2026-03-02T10:00:00Z", FORM},
    {"Mon, 02 Mar 2026 10:00:00 +0100 CET", "2026-03-02T09:00:00Z", FORM},
    /* day and year */
    {"02 Mar 26 10:00:00 +0000", "2026-03-02T10:00:00Z", FORM},
    {"Fri, 21 Nov 97 09:55:06 GMT", "1997-11-21T09:55:06Z", FORM},
    {"Mon, 02 Mar 126 10:00:00 +0000", "2026-03-02T10:00:00Z", FORM},
    {"Monday, 2 March 2026 10:00:00 +0000", "2026-03-02T10:00:00Z", FORM},
    {"Mon, 02 March 2026 10:00:00 +0000", "2026-03-02T10:00:00Z", FORM},
    {"Wed, 2 Sept 2026 10:00:00 +0000", "2026-09-02T10:00:00Z", FORM},
    {"mon, 02 MAR 2026 10:00:00 +0000", "2026-03-02T10:00:00Z", FORM},
    {"Mon 02 Mar 2026 10:00:00 +0000", "2026-03-02T10:00:00Z", FORM},
    {"Mon,02 Mar 2026 10:00:00 +0000", "2026-03-02T10:00:00Z", FORM},
    {"Mon, 02-Mar-2026 10:00:00 GMT", "2026-03-02T10:00:00Z", FORM},
    {"Monday, 02-Mar-26 10:00:00 GMT", "2026-03-02T10:00:00Z", FORM},
    {"Lun, 02 Mar 2026 10:00:00 +0000", "2026-03-02T10:00:00Z", FORM},
    {"Tue, 02 Mar 2026 10:00:00 +0000", "2026-03-02T10:00:00Z", WEEKDAY},
    {"Mon Mar  2 10:00:00 CET 2026", "2026-03-02T09:00:00Z", FORM},
    {"Mon Mar 02 2026 10:00:00 GMT+0100 (Central European Standard Time)", "2026-03-02T09:00:00Z", FORM},
    {"March 2nd, 2026 10:00 +0000", "2026-03-02T10:00:00Z", FORM},
    /* the time */
    {"Mon, 02 Mar 2026 10:00:00.123 +0000", "2026-03-02T10:00:00Z", FORM},
    {"Mon, 02 Mar 2026 1:05:00 PM +0000", "2026-03-02T13:05:00Z", FORM},
    {"Mon, 02 Mar 2026 12:05:00 AM +0000", "2026-03-02T00:05:00Z", FORM},
    {"Mon, 02 Mar 2026 9:05:00 +0000", "2026-03-02T09:05:00Z", FORM},
    {"Mon, 02 Mar 2026 10.05.07 +0000", "2026-03-02T10:05:07Z", FORM},
    /* ISO 8601 and others */
    {"2026-03-02T10:00:00Z", "2026-03-02T10:00:00Z", FORM},
    {"2026-03-02T10:00:00.000+02:00", "2026-03-02T08:00:00Z", FORM},
    {"2026-03-02 10:00:00 +0200", "2026-03-02T08:00:00Z", FORM},
    {"2026/03/02 10:00:00 UTC", "2026-03-02T10:00:00Z", FORM},
    {"20260302T10:00:00Z", "2026-03-02T10:00:00Z", FORM},
    {"1772445600", "2026-03-02T10:00:00Z", FORM},
    {"\"Mon, 02 Mar 2026 10:00:00 +0000\"", "2026-03-02T10:00:00Z", 0},
    {"Date: Mon, 02 Mar 2026 10:00:00 +0000", NULL, 0},
    /* no instant */
    {"", NULL, 0},
    {"soon", NULL, 0},
    {"Mon, 02 Mar 2026 10:00:00", NULL, 0},
    {"Mon, 02 Mar 2026", NULL, 0},
    {"Mon, 02 Mar 2026 10:00:00 IST", NULL, 0},
    {"Mon, 02 Mar 2026 10:00:00 W. Europe Standard Time", NULL, 0},
    {"Mon, 02 Mar 2026 10:00:00 A", NULL, 0},
    {"Mon, 02 Mar 2026 10:00:00 GMT +0200", NULL, 0},
    {"Mon, 02 Mar 2026 10:00:00 +9999", NULL, 0},
    {"Mon, 02 Mar 2026 10:00:00 +020", NULL, 0},
    {"Mon, 31 Feb 2026 10:00:00 +0000", NULL, 0},
    {"Mon, 02 Mar 2026 25:00:00 +0000", NULL, 0},
    {"Mon, 02 Mar 2026 10:61:00 +0000", NULL, 0},
    {"Mon, 02 Mar 2026 13:00:00 PM +0000", NULL, 0},
    {"3/2/2026 10:00 AM +0000", NULL, 0},
    {"2026-13-02T10:00:00Z", NULL, 0},
    {"Mon, 02 Mär 2026 10:00:00 +0000", NULL, 0},
    {"99999999999999999999", NULL, 0},
};

static void vectors_are_read(void) {
  for (gsize i = 0; i < G_N_ELEMENTS(vectors); i++) {
    gint64 time_us = 0;
    MailDateFaults faults = 0;
    g_autofree char *instant = NULL;
    if (mail_date_parse(vectors[i].text, &time_us, &faults)) {
      g_autoptr(GDateTime) date = g_date_time_new_from_unix_utc(time_us / G_USEC_PER_SEC);
      instant = g_date_time_format_iso8601(date);
    }
    if (g_strcmp0(instant, vectors[i].instant) != 0 || faults != vectors[i].faults)
      g_error("%s: %s, faults %u", vectors[i].text, instant, (guint)faults);
  }
}

static void cut_anywhere_it_is_read(void) {
  for (gsize i = 0; i < G_N_ELEMENTS(vectors); i++)
    for (gsize len = 0; len < strlen(vectors[i].text); len++) {
      g_autofree char *start = g_strndup(vectors[i].text, len);
      gint64 time_us = 0;
      mail_date_parse(start, &time_us, NULL);
    }
}

static void what_is_printed_is_read(void) {
  static const gint64 times_s[] = {0, 1, 951782400, 1772445600, 4102444799};

  for (gsize i = 0; i < G_N_ELEMENTS(times_s); i++) {
    g_autoptr(GString) text = g_string_new(NULL);
    gint64 time_us = 0;
    MailDateFaults faults = 1;
    mail_date_print(times_s[i] * G_USEC_PER_SEC, text);
    g_assert_true(mail_date_parse(text->str, &time_us, &faults));
    g_assert_cmpint(time_us, ==, times_s[i] * G_USEC_PER_SEC);
    g_assert_cmphex(faults, ==, 0);
  }
}

int main(int argc, char **argv) {
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/syntax/mail_date/vectors_are_read", vectors_are_read);
  g_test_add_func("/syntax/mail_date/cut_anywhere_it_is_read", cut_anywhere_it_is_read);
  g_test_add_func("/syntax/mail_date/what_is_printed_is_read", what_is_printed_is_read);
  return g_test_run();
}
