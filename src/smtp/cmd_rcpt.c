/* RCPT.
 *
 *   rcpt = "RCPT TO:" ( "<Postmaster@" Domain ">" / "<Postmaster>" / Forward-path ) [SP Rcpt-parameters] CRLF
 *
 *   NOTIFY=NEVER / 1#( SUCCESS / FAILURE / DELAY )      RFC 3461 4.1
 *   ORCPT=addr-type ";" xtext                          RFC 3461 4.2, both kept with the message
 *
 * RFC 5321 4.1.1.3. A source route is taken and dropped (appendix C). */
#include "smtp/session_private.h"
#include "syntax/dsn.h"
#include <string.h>

/* Lent by the line, but for `notify`. */
typedef struct RcptParameters {
  char *notify;
  const char *orcpt;
  gsize orcpt_len;
} RcptParameters;

static void parameters_clear(RcptParameters *parameters) {
  g_free(parameters->notify);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(RcptParameters, parameters_clear)

static const char *take_notify(const SmtpParameter *parameter, gpointer values) {
  return dsn_notify_parse(parameter->value, parameter->value_len, &((RcptParameters *)values)->notify);
}

static const char *take_orcpt(const SmtpParameter *parameter, gpointer values) {
  RcptParameters *parameters = values;

  parameters->orcpt = parameter->value;
  parameters->orcpt_len = parameter->value_len;
  return dsn_orcpt_check(parameter->value, parameter->value_len);
}

static const SmtpParameterRule rules[] = {
    {"NOTIFY", smtp_dsn_is_offered, take_notify},
    {"ORCPT", smtp_dsn_is_offered, take_orcpt},
    {NULL},
};

static gboolean check_room(SmtpSession *session) {
  const SmtpTransaction *transaction = &session->transaction;

  if (transaction->begun)
    smtp_session_reply(session, 503, "5.5.1", "RCPT must come before BDAT; send the rest of the message or RSET");
  else if (transaction->envelope->forward_paths->len >= session->settings->max_recipients)
    smtp_session_reply_format(session, 452, "4.5.3", "too many recipients; the limit is %u per message",
                              session->settings->max_recipients);
  else
    return TRUE;
  return FALSE;
}

/* A path and its ORCPT may be as long as a line, so that the number of recipients alone bounds too little. */
static gboolean check_length(SmtpSession *session, gsize n_bytes) {
  gsize limit_bytes = MAX((gsize)session->settings->max_recipients * SMTP_PATH_BYTES, SMTP_LINE_MAX);

  if (session->transaction.path_bytes + n_bytes <= limit_bytes)
    return TRUE;
  smtp_session_reply_format(session, 452, "4.5.3",
                            "the addresses of this message are too long; the limit for all together is %" G_GSIZE_FORMAT
                            " bytes",
                            limit_bytes);
  return FALSE;
}

/* Of the recipient that is added next. */
static void keep_parameters(Envelope *envelope, RcptParameters *parameters) {
  if (!parameters->notify && !parameters->orcpt)
    return;
  EnvelopeDsn *dsn = envelope_dsn_add(envelope, envelope->forward_paths->len);
  dsn->notify = g_steal_pointer(&parameters->notify);
  dsn->orcpt = g_strndup(parameters->orcpt, parameters->orcpt_len);
}

static void rcpt_run(SmtpSession *session, const char *args, gsize args_len) {
  g_auto(SmtpPath) path = {0};
  g_auto(RcptParameters) parameters = {0};
  SmtpTransaction *transaction = &session->transaction;
  const char *rest = NULL;

  transaction->n_rejected++;
  if (!check_room(session) || !smtp_path_check(session, args, args_len, SMTP_PATH_FORWARD, &path, &rest) ||
      !smtp_parameters_read(session, rest, args + args_len, rules, &parameters) ||
      !check_length(session, strlen(path.mailbox) + parameters.orcpt_len) ||
      !smtp_session_ask(session, INTAKE_STEP_RCPT, path.mailbox))
    return;

  transaction->n_rejected--;
  session->n_commands--;
  transaction->path_bytes += strlen(path.mailbox) + parameters.orcpt_len;
  keep_parameters(transaction->envelope, &parameters);
  g_ptr_array_add(transaction->envelope->forward_paths, g_strdup(path.mailbox));
  smtp_path_note(session, &path);
  smtp_session_reply(session, 250, "2.1.5", "recipient ok");
}

const SmtpCommand smtp_command_rcpt = {
    .verb = "RCPT",
    .syntax = "RCPT TO:<recipient@example.com> [NOTIFY=NEVER|SUCCESS,FAILURE,DELAY] [ORCPT=type;address]",
    .needs = SMTP_TAKES_ARGUMENT | SMTP_NEEDS_HELLO | SMTP_NEEDS_LOGIN | SMTP_NEEDS_TRANSACTION,
    .run = rcpt_run,
};
