#pragma once
/* Dates as mails have them.
 *
 * Owns: nothing.
 * Thread: any.
 * Errors: none.
 * Units and limits: microseconds since 1970; shown in whole seconds, in the time zone of this machine.
 * Source: RFC 5322 3.3. */
#include <glib.h>

/* Appends "Sat, 28 Nov 2026 14:00:00 +0100". */
void mail_date_print(gint64 time_us, GString *out);
