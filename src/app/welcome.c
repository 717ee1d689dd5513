#include "app/welcome.h"
#include "app/smtp_front.h"
#include "base/printable.h"
#include "base/terminal.h"
#include <string.h>
#include <unistd.h>

/* A path may have any bytes in it. */
static void append_safe(GString *out, const char *text) {
  for (gsize at = 0, len = strlen(text); at < len;)
    at += printable_append(out, text + at, len - at);
}

static char *addresses_of(const GArray *listeners) {
  GString *all = g_string_new(NULL);

  for (guint i = 0; i < listeners->len; i++) {
    const SmtpListener *listener = &g_array_index(listeners, SmtpListener, i);
    g_autofree char *name = net_address_format(listener->address);
    g_string_append_printf(all, "%s%s%s", i > 0 ? ", " : "", name, listener->implicit_tls ? " (TLS)" : "");
  }
  return g_string_free(all, FALSE);
}

void welcome_show(Log *log, const ServerFacts *facts, const GArray *listeners) {
  gboolean is_url = facts->http && !g_str_has_prefix(facts->http, NET_UNIX_PREFIX);
  gboolean has_styles = terminal_has_styles(STDERR_FILENO, g_getenv);
  g_autofree char *smtp = addresses_of(listeners);
  g_autofree char *page = g_strconcat(facts->http ? facts->http : "off", is_url ? "/" : "", NULL);
  const struct {
    const char *name, *text;
  } rows[] = {{"Page", page}, {"SMTP", smtp}, {"Messages", facts->maildir}};
  g_autoptr(GString) lines = g_string_new("\n");

  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    if (!rows[i].text)
      continue; /* a Maildir that was removed at once */
    g_string_append_printf(lines, "  %-10s%s", rows[i].name, has_styles ? TERMINAL_BOLD : "");
    append_safe(lines, rows[i].text);
    g_string_append_printf(lines, "%s\n", has_styles ? TERMINAL_PLAIN : "");
  }
  g_string_append_printf(lines, "  %sCtrl+C ends the server; the messages stay.%s\n\n", has_styles ? TERMINAL_DIM : "",
                         has_styles ? TERMINAL_PLAIN : "");
  log_show(log, lines->str);
}
