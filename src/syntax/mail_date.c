#include "syntax/mail_date.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { DATE_BYTES_MAX = 200, MINUTES_UNSET = G_MAXINT, DAYS = 7, MONTHS = 12 };

static const char short_days[DAYS][4] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
static const char short_months[MONTHS][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                             "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

/* What was found so far; 0 or -1 is none yet. */
typedef struct Parsed {
  int year, month, day;
  int hour, minute, second; /* hour -1: no time yet; second -1: it has none */
  int weekday;
  int offset_minutes; /* MINUTES_UNSET: no zone yet */
  gboolean is_pm, is_am;
} Parsed;

/* --- words */

static const struct {
  const char *name;
  int offset_minutes;
} zones[] = {
    {"ut", 0},      {"utc", 0},     {"gmt", 0},    {"z", 0},      {"est", -300}, {"edt", -240},
    {"cst", -360},  {"cdt", -300},  {"mst", -420}, {"mdt", -360}, {"pst", -480}, {"pdt", -420}, /* RFC 5322 4.3 */
    {"akst", -540}, {"akdt", -480}, {"hst", -600}, {"wet", 0},    {"west", 60},  {"cet", 60},
    {"cest", 120},  {"met", 60},    {"mest", 120}, {"mez", 60},   {"mesz", 120}, {"eet", 120},
    {"eest", 180},  {"msk", 180},   {"hkt", 480},  {"sgt", 480},  {"jst", 540},  {"kst", 540},
    {"aest", 600},  {"aedt", 660},  {"nzst", 720}, {"nzdt", 780},
};

/* Does the word begin with the three letters and go on as the name does in full? */
static int find_name(const char *word, const char *const *names, int n_names) {
  gsize len = strlen(word);

  for (int i = 0; i < n_names && len >= 3; i++)
    if (g_ascii_strncasecmp(word, names[i], len) == 0)
      return i;
  return -1;
}

static int find_month(const char *word) {
  static const char *const names[MONTHS] = {"January", "February", "March",     "April",   "May",      "June",
                                            "July",    "August",   "September", "October", "November", "December"};

  return find_name(word, names, MONTHS);
}

static int find_day(const char *word) {
  static const char *const names[DAYS] = {"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"};

  return find_name(word, names, DAYS);
}

/* --- numbers */

static gsize count_digits(const char *at) {
  gsize n = 0;

  while (g_ascii_isdigit(at[n]))
    n++;
  return n;
}

static int take_number(const char **at) {
  int number = 0;

  for (gsize n = MIN(count_digits(*at), 6); n > 0; n--, (*at)++)
    number = number * 10 + g_ascii_digit_value(**at);
  return number;
}

/* "+0200", "+02:00", "+02", "+2" */
static gboolean take_offset(const char **at, int *out_minutes) {
  int sign = **at == '-' ? -1 : 1;
  gsize n_digits = count_digits(*at + 1);

  if (n_digits == 0 || n_digits == 3 || n_digits > 4)
    return FALSE;
  (*at)++;
  int number = take_number(at);
  int hours = n_digits == 4 ? number / 100 : number;
  int minutes = n_digits == 4 ? number % 100 : 0;
  if (n_digits <= 2 && **at == ':' && count_digits(*at + 1) == 2) {
    (*at)++;
    minutes = take_number(at);
  }
  *out_minutes = sign * (hours * 60 + minutes);
  return hours <= 14 && minutes < 60;
}

/* "10:00", "10:00:00", "10:00:00.123", and with full stops for colons. */
static gboolean take_time(const char **at, Parsed *parsed) {
  parsed->hour = take_number(at);
  char separator = **at;
  (*at)++;
  if (count_digits(*at) != 2)
    return FALSE;
  parsed->minute = take_number(at);
  if (**at == separator && count_digits(*at + 1) == 2) {
    (*at)++;
    parsed->second = take_number(at);
    if ((**at == '.' || **at == ',') && count_digits(*at + 1) > 0)
      *at += 1 + count_digits(*at + 1);
  }
  return parsed->hour <= 24 && parsed->minute <= 59 && parsed->second <= 60;
}

/* A number that is not a time: the day, then the year, or the year first where it has four digits. */
static gboolean take_day_or_year(const char **at, Parsed *parsed) {
  gsize n_digits = count_digits(*at);
  int number = take_number(at);

  if (n_digits <= 2 && parsed->day == 0) {
    parsed->day = number;
    if (g_ascii_strncasecmp(*at, "st", 2) == 0 || g_ascii_strncasecmp(*at, "nd", 2) == 0 ||
        g_ascii_strncasecmp(*at, "rd", 2) == 0 || g_ascii_strncasecmp(*at, "th", 2) == 0)
      *at += 2;
    return number >= 1;
  }
  if (parsed->year != 0 || n_digits > 4)
    return FALSE;
  /* RFC 5322 4.3 */
  parsed->year = n_digits == 4 ? number : n_digits == 3 || number >= 50 ? 1900 + number : 2000 + number;
  return n_digits >= 2 && parsed->year > 0;
}

/* "2026-03-02", "2026/03/02" and "20260302", with or without a T after it. */
static gboolean take_iso_date(const char **at, Parsed *parsed) {
  const char *text = *at;
  char separator = count_digits(text) == 4 ? text[4] : '\0';
  gboolean is_basic = count_digits(text) == 8;

  if (is_basic) {
    long number = strtol(text, NULL, 10);
    parsed->year = (int)(number / 10000);
    parsed->month = (int)(number / 100 % 100);
    parsed->day = (int)(number % 100);
    *at += 8;
  } else if ((separator == '-' || separator == '/') && count_digits(text + 5) == 2 && text[7] == separator &&
             count_digits(text + 8) == 2) {
    parsed->year = take_number(at);
    (*at)++;
    parsed->month = take_number(at);
    (*at)++;
    parsed->day = take_number(at);
  } else {
    return FALSE;
  }
  if (parsed->month < 1 || parsed->month > MONTHS)
    return FALSE;
  *at += (**at == 'T' || **at == 't') && g_ascii_isdigit((*at)[1]);
  return TRUE;
}

/* --- the text */

/* Without comments, and without white space beside colons (RFC 5322 A.6.3) and quotation marks around all of it. */
static void tidy(const char *text, char *out) {
  guint depth = 0;
  char *start = out;

  for (gsize n = 0; *text && n < DATE_BYTES_MAX; text++, n++) {
    depth += *text == '(';
    if (depth == 0 && *text == ':')
      while (out > start && g_ascii_isspace(out[-1]))
        out--;
    if (depth == 0 && *text != '"' && !(g_ascii_isspace(*text) && out > start && out[-1] == ':'))
      *out++ = g_ascii_isspace(*text) ? ' ' : *text;
    depth -= *text == ')' && depth > 0;
  }
  *out = '\0';
  g_strstrip(start);
}

/* A second zone has to say the same as the first: "+0000 GMT". */
static gboolean set_zone(Parsed *parsed, int offset_minutes) {
  if (parsed->offset_minutes != MINUTES_UNSET && parsed->offset_minutes != offset_minutes)
    return FALSE;
  parsed->offset_minutes = offset_minutes;
  return TRUE;
}

/* FALSE: nobody knows the zone. Other words are stepped over, where no zone can be: days in other languages, "at". */
static gboolean take_word(const char **at, Parsed *parsed) {
  char word[16];
  gsize len = 0;

  while (g_ascii_isalpha((*at)[len]))
    len++;
  g_strlcpy(word, *at, MIN(len + 1, sizeof word));
  *at += len;
  int month = find_month(word);
  int day = find_day(word);
  if (len >= sizeof word)
    return FALSE;
  if (month >= 0 && parsed->month == 0)
    parsed->month = month + 1;
  else if (day >= 0 && parsed->weekday < 0)
    parsed->weekday = day;
  else if (g_ascii_strcasecmp(word, "am") == 0)
    parsed->is_am = TRUE;
  else if (g_ascii_strcasecmp(word, "pm") == 0)
    parsed->is_pm = TRUE;
  else {
    for (gsize i = 0; i < G_N_ELEMENTS(zones); i++) {
      int offset = 0;
      if (g_ascii_strcasecmp(word, zones[i].name) != 0)
        continue;
      if (zones[i].offset_minutes == 0 && (**at == '+' || **at == '-')) /* "GMT+0200" */
        return take_offset(at, &offset) && set_zone(parsed, offset);
      return set_zone(parsed, zones[i].offset_minutes);
    }
    return parsed->hour < 0;
  }
  return TRUE;
}

static gboolean take_next(const char **at, Parsed *parsed) {
  if (g_ascii_isalpha(**at))
    return take_word(at, parsed);
  if (g_ascii_isdigit(**at)) {
    gsize n_digits = count_digits(*at);
    char separator = (*at)[n_digits];
    gboolean has_time = parsed->hour >= 0;
    gboolean is_time =
        separator == ':' || (separator == '.' && parsed->year != 0 && count_digits(*at + n_digits + 1) == 2);
    if (!has_time && n_digits <= 2 && is_time)
      return take_time(at, parsed);
    if (parsed->day == 0 && parsed->year == 0 && take_iso_date(at, parsed))
      return TRUE;
    return take_day_or_year(at, parsed);
  }
  int offset = 0;
  if ((**at == '+' || **at == '-') && parsed->hour >= 0 && g_ascii_isdigit((*at)[1]))
    return take_offset(at, &offset) && set_zone(parsed, offset);
  if (!strchr(" ,-./", **at))
    return FALSE;
  (*at)++;
  return TRUE;
}

static gboolean parse(const char *text, Parsed *parsed) {
  *parsed = (Parsed){.hour = -1, .second = -1, .weekday = -1, .offset_minutes = MINUTES_UNSET};
  while (*text)
    if (!take_next(&text, parsed))
      return FALSE;
  if (parsed->is_am || parsed->is_pm) {
    if (parsed->hour < 1 || parsed->hour > 12)
      return FALSE;
    parsed->hour = parsed->hour % 12 + (parsed->is_pm ? 12 : 0);
  }
  return parsed->year > 0 && parsed->month > 0 && parsed->day > 0 && parsed->hour >= 0 && parsed->hour < 24 &&
         parsed->offset_minutes != MINUTES_UNSET;
}

/* --- what is wrong with it */

/* The date as RFC 5322 3.3 has it, in the variants that it leaves open, is the text or it is not. */
static gboolean is_well_formed(const char *text, const Parsed *parsed) {
  char rest[DATE_BYTES_MAX + 1];
  g_autofree char *weekday = parsed->weekday >= 0 ? g_strdup_printf("%s, ", short_days[parsed->weekday]) : g_strdup("");
  g_autofree char *second = parsed->second >= 0 ? g_strdup_printf(":%02d", parsed->second) : g_strdup("");
  int offset = abs(parsed->offset_minutes);
  gsize len = 0;

  for (const char *at = text; *at; at++) /* folding leaves runs of blanks */
    if (*at != ' ' || at[1] != ' ')
      rest[len++] = *at;
  rest[len] = '\0';
  for (int width = 1; width <= 2; width++)
    for (gsize sign = 0; sign < 2; sign++) {
      g_autofree char *expected = g_strdup_printf("%s%0*d %s %04d %02d:%02d%s %c%02d%02d", weekday, width, parsed->day,
                                                  short_months[parsed->month - 1], parsed->year, parsed->hour,
                                                  parsed->minute, second, "+-"[sign], offset / 60, offset % 60);
      if (strcmp(rest, expected) == 0)
        return TRUE;
    }
  return FALSE;
}

/* Seconds since 1970 and nothing else, as a program prints them that forgot to format. */
static gboolean is_unix_time(const char *text) {
  return strlen(text) == 10 && count_digits(text) == 10;
}

gboolean mail_date_parse(const char *text, gint64 *out_us, MailDateFaults *faults) {
  char tidied[DATE_BYTES_MAX + 1];
  Parsed parsed;
  MailDateFaults found = 0;

  tidy(text, tidied);
  if (is_unix_time(tidied)) {
    *out_us = g_ascii_strtoll(tidied, NULL, 10) * G_USEC_PER_SEC;
    found = MAIL_DATE_FORM;
  } else {
    if (!parse(tidied, &parsed))
      return FALSE;
    g_autoptr(GTimeZone) utc = g_time_zone_new_utc();
    g_autoptr(GDateTime) date = g_date_time_new(utc, parsed.year, parsed.month, parsed.day, parsed.hour, parsed.minute,
                                                CLAMP(parsed.second, 0, 59)); /* a leap second */
    if (!date)
      return FALSE;
    *out_us = (g_date_time_to_unix(date) - (gint64)parsed.offset_minutes * 60) * G_USEC_PER_SEC;
    found |= is_well_formed(tidied, &parsed) ? 0 : MAIL_DATE_FORM;
    found |= parsed.weekday >= 0 && parsed.weekday != g_date_time_get_day_of_week(date) % DAYS ? MAIL_DATE_WEEKDAY : 0;
  }
  if (faults)
    *faults = found;
  return TRUE;
}

/* Not strftime(), whose names of days and months are those of the locale. */
void mail_date_print(gint64 time_us, GString *out) {
  time_t seconds = (time_t)(time_us / G_USEC_PER_SEC);
  struct tm local;

  localtime_r(&seconds, &local);
  long offset_minutes = local.tm_gmtoff / 60;
  long distance = labs(offset_minutes);
  g_string_append_printf(out, "%s, %d %s %d %02d:%02d:%02d %c%02ld%02ld", short_days[local.tm_wday], local.tm_mday,
                         short_months[local.tm_mon], local.tm_year + 1900, local.tm_hour, local.tm_min, local.tm_sec,
                         offset_minutes < 0 ? '-' : '+', distance / 60, distance % 60);
}
