/* RCPT.
 *
 *   rcpt = "RCPT TO:" ( "<Postmaster@" Domain ">" / "<Postmaster>" / Forward-path ) [SP Rcpt-parameters] CRLF
 *
 * RFC 5321 4.1.1.3. No parameter is offered. A source route is taken and dropped (appendix C). */
#include "smtp/session_private.h"
#include <string.h>

static gboolean check_parameters(SmtpSession *session, const char *cursor, const char *end) {
  g_autoptr(GError) error = NULL;
  SmtpParameter parameter;

  if (smtp_parameter_next(&cursor, end, &parameter, &error)) {
    smtp_session_reply_format(session, 555, "5.5.4", "the parameter %.*s is not offered by this server",
                              (int)parameter.keyword_len, parameter.keyword);
    return FALSE;
  }
  if (error)
    smtp_session_reply(session, 501, "5.5.4", error->message);
  return error == NULL;
}

static gboolean check_room(SmtpSession *session) {
  const SmtpTransaction *transaction = &session->transaction;

  if (transaction->begun)
    smtp_session_reply(session, 503, "5.5.1", "RCPT comes before BDAT; send the rest of the mail or say RSET");
  else if (transaction->envelope->forward_paths->len >= session->settings->max_recipients)
    smtp_session_reply_format(session, 452, "4.5.3", "too many recipients: %u are the limit for one mail",
                              session->settings->max_recipients);
  else
    return TRUE;
  return FALSE;
}

/* A path may be as long as a line, so that the number of recipients alone bounds too little. */
static gboolean check_length(SmtpSession *session, const char *forward_path) {
  gsize limit_octets = MAX((gsize)session->settings->max_recipients * SMTP_PATH_OCTETS, SMTP_LINE_MAX);

  if (session->transaction.path_octets + strlen(forward_path) <= limit_octets)
    return TRUE;
  smtp_session_reply_format(session, 452, "4.5.3",
                            "the addresses of this mail are too long: %" G_GSIZE_FORMAT " octets are the limit for all",
                            limit_octets);
  return FALSE;
}

static void rcpt_run(SmtpSession *session, const char *args, gsize args_len) {
  g_auto(SmtpPath) path = {0};
  SmtpTransaction *transaction = &session->transaction;
  const char *rest = NULL;

  transaction->n_refused++;
  if (!check_room(session) || !smtp_path_check(session, args, args_len, SMTP_PATH_FORWARD, &path, &rest) ||
      !check_parameters(session, rest, args + args_len) || !check_length(session, path.mailbox) ||
      !smtp_transaction_check(session, SMTP_STEP_RCPT, path.mailbox))
    return;

  transaction->n_refused--;
  session->n_commands--;
  transaction->path_octets += strlen(path.mailbox);
  g_ptr_array_add(transaction->envelope->forward_paths, g_strdup(path.mailbox));
  smtp_path_note(session, &path);
  smtp_session_reply(session, 250, "2.1.5", "recipient taken");
}

const SmtpCommand smtp_command_rcpt = {
    .verb = "RCPT",
    .syntax = "RCPT TO:<recipient@example.com>",
    .needs = SMTP_TAKES_ARGUMENT | SMTP_NEEDS_HELLO | SMTP_NEEDS_LOGIN | SMTP_NEEDS_TRANSACTION,
    .run = rcpt_run,
};
