/* What EHLO advertises. */
#include "smtp/session_private.h"

typedef struct Capability {
  const char *keyword;
  gboolean (*offered)(const SmtpSettings *settings);                   /* NULL: always */
  void (*print_parameter)(const SmtpSettings *settings, GString *out); /* NULL: none */
} Capability;

static gboolean offered_with_smtputf8(const SmtpSettings *settings) {
  return settings->smtputf8;
}

/* 0 says that there is no limit (RFC 1870 4). */
static void print_size(const SmtpSettings *settings, GString *out) {
  g_string_append_printf(out, " %" G_GUINT64_FORMAT, settings->max_size_octets);
}

/* A server that takes ASCII only does not offer 8BITMIME either: a client then encodes instead of being refused. */
static const Capability capabilities[] = {
    {"SIZE", NULL, print_size},
    {"8BITMIME", offered_with_smtputf8, NULL},
    {"SMTPUTF8", offered_with_smtputf8, NULL},
    {"PIPELINING", NULL, NULL},
    {"CHUNKING", NULL, NULL},
    {"ENHANCEDSTATUSCODES", NULL, NULL},
    {"HELP", NULL, NULL},
};

void smtp_capabilities_reply(SmtpSession *session) {
  const SmtpSettings *settings = session->settings;
  g_autoptr(GString) text = g_string_new(settings->host);

  g_string_append_printf(text, " greets %s", session->peer_literal != NULL ? session->peer_literal : "you");
  for (gsize i = 0; i < G_N_ELEMENTS(capabilities); i++) {
    const Capability *capability = &capabilities[i];
    if (capability->offered && !capability->offered(settings))
      continue;
    g_string_append_printf(text, "\n%s", capability->keyword);
    if (capability->print_parameter)
      capability->print_parameter(settings, text);
  }
  smtp_session_reply(session, 250, NULL, text->str);
}
