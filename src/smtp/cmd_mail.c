/* MAIL.
 *
 *   mail = "MAIL FROM:" Reverse-path [SP Mail-parameters] CRLF      RFC 5321 4.1.1.2
 *   SIZE=1*20DIGIT           RFC 1870 3     BODY=7BIT / 8BITMIME    RFC 6152 2
 *   SMTPUTF8                 RFC 6531 3.4
 *   AUTH=xtext               RFC 4954 5, who the mail is by; nobody here would believe it, so it is read and forgotten
 */
#include "smtp/session_private.h"
#include "syntax/xtext.h"

typedef struct MailParameters {
  guint64 size_octets;
  gboolean body_8bit;
  gboolean smtputf8;
} MailParameters;

/* NULL: taken. Otherwise what is wrong with the value. */
static const char *take_size(const SmtpParameter *parameter, MailParameters *parameters) {
  if (!parameter->value || !smtp_number_parse(parameter->value, parameter->value_len, &parameters->size_octets))
    return "SIZE takes a number of octets, as in SIZE=12345";
  return NULL;
}

static const char *take_body(const SmtpParameter *parameter, MailParameters *parameters) {
  const char *value = parameter->value != NULL ? parameter->value : "";

  parameters->body_8bit = smtp_word_equal(value, parameter->value_len, "8BITMIME");
  if (!parameters->body_8bit && !smtp_word_equal(value, parameter->value_len, "7BIT"))
    return "BODY takes 7BIT or 8BITMIME";
  return NULL;
}

static const char *take_smtputf8(const SmtpParameter *parameter, MailParameters *parameters) {
  parameters->smtputf8 = TRUE;
  return parameter->value != NULL ? "SMTPUTF8 takes no value" : NULL;
}

static const char *take_auth(const SmtpParameter *parameter, MailParameters *parameters) {
  g_autofree char *mailbox = parameter->value != NULL ? xtext_decode(parameter->value, parameter->value_len) : NULL;

  return mailbox != NULL ? NULL : "AUTH takes an address in xtext, as in AUTH=<>";
}

static gboolean offered_with_smtputf8(const SmtpSession *session) {
  return session->settings->smtputf8;
}

typedef struct ParameterRule {
  const char *keyword;
  gboolean (*offered)(const SmtpSession *session); /* NULL: always */
  const char *(*take)(const SmtpParameter *parameter, MailParameters *parameters);
} ParameterRule;

static const ParameterRule rules[] = {
    {"SIZE", NULL, take_size},
    {"BODY", NULL, take_body},
    {"SMTPUTF8", offered_with_smtputf8, take_smtputf8},
    {"AUTH", smtp_auth_is_offered, take_auth},
};

static const ParameterRule *find_rule(const SmtpSession *session, const SmtpParameter *parameter) {
  for (gsize i = 0; i < G_N_ELEMENTS(rules); i++)
    if (smtp_word_equal(parameter->keyword, parameter->keyword_len, rules[i].keyword))
      return session->extended && (!rules[i].offered || rules[i].offered(session)) ? &rules[i] : NULL;
  return NULL;
}

static void refuse_parameter(SmtpSession *session, const SmtpParameter *parameter) {
  if (!session->extended)
    smtp_session_reply(session, 555, "5.5.4", "parameters may follow the address only after EHLO, not after HELO");
  else
    smtp_session_reply_format(session, 555, "5.5.4", "the parameter %.*s is not offered by this server",
                              (int)parameter->keyword_len, parameter->keyword);
}

/* Reads all parameters; FALSE: one was refused. */
static gboolean read_parameters(SmtpSession *session, const char *cursor, const char *end, MailParameters *parameters) {
  g_autoptr(GError) error = NULL;
  SmtpParameter parameter;
  guint seen = 0;

  while (smtp_parameter_next(&cursor, end, &parameter, &error)) {
    const ParameterRule *rule = find_rule(session, &parameter);
    if (!rule) {
      refuse_parameter(session, &parameter);
      return FALSE;
    }
    guint bit = 1U << (rule - rules);
    const char *wrong = (seen & bit) != 0 ? "a parameter is given twice" : rule->take(&parameter, parameters);
    if (wrong) {
      smtp_session_reply(session, 501, "5.5.4", wrong);
      return FALSE;
    }
    seen |= bit;
  }
  if (error)
    smtp_session_reply(session, 501, "5.5.4", error->message);
  return error == NULL;
}

static gboolean check_declared_size(SmtpSession *session, guint64 size_octets) {
  guint64 limit_octets = session->settings->max_size_octets;

  if (limit_octets == 0 || size_octets <= limit_octets)
    return TRUE;
  smtp_session_reply_format(session, 552, "5.3.4",
                            "the mail is announced with %" G_GUINT64_FORMAT " octets; the limit is %" G_GUINT64_FORMAT,
                            size_octets, limit_octets);
  return FALSE;
}

static void mail_run(SmtpSession *session, const char *args, gsize args_len) {
  g_auto(SmtpPath) path = {0};
  MailParameters parameters = {0};
  const char *rest = NULL;

  if (!smtp_path_check(session, args, args_len, SMTP_PATH_REVERSE, &path, &rest) ||
      !read_parameters(session, rest, args + args_len, &parameters) ||
      !check_declared_size(session, parameters.size_octets))
    return;

  smtp_transaction_open(session, path.mailbox);
  session->transaction.body_8bit = parameters.body_8bit;
  session->transaction.smtputf8 = parameters.smtputf8;
  smtp_path_note(session, &path);
  if (!smtp_transaction_check(session, SMTP_STEP_MAIL, NULL)) {
    smtp_transaction_reset(session);
    return;
  }
  smtp_session_reply(session, 250, "2.1.0", "sender taken");
}

const SmtpCommand smtp_command_mail = {
    .verb = "MAIL",
    .syntax = "MAIL FROM:<sender@example.com> [SIZE=octets] [BODY=7BIT|8BITMIME] [SMTPUTF8]",
    .needs = SMTP_TAKES_ARGUMENT | SMTP_NEEDS_HELLO | SMTP_NEEDS_LOGIN | SMTP_NEEDS_NO_TRANSACTION,
    .run = mail_run,
};
