#include "cli/age.h"

char *age_text(GDateTime *then, GDateTime *now) {
  static const struct {
    char unit;
    GTimeSpan span, end;
  } units[] = {
      {'s', G_TIME_SPAN_SECOND, G_TIME_SPAN_MINUTE},
      {'m', G_TIME_SPAN_MINUTE, G_TIME_SPAN_HOUR},
      {'h', G_TIME_SPAN_HOUR, G_TIME_SPAN_DAY},
      {'d', G_TIME_SPAN_DAY, 7 * G_TIME_SPAN_DAY},
  };
  GTimeSpan age = MAX(g_date_time_difference(now, then), 0);

  for (gsize i = 0; i < G_N_ELEMENTS(units); i++)
    if (age < units[i].end)
      return g_strdup_printf("%" G_GINT64_FORMAT "%c", age / units[i].span, units[i].unit);
  g_autoptr(GDateTime) local = g_date_time_to_timezone(then, g_date_time_get_timezone(now));
  return g_date_time_format(local, g_date_time_get_year(local) == g_date_time_get_year(now) ? "%-e %b" : "%F");
}
