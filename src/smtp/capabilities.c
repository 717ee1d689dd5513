/* What EHLO advertises. */
#include "smtp/session_private.h"

typedef struct Capability {
  const char *keyword;
  gboolean (*offered)(const SmtpSession *session);                   /* NULL: always */
  void (*print_parameter)(const SmtpSession *session, GString *out); /* NULL: none */
} Capability;

static gboolean offered_with_smtputf8(const SmtpSession *session) {
  return session->settings->smtputf8;
}

/* Not again inside TLS (RFC 3207 4.2). */
static gboolean offered_before_tls(const SmtpSession *session) {
  return session->offers_tls && !session->tls.version;
}

static gboolean offered_to_proxies(const SmtpSession *session) {
  return session->offers_xclient;
}

/* 0 says that there is no limit (RFC 1870 4). */
static void print_size(const SmtpSession *session, GString *out) {
  g_string_append_printf(out, " %" G_GUINT64_FORMAT, session->settings->max_size_bytes);
}

/* A server that takes ASCII only does not offer 8BITMIME either: a client then encodes instead of being rejected. */
static const Capability capabilities[] = {
    {"SIZE", NULL, print_size},
    {"8BITMIME", offered_with_smtputf8, NULL},
    {"SMTPUTF8", offered_with_smtputf8, NULL},
    {"PIPELINING", NULL, NULL},
    {"CHUNKING", NULL, NULL},
    {"DSN", smtp_dsn_is_offered, NULL},
    {"STARTTLS", offered_before_tls, NULL},
    {"AUTH", smtp_auth_is_offered, smtp_auth_print_mechanisms},
    {"ENHANCEDSTATUSCODES", NULL, NULL},
    {"XCLIENT", offered_to_proxies, smtp_xclient_print_attributes},
    {"HELP", NULL, NULL},
};

void smtp_capabilities_reply(SmtpSession *session) {
  g_autoptr(GString) text = g_string_new(session->settings->host);

  g_string_append_printf(text, " greets %s", session->peer_literal ? session->peer_literal : "you");
  for (gsize i = 0; i < G_N_ELEMENTS(capabilities); i++) {
    const Capability *capability = &capabilities[i];
    if (capability->offered && !capability->offered(session))
      continue;
    g_string_append_printf(text, "\n%s", capability->keyword);
    if (capability->print_parameter)
      capability->print_parameter(session, text);
  }
  smtp_session_reply(session, 250, NULL, text->str);
}
