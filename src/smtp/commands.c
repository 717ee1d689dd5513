/* The table of commands: what may run when, and what is said when it may not. */
#include "smtp/session_private.h"

static const SmtpCommand *const commands[] = {
    &smtp_command_helo, &smtp_command_ehlo, &smtp_command_mail,     &smtp_command_rcpt, &smtp_command_data,
    &smtp_command_bdat, &smtp_command_rset, &smtp_command_noop,     &smtp_command_quit, &smtp_command_vrfy,
    &smtp_command_expn, &smtp_command_help, &smtp_command_starttls, &smtp_command_auth, &smtp_command_xclient,
};

/* What a browser, or a page that makes a browser post here, would say first. Such a client is not listened to: its
 * request could hold a whole SMTP transcript. */
static const char *const http_methods[] = {"GET",    "HEAD",    "POST",    "PUT",  "PATCH",
                                           "DELETE", "OPTIONS", "CONNECT", "TRACE"};

static gboolean is_offered(const SmtpSession *session, const SmtpCommand *command) {
  return !command->offered || command->offered(session);
}

static const SmtpCommand *find_command(const SmtpSession *session, const SmtpCommandLine *line) {
  for (gsize i = 0; i < G_N_ELEMENTS(commands); i++)
    if (smtp_word_equal(line->verb, line->verb_len, commands[i]->verb) && is_offered(session, commands[i]))
      return commands[i];
  return NULL;
}

gboolean smtp_line_is_http(const char *text, gsize len) {
  SmtpCommandLine line;

  smtp_command_line_split(text, len, &line);
  for (gsize i = 0; i < G_N_ELEMENTS(http_methods); i++)
    if (smtp_word_equal(line.verb, line.verb_len, http_methods[i]))
      return TRUE;
  return FALSE;
}

gboolean smtp_line_is_command(const SmtpSession *session, const char *text, gsize len) {
  SmtpCommandLine line;

  smtp_command_line_split(text, len, &line);
  return find_command(session, &line) != NULL;
}

static gboolean has_control(const char *text, gsize len) {
  for (gsize i = 0; i < len; i++)
    if (g_ascii_iscntrl(text[i]))
      return TRUE;
  return FALSE;
}

static void refuse_unknown(SmtpSession *session, const SmtpCommandLine *line) {
  if (smtp_word_equal(line->verb, line->verb_len, "STARTTLS"))
    smtp_session_reply(session, 502, "5.5.1", "TLS is not offered here; set the client to plain SMTP");
  else if (smtp_word_equal(line->verb, line->verb_len, "AUTH"))
    smtp_session_reply(session, 502, "5.5.1", "AUTH is not offered here; set the client to send without a login");
  else
    smtp_session_reply(session, 500, "5.5.2", "unknown command; HELP lists the commands");
}

/* Says what is missing or in the way, in the order in which the client can mend it. TRUE: the command may run. */
static gboolean check_needs(SmtpSession *session, const SmtpCommand *command, gsize args_len) {
  guint needs = command->needs;

  if ((needs & SMTP_TAKES_NO_ARGUMENT) != 0 && args_len > 0)
    smtp_session_reply_format(session, 501, "5.5.4", "%s takes no argument", command->verb);
  else if ((needs & SMTP_TAKES_ARGUMENT) != 0 && args_len == 0)
    smtp_session_reply_format(session, 501, "5.5.4", "an argument is missing: %s", command->syntax);
  else if ((needs & SMTP_NEEDS_HELLO) != 0 && !session->helo)
    smtp_session_reply_format(session, 503, "5.5.1", "send EHLO before %s", command->verb);
  else if ((needs & SMTP_NEEDS_LOGIN) != 0 && !smtp_login_check(session))
    return FALSE;
  else if ((needs & SMTP_NEEDS_NO_TRANSACTION) != 0 && session->transaction.open)
    smtp_session_reply_format(session, 503, "5.5.1", "%s was already given; send the message or RSET", command->verb);
  else if ((needs & SMTP_NEEDS_TRANSACTION) != 0 && !session->transaction.open)
    smtp_session_reply_format(session, 503, "5.5.1", "send MAIL before %s", command->verb);
  else
    return TRUE;
  return FALSE;
}

static gboolean may_run_without_tls(const SmtpCommand *command) {
  return command && (command->needs & SMTP_WITHOUT_TLS) != 0;
}

void smtp_command_dispatch(SmtpSession *session, const char *text, gsize len) {
  SmtpCommandLine line;

  smtp_command_line_split(text, len, &line);
  const SmtpCommand *command = find_command(session, &line);

  session->after_auth = smtp_line_is_auth(text, len) || (session->after_auth && !command);
  if (++session->n_commands > SMTP_COMMANDS_MAX)
    smtp_session_cut(session, "4.7.0", "too many commands without a message; closing the connection");
  else if (smtp_line_is_http(text, len))
    smtp_session_cut(session, "4.7.0", "this is an SMTP port, and that was an HTTP request; closing the connection");
  else if (!may_run_without_tls(command) && !smtp_tls_check(session))
    return;
  else if (!command)
    refuse_unknown(session, &line);
  else if (has_control(line.args, line.args_len))
    smtp_session_reply(session, 501, "5.5.2", "the line contains a control character");
  else if (check_needs(session, command, line.args_len))
    command->run(session, line.args, line.args_len);
}

static void help_run(SmtpSession *session, const char *args, gsize args_len) {
  g_autoptr(GString) text = g_string_new("Commands:");

  for (gsize i = 0; i < G_N_ELEMENTS(commands); i++) {
    if (!is_offered(session, commands[i]))
      continue;
    if (smtp_word_equal(args, args_len, commands[i]->verb)) {
      smtp_session_reply(session, 214, "2.0.0", commands[i]->syntax);
      return;
    }
    g_string_append_printf(text, "\n%s", commands[i]->syntax);
  }
  g_string_append(text, "\nMail is captured here and never delivered; see man dsmtpd");
  smtp_session_reply(session, 214, "2.0.0", text->str);
}

const SmtpCommand smtp_command_help = {
    .verb = "HELP", .syntax = "HELP [command]", .needs = SMTP_WITHOUT_TLS, .run = help_run};
