#include "syntax/mail_date.h"

#include <stdlib.h>
#include <time.h>

/* Not strftime(), whose names of days and months are those of the locale. */
void mail_date_print(gint64 time_us, GString *out) {
  static const char days[][4] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static const char months[][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  time_t seconds = (time_t)(time_us / G_USEC_PER_SEC);
  struct tm local;
  localtime_r(&seconds, &local);
  long offset_minutes = local.tm_gmtoff / 60;
  long distance = labs(offset_minutes);
  g_string_append_printf(out, "%s, %d %s %d %02d:%02d:%02d %c%02ld%02ld", days[local.tm_wday], local.tm_mday,
                         months[local.tm_mon], local.tm_year + 1900, local.tm_hour, local.tm_min, local.tm_sec,
                         offset_minutes < 0 ? '-' : '+', distance / 60, distance % 60);
}
