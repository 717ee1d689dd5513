/* AUTH.
 *
 *   auth-command  = "AUTH" SP sasl-mech [SP initial-response] *(CRLF [base64]) [CRLF cancel-response] CRLF
 *   initial-response = base64 / "="      cancel-response = "*"                           RFC 4954 8
 *
 * A session with an exchange reads responses until there is a verdict. Finding it may take a while, and a failure is
 * told late; both are the handler's. Where passwords could be overheard, AUTH is not offered and not taken, but for a
 * server that accepts any: there is nothing to overhear that would be worth anything here.
 *
 * Nothing of a response reaches the log: not what was sent, and not what a client sent ahead after an AUTH that failed,
 * which then comes as a command there is not. */
#include "smtp/session_private.h"
#include "syntax/base64.h"
#include <string.h>

static gboolean is_private(const SmtpSession *session) {
  return session->settings->auth_insecure || session->tls.version != NULL || session->is_unix;
}

static gboolean may_log_in(const SmtpSession *session) {
  if (smtp_tls_is_missing(session)) /* a client that saw it offered would give its password away to be told 530 */
    return FALSE;
  return session->settings->auth == SMTP_AUTH_ANY || is_private(session);
}

gboolean smtp_auth_is_known(const SmtpSession *session) {
  return session->settings->auth != SMTP_AUTH_OFF;
}

static AuthUsers *users_of(const SmtpSession *session) {
  return session->settings->auth == SMTP_AUTH_USERS ? *session->settings->users : NULL;
}

void smtp_auth_print_mechanisms(const SmtpSession *session, GString *out) {
  auth_mechanisms_print(users_of(session), out);
}

gboolean smtp_auth_is_offered(const SmtpSession *session) {
  g_autoptr(GString) mechanisms = g_string_new(NULL);

  if (!smtp_auth_is_known(session) || !may_log_in(session))
    return FALSE;
  smtp_auth_print_mechanisms(session, mechanisms);
  return mechanisms->len > 0;
}

gboolean smtp_login_check(SmtpSession *session) {
  if (!session->settings->require_auth || session->logged_in)
    return TRUE;
  smtp_session_reply(session, 530, "5.7.0", "log in first, with AUTH");
  return FALSE;
}

/* --- what happens to an exchange */

static void end_exchange(SmtpSession *session) {
  g_clear_pointer(&session->exchange, auth_exchange_free);
  smtp_session_enter(session, SMTP_STATE_COMMAND);
}

static void cut_who_guesses(SmtpSession *session) {
  if (session->n_auth_failures >= SMTP_AUTH_FAILURES_MAX && session->state != SMTP_STATE_CUT)
    smtp_session_cut(session, "4.7.0", "too many logins failed; closing the connection");
}

void smtp_auth_abandon(SmtpSession *session, guint code, const char *enhanced, const char *text) {
  end_exchange(session);
  smtp_session_reply(session, code, enhanced, text);
  cut_who_guesses(session);
}

static void send_challenge(SmtpSession *session) {
  const char *challenge = auth_exchange_challenge(session->exchange);
  g_autofree char *encoded = g_base64_encode((const guint8 *)challenge, strlen(challenge));

  smtp_session_enter(session, SMTP_STATE_AUTH);
  smtp_session_reply(session, 334, NULL, encoded);
}

static void refuse_form(SmtpSession *session) {
  smtp_auth_abandon(session, 501, "5.5.2", "the response does not have the form of this mechanism");
}

static void let_in(SmtpSession *session) {
  g_autofree char *user = g_strdup(auth_exchange_user(session->exchange));

  end_exchange(session);
  if (!smtp_session_ask(session, INTAKE_STEP_LOGIN, user))
    return;
  g_free(session->login);
  session->login = g_steal_pointer(&user);
  session->logged_in = TRUE;
  session->n_auth_failures = 0;
  smtp_session_reply(session, 235, "2.7.0", "logged in");
}

/* Reported when it was found, so not once more. */
static void refuse(SmtpSession *session) {
  end_exchange(session);
  smtp_session_answer(session, 535, "5.7.8", "name, password or token is wrong");
  cut_who_guesses(session);
}

/* It was not checked. */
static void turn_back(SmtpSession *session, const IntakeVerdict *verdict) {
  g_clear_pointer(&session->exchange, auth_exchange_free);
  if (verdict->outcome != INTAKE_CUT)
    smtp_session_enter(session, SMTP_STATE_COMMAND);
  smtp_session_reject(session, verdict);
  cut_who_guesses(session);
}

/* Closes, as a client that goes on gets nowhere for a while. */
static void turn_back_blocked(SmtpSession *session) {
  const IntakeVerdict verdict = intake_verdict(INTAKE_LOGINS_BLOCKED);

  turn_back(session, &verdict);
}

static void check(SmtpSession *session);

static void go_on(SmtpSession *session, AuthOutcome outcome) {
  static void (*const steps[])(SmtpSession *session) = {
      [AUTH_CHALLENGE] = send_challenge, [AUTH_CHECK] = check,     [AUTH_MALFORMED] = refuse_form,
      [AUTH_ACCEPTED] = let_in,          [AUTH_REJECTED] = refuse, [AUTH_BLOCKED] = turn_back_blocked,
  };

  steps[outcome](session);
}

/* The client may have gone meanwhile, or been told 421. That it failed is reported all the same: who guesses need not
 * wait for the answer. */
static void checked_cb(AuthOutcome outcome, gpointer user_data) {
  SmtpSession *session = user_data;
  gboolean is_waiting = session->ref_count > 1 && session->state == SMTP_STATE_CHECKING;

  if (auth_exchange_has_failed(session->exchange)) {
    session->n_auth_failures++;
    session->handler->auth_failed(session->handler_data, session->peer, auth_exchange_mechanism(session->exchange),
                                  auth_exchange_user(session->exchange), session->n_auth_failures);
  }
  if (is_waiting) {
    go_on(session, outcome);
    session->wake(session->wake_data);
  }
  smtp_session_unref(session);
}

static void check(SmtpSession *session) {
  smtp_session_enter(session, SMTP_STATE_CHECKING);
  session->ref_count++;
  const IntakeVerdict verdict =
      session->handler->auth_check(session->handler_data, session->exchange, &session->key, checked_cb, session);
  if (verdict.outcome == INTAKE_ACCEPT)
    return;
  session->ref_count--;
  turn_back(session, &verdict);
}

/* --- lines */

/* Decodes a response and hands it on; nothing of it stays behind. */
static void take_response(SmtpSession *session, const char *text, gsize len) {
  guint8 bytes[BASE64_DECODED_MAX(SMTP_AUTH_LINE_MAX)];
  gsize n_bytes = 0;
  gboolean good = base64_decode(text, len, bytes, &n_bytes);

  if (good)
    go_on(session, auth_exchange_take(session->exchange, (const char *)bytes, n_bytes));
  else
    smtp_auth_abandon(session, 501, "5.5.2", "the response is not Base64");
  auth_wipe(bytes, BASE64_DECODED_MAX(len)); /* of a rejected one too */
}

void smtp_auth_take_line(SmtpSession *session, const char *line, gsize len) {
  if (len == 1 && *line == '*')
    smtp_auth_abandon(session, 501, "5.7.0", "login cancelled");
  else
    take_response(session, line, len);
}

/* TRUE: AUTH may begin now, by RFC 4954 4. */
static gboolean check_order(SmtpSession *session) {
  if (!session->extended)
    smtp_session_reply(session, 503, "5.5.1", "send EHLO before AUTH");
  else if (session->logged_in)
    smtp_session_reply(session, 503, "5.5.1", "already logged in");
  else if (session->transaction.open)
    smtp_session_reply(session, 503, "5.5.1", "AUTH is not allowed during a message; send the message or RSET");
  else
    return TRUE;
  return FALSE;
}

/* NULL: the mechanism can't be had here, and that was answered. */
static AuthExchange *begin_exchange(SmtpSession *session, const char *mechanism, gsize len) {
  const char *name = auth_mechanism_name(mechanism, len);

  if (name && !may_log_in(session)) {
    smtp_session_reply(session, 538, "5.7.11", "logins need TLS: send STARTTLS first");
    return NULL;
  }
  AuthExchange *exchange = name ? auth_exchange_new(name, users_of(session), session->settings->host) : NULL;
  if (!exchange)
    smtp_session_reply(session, 504, "5.5.4", "that mechanism is not offered; EHLO lists those that are");
  return exchange;
}

static void auth_run(SmtpSession *session, const char *args, gsize args_len) {
  const char *space = memchr(args, ' ', args_len);
  gsize mechanism_len = space ? (gsize)(space - args) : args_len;

  if (!check_order(session))
    return;
  session->exchange = begin_exchange(session, args, mechanism_len);
  if (!session->exchange)
    return;
  if (!space)
    go_on(session, auth_exchange_take(session->exchange, NULL, 0));
  else if (space + 2 == args + args_len && space[1] == '=')
    go_on(session, auth_exchange_take(session->exchange, "", 0));
  else
    take_response(session, space + 1, args_len - mechanism_len - 1);
}

/* --- what may be shown of a line */

gboolean smtp_line_is_auth(const char *line, gsize len) {
  gsize verb_len = strlen("AUTH");

  while (len > 0 && g_ascii_isspace(*line)) {
    line++;
    len--;
  }
  return len >= verb_len && g_ascii_strncasecmp(line, "AUTH", verb_len) == 0 &&
         (len == verb_len || !g_ascii_isalnum(line[verb_len]));
}

gboolean smtp_line_is_secret(const SmtpSession *session, const char *line, gsize len) {
  return session->state == SMTP_STATE_AUTH || smtp_line_is_auth(line, len) ||
         (session->after_auth && !smtp_line_is_command(session, line, len));
}

char *smtp_secret_shown(const SmtpSession *session, const char *line, gsize len) {
  SmtpCommandLine split;

  if (session->state == SMTP_STATE_AUTH || !smtp_line_is_auth(line, len))
    return g_strdup("***");
  smtp_command_line_split(line, len, &split);
  if (split.args_len == 0)
    return g_strdup("AUTH");
  const char *end = memchr(split.args, ' ', split.args_len);
  const char *mechanism = auth_mechanism_name(split.args, end ? (gsize)(end - split.args) : split.args_len);
  /* Without a mechanism, what stands in its place may be a secret. */
  if (!mechanism)
    return g_strdup("AUTH ***");
  return g_strconcat("AUTH ", mechanism, end ? " ***" : NULL, NULL);
}

const SmtpCommand smtp_command_auth = {
    .verb = "AUTH",
    .syntax = "AUTH mechanism [initial-response]",
    .needs = SMTP_TAKES_ARGUMENT,
    .offered = smtp_auth_is_known,
    .run = auth_run,
};
