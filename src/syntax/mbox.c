#include "syntax/mbox.h"
#include <string.h>

/* As asctime(3) has it, whatever the locale. */
char *mbox_print_separator(const char *sender, gint64 received_us) {
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

static const char from_word[] = "From ", quoted[] = ">From ";

gsize mbox_quote_feed(MboxQuote *quote, const guint8 *in, gsize n_bytes, guint8 *out) {
  guint8 *out_at = out;

  for (const guint8 *end = in + n_bytes; in < end; in++) {
    if (quote->is_inside && *in != '\n') {
      *out_at++ = *in;
      continue;
    }
    if (!quote->is_inside && *in == (guint8)from_word[quote->n_matched]) {
      if (from_word[++quote->n_matched] != '\0')
        continue;
      memcpy(out_at, quoted, strlen(quoted));
      out_at += strlen(quoted);
      quote->is_inside = TRUE;
      quote->n_matched = 0;
      continue;
    }
    memcpy(out_at, from_word, quote->n_matched); /* it only began like it */
    out_at += quote->n_matched;
    quote->is_inside = *in != '\n' && (*in != '>' || quote->n_matched > 0);
    quote->n_matched = 0;
    *out_at++ = *in;
  }
  if (n_bytes > 0)
    quote->lacks_end = in[-1] != '\n';
  return (gsize)(out_at - out);
}

gsize mbox_quote_end(MboxQuote *quote, guint8 *out) {
  gsize len = quote->n_matched;

  memcpy(out, from_word, len);
  if (quote->lacks_end)
    out[len++] = '\n';
  out[len++] = '\n';
  *quote = (MboxQuote){0};
  return len;
}
