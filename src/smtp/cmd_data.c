/* DATA.
 *
 *   data = "DATA" CRLF      RFC 5321 4.1.1.4
 *
 * The message follows, up to a line that holds a dot alone. */
#include "smtp/session_private.h"

gboolean smtp_recipients_check(SmtpSession *session, const char *verb) {
  const SmtpTransaction *transaction = &session->transaction;

  if (transaction->envelope->forward_paths->len > 0)
    return TRUE;
  if (transaction->n_rejected > 0)
    smtp_session_reply(session, 554, "5.5.1", "no recipient was accepted");
  else
    smtp_session_reply_format(session, 503, "5.5.1", "send RCPT before %s", verb);
  return FALSE;
}

static void data_run(SmtpSession *session, const char *args, gsize args_len) {
  if (session->transaction.begun) {
    smtp_session_reply(session, 503, "5.5.1", "the message began with BDAT; continue with BDAT or send RSET");
    return;
  }
  if (!smtp_recipients_check(session, "DATA") || !smtp_session_ask(session, INTAKE_STEP_DATA, NULL))
    return;

  smtp_diagnostics_add(&session->transaction.diagnostics, SMTP_FINDING_EARLY_DATA, session->more_input);
  session->is_ahead |= session->more_input;
  smtp_transaction_begin_mail(session, SMTP_DATA_DOTTED);
  smtp_session_enter(session, SMTP_STATE_DATA);
  smtp_session_reply(session, 354, NULL, "send the message; end it with a line that has only a dot: <CR><LF>.<CR><LF>");
}

const SmtpCommand smtp_command_data = {
    .verb = "DATA",
    .syntax = "DATA",
    .needs = SMTP_TAKES_NO_ARGUMENT | SMTP_NEEDS_HELLO | SMTP_NEEDS_LOGIN | SMTP_NEEDS_TRANSACTION,
    .run = data_run,
};
