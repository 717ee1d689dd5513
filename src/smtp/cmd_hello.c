/* HELO and EHLO.
 *
 *   ehlo = "EHLO" SP ( Domain / address-literal ) CRLF          RFC 5321 4.1.1.1
 *   helo = "HELO" SP Domain CRLF
 *
 * Any name is taken; one that is none is noted for every message of the session. Both end a transaction (4.1.4). */
#include "smtp/session_private.h"

enum { HELO_BYTES_MAX = 255 };

void smtp_session_set_helo(SmtpSession *session, const char *name, gsize len) {
  SmtpHeloForm form = smtp_helo_classify(name, len);

  g_free(session->helo);
  session->helo = smtp_helo_print(name, len);
  session->helo_is_name = form == SMTP_HELO_NAME;
  session->diagnostics.counts[SMTP_FINDING_HELO_NO_NAME] = form == SMTP_HELO_ODD;
  session->diagnostics.counts[SMTP_FINDING_HELO_CODE_PAGE] = form == SMTP_HELO_CODE_PAGE;
  session->diagnostics.counts[SMTP_FINDING_HELO_ADDRESS] = form == SMTP_HELO_ADDRESS;
}

static gboolean take_name(SmtpSession *session, const char *name, gsize len) {
  SmtpHeloForm form = smtp_helo_classify(name, len);

  if (form == SMTP_HELO_NONE || len > HELO_BYTES_MAX) {
    smtp_session_reply(session, 501, "5.5.4", "give the name of your machine, as in EHLO client.example.com");
    return FALSE;
  }
  if (form == SMTP_HELO_CODE_PAGE && session->settings->strict) {
    smtp_session_reply(
        session, 501, "5.5.4",
        "the name is not ASCII and not UTF-8, and this server is strict: give the name of your machine, as "
        "in EHLO client.example.com");
    return FALSE;
  }
  g_autofree char *shown = smtp_helo_print(name, len);
  if (!smtp_session_ask(session, INTAKE_STEP_HELLO, shown))
    return FALSE;
  smtp_transaction_reset(session);
  smtp_session_set_helo(session, name, len);
  session->diagnostics.counts[SMTP_FINDING_EARLY_COMMAND] = session->more_input;
  session->is_ahead |= session->more_input;
  return TRUE;
}

static void helo_run(SmtpSession *session, const char *args, gsize args_len) {
  if (!take_name(session, args, args_len))
    return;
  session->extended = FALSE;
  smtp_session_reply(session, 250, NULL, session->settings->host);
}

static void ehlo_run(SmtpSession *session, const char *args, gsize args_len) {
  if (!take_name(session, args, args_len))
    return;
  session->extended = TRUE;
  smtp_capabilities_reply(session);
}

const SmtpCommand smtp_command_helo = {
    .verb = "HELO", .syntax = "HELO host.name", .needs = SMTP_TAKES_ARGUMENT | SMTP_WITHOUT_TLS, .run = helo_run};
const SmtpCommand smtp_command_ehlo = {
    .verb = "EHLO", .syntax = "EHLO host.name", .needs = SMTP_TAKES_ARGUMENT | SMTP_WITHOUT_TLS, .run = ehlo_run};
