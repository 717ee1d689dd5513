/* STARTTLS (RFC 3207 4).
 *
 *   starttls = "STARTTLS" CRLF
 *
 * The session has no socket: it asks whoever has it whether TLS can be had (SMTP_SESSION_STARTTLS). */
#include "smtp/session_private.h"

gboolean smtp_tls_is_missing(const SmtpSession *session) {
  return session->settings->require_tls && !session->tls.version;
}

gboolean smtp_tls_check(SmtpSession *session) {
  if (!smtp_tls_is_missing(session))
    return TRUE;
  smtp_session_reply(session, 530, "5.7.0", "this server accepts mail only over TLS: send STARTTLS first");
  return FALSE;
}

/* Known inside TLS too, to be told apart from what there never was. */
static gboolean starttls_offered(const SmtpSession *session) {
  return session->offers_tls || session->tls.version != NULL;
}

static void starttls_run(SmtpSession *session, const char *args, gsize args_len) {
  if (session->tls.version)
    smtp_session_reply(session, 503, "5.5.1", "TLS is already active");
  else
    smtp_session_enter(session, SMTP_STATE_STARTTLS);
}

const SmtpCommand smtp_command_starttls = {.verb = "STARTTLS",
                                           .syntax = "STARTTLS",
                                           .needs = SMTP_TAKES_NO_ARGUMENT | SMTP_WITHOUT_TLS,
                                           .offered = starttls_offered,
                                           .run = starttls_run};
