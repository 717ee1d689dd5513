/* The parameters behind the path of MAIL and RCPT, by a table of each command. */
#include "smtp/session_private.h"

static const SmtpParameterRule *find_rule(const SmtpSession *session, const SmtpParameterRule *rules,
                                          const SmtpParameter *parameter) {
  for (const SmtpParameterRule *rule = rules; rule->keyword; rule++)
    if (smtp_word_equal(parameter->keyword, parameter->keyword_len, rule->keyword))
      return session->extended && (!rule->offered || rule->offered(session)) ? rule : NULL;
  return NULL;
}

static void refuse_parameter(SmtpSession *session, const SmtpParameter *parameter) {
  if (!session->extended)
    smtp_session_reply(session, 555, "5.5.4", "parameters may follow the address only after EHLO, not after HELO");
  else
    smtp_session_reply_format(session, 555, "5.5.4", "the parameter %.*s is not offered with this command",
                              (int)parameter->keyword_len, parameter->keyword);
}

gboolean smtp_parameters_read(SmtpSession *session, const char *cursor, const char *end, const SmtpParameterRule *rules,
                              gpointer values) {
  g_autoptr(GError) error = NULL;
  SmtpParameter parameter;
  guint seen = 0;

  while (smtp_parameter_next(&cursor, end, &parameter, &error) == FOUND) {
    const SmtpParameterRule *rule = find_rule(session, rules, &parameter);
    if (!rule) {
      refuse_parameter(session, &parameter);
      return FALSE;
    }
    guint bit = 1U << (rule - rules);
    if (!parameter.value)
      parameter.value = ""; /* of no length, so that it differs from no value the rules take */
    const char *wrong = (seen & bit) != 0 ? "a parameter is given twice" : rule->take(&parameter, values);
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

gboolean smtp_dsn_is_offered(const SmtpSession *session) {
  return session->settings->dsn;
}
