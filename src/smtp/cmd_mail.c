/* MAIL.
 *
 *   mail = "MAIL FROM:" Reverse-path [SP Mail-parameters] CRLF      RFC 5321 4.1.1.2
 *   SIZE=1*20DIGIT           RFC 1870 3     BODY=7BIT / 8BITMIME    RFC 6152 2
 *   SMTPUTF8                 RFC 6531 3.4
 *   AUTH=xtext               RFC 4954 5, who the message is by; nobody here would believe it, so it is read and
 * forgotten RET=FULL / HDRS          RFC 3461 4.3   ENVID=xtext             RFC 3461 4.4, both kept with the message
 */
#include "smtp/session_private.h"
#include "syntax/dsn.h"
#include "syntax/xtext.h"

typedef struct MailParameters {
  guint64 size_bytes;
  gboolean body_8bit;
  gboolean smtputf8;
  const char *dsn_ret;
  const char *envid; /* lent by the line */
  gsize envid_len;
} MailParameters;

static const char *take_size(const SmtpParameter *parameter, gpointer values) {
  MailParameters *parameters = values;

  return smtp_number_parse(parameter->value, parameter->value_len, &parameters->size_bytes)
             ? NULL
             : "SIZE takes a number of bytes, as in SIZE=12345";
}

static const char *take_body(const SmtpParameter *parameter, gpointer values) {
  MailParameters *parameters = values;

  parameters->body_8bit = smtp_word_equal(parameter->value, parameter->value_len, "8BITMIME");
  if (!parameters->body_8bit && !smtp_word_equal(parameter->value, parameter->value_len, "7BIT"))
    return "BODY takes 7BIT or 8BITMIME";
  return NULL;
}

static const char *take_smtputf8(const SmtpParameter *parameter, gpointer values) {
  ((MailParameters *)values)->smtputf8 = TRUE;
  return parameter->value_len > 0 ? "SMTPUTF8 takes no value" : NULL;
}

static const char *take_auth(const SmtpParameter *parameter, gpointer values) {
  g_autofree char *mailbox = parameter->value_len > 0 ? xtext_decode(parameter->value, parameter->value_len) : NULL;

  return mailbox ? NULL : "AUTH takes an address in xtext, as in AUTH=<>";
}

static const char *take_ret(const SmtpParameter *parameter, gpointer values) {
  return dsn_ret_parse(parameter->value, parameter->value_len, &((MailParameters *)values)->dsn_ret);
}

static const char *take_envid(const SmtpParameter *parameter, gpointer values) {
  MailParameters *parameters = values;

  parameters->envid = parameter->value;
  parameters->envid_len = parameter->value_len;
  return dsn_envid_check(parameter->value, parameter->value_len);
}

static gboolean offered_with_smtputf8(const SmtpSession *session) {
  return session->settings->smtputf8;
}

static const SmtpParameterRule rules[] = {
    {"SIZE", NULL, take_size},
    {"BODY", NULL, take_body},
    {"SMTPUTF8", offered_with_smtputf8, take_smtputf8},
    {"AUTH", smtp_auth_is_offered, take_auth},
    {"RET", smtp_dsn_is_offered, take_ret},
    {"ENVID", smtp_dsn_is_offered, take_envid},
    {NULL},
};

static gboolean check_declared_size(SmtpSession *session, guint64 size_bytes) {
  guint64 limit_bytes = session->settings->max_size_bytes;

  if (limit_bytes == 0 || size_bytes <= limit_bytes)
    return TRUE;
  smtp_session_reply_format(session, 552, "5.3.4",
                            "the announced size of %" G_GUINT64_FORMAT " bytes is over the limit of %" G_GUINT64_FORMAT,
                            size_bytes, limit_bytes);
  return FALSE;
}

static void mail_run(SmtpSession *session, const char *args, gsize args_len) {
  g_auto(SmtpPath) path = {0};
  MailParameters parameters = {0};
  const char *rest = NULL;

  if (!smtp_path_check(session, args, args_len, SMTP_PATH_REVERSE, &path, &rest) ||
      !smtp_parameters_read(session, rest, args + args_len, rules, &parameters) ||
      !check_declared_size(session, parameters.size_bytes))
    return;

  smtp_transaction_open(session, path.mailbox);
  session->transaction.body_8bit = parameters.body_8bit;
  session->transaction.smtputf8 = parameters.smtputf8;
  session->transaction.envelope->dsn_ret = parameters.dsn_ret;
  session->transaction.envelope->dsn_envid = g_strndup(parameters.envid, parameters.envid_len);
  smtp_path_note(session, &path);
  if (!smtp_session_ask(session, INTAKE_STEP_MAIL, NULL)) {
    smtp_transaction_reset(session);
    return;
  }
  smtp_session_reply(session, 250, "2.1.0", "sender ok");
}

const SmtpCommand smtp_command_mail = {
    .verb = "MAIL",
    .syntax = "MAIL FROM:<sender@example.com> [SIZE=bytes] [BODY=7BIT|8BITMIME] [SMTPUTF8] "
              "[RET=FULL|HDRS] [ENVID=id]",
    .needs = SMTP_TAKES_ARGUMENT | SMTP_NEEDS_HELLO | SMTP_NEEDS_LOGIN | SMTP_NEEDS_NO_TRANSACTION,
    .run = mail_run,
};
