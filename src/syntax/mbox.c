#include "syntax/mbox.h"
#include <string.h>

/* As asctime(3) has it, whatever the locale. */
static char *print_separator(const char *sender, gint64 received_us) {
  static const char days[] = "MonTueWedThuFriSatSun";
  static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
  g_autofree char *name = g_strdup(*sender != '\0' ? sender : "MAILER-DAEMON");
  g_autoptr(GDateTime) known = g_date_time_new_from_unix_utc(received_us / G_USEC_PER_SEC);
  g_autoptr(GDateTime) time = known ? g_date_time_ref(known) : g_date_time_new_from_unix_utc(0);

  for (char *c = name; *c != '\0'; c++)
    if ((guchar)*c <= ' ' || *c == 0x7F)
      *c = '-';
  return g_strdup_printf(
      "From %s %.3s %.3s %2d %02d:%02d:%02d %d\n", name, days + 3 * (g_date_time_get_day_of_week(time) - 1),
      months + 3 * (g_date_time_get_month(time) - 1), g_date_time_get_day_of_month(time), g_date_time_get_hour(time),
      g_date_time_get_minute(time), g_date_time_get_second(time), g_date_time_get_year(time));
}

/* "From " behind any number of ">". */
static gboolean needs_quote(const guint8 *line, gsize len) {
  gsize n_quotes = 0;

  while (n_quotes < len && line[n_quotes] == '>')
    n_quotes++;
  return len - n_quotes >= strlen("From ") && memcmp(line + n_quotes, "From ", strlen("From ")) == 0;
}

/* The length of the first line, with its end. */
static gsize line_len(const guint8 *octets, gsize n_octets) {
  const guint8 *lf = memchr(octets, '\n', n_octets);

  return lf ? (gsize)(lf + 1 - octets) : n_octets;
}

static gsize count_quotes(const guint8 *octets, gsize n_octets) {
  gsize n_quotes = 0;

  for (gsize at = 0, len; at < n_octets; at += len) {
    len = line_len(octets + at, n_octets - at);
    n_quotes += needs_quote(octets + at, len);
  }
  return n_quotes;
}

GBytes *mbox_print(const char *sender, gint64 received_us, const guint8 *octets, gsize n_octets) {
  g_autofree char *separator = print_separator(sender, received_us);
  gboolean lacks_end = n_octets > 0 && octets[n_octets - 1] != '\n';
  gsize size = strlen(separator) + n_octets + count_quotes(octets, n_octets) + (lacks_end ? 2 : 1);
  guint8 *out = g_try_malloc(size);

  if (!out)
    return NULL;
  guint8 *out_at = (guint8 *)g_stpcpy((char *)out, separator);
  for (gsize at = 0, len; at < n_octets; at += len) {
    len = line_len(octets + at, n_octets - at);
    if (needs_quote(octets + at, len))
      *out_at++ = '>';
    memcpy(out_at, octets + at, len);
    out_at += len;
  }
  if (lacks_end)
    *out_at++ = '\n';
  *out_at = '\n';
  return g_bytes_new_take(out, size);
}
