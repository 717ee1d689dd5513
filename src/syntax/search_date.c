#include "syntax/search_date.h"
#include "syntax/time_zone.h"

#include <string.h>

/* Takes a number of `min` to `max` digits. */
static gboolean take_number(const char **at, gsize min, gsize max, int *out_number) {
  gsize n_digits = 0;
  int number = 0;

  for (; n_digits < max && g_ascii_isdigit((*at)[n_digits]); n_digits++)
    number = number * 10 + g_ascii_digit_value((*at)[n_digits]);
  *at += n_digits;
  *out_number = number;
  return n_digits >= min;
}

static gboolean take(const char **at, char byte) {
  if (**at != byte)
    return FALSE;
  (*at)++;
  return TRUE;
}

static gboolean take_date(const char **at, int *out_year, int *out_month, int *out_day) {
  if (!take_number(at, 4, 4, out_year))
    return FALSE;
  char separator = **at;
  return (separator == '-' || separator == '/') && take(at, separator) && take_number(at, 1, 2, out_month) &&
         take(at, separator) && take_number(at, 1, 2, out_day);
}

static gboolean take_time(const char **at, int *out_hour, int *out_minute, double *out_second) {
  int second = 0;

  if (!take_number(at, 1, 2, out_hour) || !take(at, ':') || !take_number(at, 2, 2, out_minute))
    return FALSE;
  if (!take(at, ':'))
    return TRUE;
  if (!take_number(at, 2, 2, &second) || second > 59) /* a leap second is the next minute's first to everybody else */
    return FALSE;
  *out_second = second;
  if (take(at, '.')) {
    const char *digits = *at;
    int fraction = 0;
    int unit = 1;
    if (!take_number(at, 1, 9, &fraction))
      return FALSE;
    for (gsize n_digits = (gsize)(*at - digits); n_digits > 0; n_digits--)
      unit *= 10;
    *out_second += (double)fraction / unit;
  }
  return TRUE;
}

static GTimeZone *take_zone(const char **at, const char *time_zone) {
  const char *name = *at;
  int hours = 0;
  int minutes = 0;

  if (*name == '\0') {
    GTimeZone *zone = time_zone ? time_zone_find(time_zone) : NULL;
    return zone ? zone : g_time_zone_new_utc();
  }
  if (take(at, 'Z') || take(at, 'z'))
    return g_time_zone_new_utc();
  if (!take(at, '+') && !take(at, '-'))
    return NULL;
  if (!take_number(at, 2, 2, &hours) || (take(at, ':'), !take_number(at, 2, 2, &minutes)) || hours > 23 || minutes > 59)
    return NULL;
  return g_time_zone_new_offset((*name == '-' ? -1 : 1) * (hours * 60 + minutes) * 60);
}

gboolean search_date_parse(const char *text, const char *time_zone, gint64 *out_time_us) {
  const char *at = text;
  int year = 0;
  int month = 0;
  int day = 0;
  int hour = 0;
  int minute = 0;
  double second = 0;

  if (!take_date(&at, &year, &month, &day))
    return FALSE;
  if (*at != '\0') {
    if ((!take(&at, 'T') && !take(&at, 't') && !take(&at, ' ')) || !take_time(&at, &hour, &minute, &second))
      return FALSE;
    take(&at, ' ');
  }
  g_autoptr(GTimeZone) zone = take_zone(&at, time_zone);
  g_autoptr(GDateTime) moment =
      zone && *at == '\0' ? g_date_time_new(zone, year, month, day, hour, minute, second) : NULL;
  if (!moment)
    return FALSE;
  *out_time_us = g_date_time_to_unix(moment) * G_USEC_PER_SEC + g_date_time_get_microsecond(moment);
  return TRUE;
}
