#pragma once
/* Dates as messages have them.
 *
 * Thread: any.
 * Errors: FALSE: the text is not a date, or does not say which instant it means.
 * Units and limits: microseconds since 1970; printed in whole seconds, in the time zone of this machine.
 * Source: RFC 5322 3.3 and 4.3 (obsolete forms), RFC 3339; what programs write instead. */
#include <glib.h>

/* What a date has that RFC 5322 3.3 does not allow. */
typedef enum {
  MAIL_DATE_FORM = 1 << 0,   /* another order, names in full, a zone by its name, ... */
  MAIL_DATE_WEEKDAY = 1 << 1 /* the day of the week is another */
} MailDateFaults;

/* Reads the date in a field's value. A date without a zone, or with one whose name means different things to different
 * people (IST), is not read: a wrong time is worse than none. `faults` may be NULL. */
gboolean mail_date_parse(const char *text, gint64 *out_us, MailDateFaults *faults);

/* Appends "Sat, 28 Nov 2026 14:00:00 +0100". */
void mail_date_print(gint64 time_us, GString *out);
