#include "app/mail_handler.h"

static IntakeVerdict ask(gpointer handler_data, const IntakeQuestion *question) {
  const MailHandler *handler = handler_data;

  return intake_ask(handler->intake, question);
}

/* --- a message, which is intake's */

static IntakeMail *mail_of(SmtpMail *mail) {
  return (IntakeMail *)mail;
}

static SmtpMail *mail_begin(gpointer handler_data, const Envelope *envelope, SmtpResume resume, gpointer user_data) {
  const MailHandler *handler = handler_data;

  return (SmtpMail *)intake_mail_new(handler->intake, INTAKE_BY_SMTP, envelope, resume, user_data);
}

static gboolean mail_append(SmtpMail *mail, const guint8 *bytes, gsize n_bytes) {
  return intake_mail_append(mail_of(mail), bytes, n_bytes);
}

static void mail_discard(SmtpMail *mail) {
  intake_mail_discard(mail_of(mail));
}

static void mail_commit(SmtpMail *mail, const IntakeArrival *arrival, SmtpStored stored, gpointer user_data) {
  intake_mail_commit(mail_of(mail), arrival, stored, user_data);
}

/* --- logins */

static IntakeVerdict auth_check(gpointer handler_data, AuthExchange *exchange, const NetPeerKey *client,
                                SmtpChecked checked, gpointer user_data) {
  G_STATIC_ASSERT(sizeof client->bytes == AUTH_CLIENT_BYTES);
  MailHandler *handler = handler_data;
  AuthAttempt attempt;

  if (auth_checker_ask(handler->checker, client->bytes, exchange, &attempt) > 0)
    return intake_verdict(INTAKE_LOGINS_BLOCKED);
  gboolean has_begun = auth_checker_run(handler->checker, exchange, &attempt, checked, user_data);
  return intake_verdict(has_begun ? INTAKE_OK : INTAKE_LOGINS_BUSY);
}

static void auth_failed(gpointer handler_data, const char *peer, const char *mechanism, const char *user,
                        guint n_failures) {
  MailHandler *handler = handler_data;

  log_event(handler->log, LOG_LEVEL_WARNING, "auth-failed",
            "<peer>: a login {as \"<user>\" }by <mechanism> failed, <failures> in a row", LOG_TEXT("peer", peer),
            LOG_TEXT("mechanism", mechanism), LOG_TEXT("user", user), LOG_NUMBER("failures", n_failures));
}

/* --- what happened */

static void rejected(gpointer handler_data, const IntakeRejection *rejection) {
  const MailHandler *handler = handler_data;

  intake_reject(handler->intake, INTAKE_BY_SMTP, rejection);
}

static void said(gpointer handler_data, const char *id, const Transcript *transcript) {
  const MailHandler *handler = handler_data;

  intake_keep_transcript(handler->intake, id, transcript);
}

static void lost(gpointer handler_data, const char *peer, gboolean in_mail, const char *what) {
  const MailHandler *handler = handler_data;

  intake_lose(handler->intake, INTAKE_BY_SMTP, peer, in_mail, what);
}

static void speaks_for(gpointer handler_data, const char *peer, const char *client, const char *name,
                       const char *login) {
  MailHandler *handler = handler_data;

  log_event(handler->log, LOG_LEVEL_INFO, "xclient", "<proxy>: speaks for <peer>{ (<name>)}{, logged in as <login>}",
            LOG_TEXT("proxy", peer), LOG_TEXT("peer", client), LOG_TEXT("name", name), LOG_TEXT("login", login));
}

static void stalled(gpointer handler_data, const char *peer, const char *what) {
  MailHandler *handler = handler_data;

  log_say(handler->log, LOG_LEVEL_WARNING, "stalled", "%s: %s", peer, what);
}

static void injected(gpointer handler_data, const char *peer, const char *what) {
  MailHandler *handler = handler_data;

  log_event(handler->log, LOG_LEVEL_WARNING, "tls-injection", "<peer>: <reason>", LOG_TEXT("peer", peer),
            LOG_TEXT("reason", what));
}

static void trace(gpointer handler_data, const char *peer, char side, const char *line, gsize len) {
  MailHandler *handler = handler_data;

  log_say(handler->log, LOG_LEVEL_DEBUG, "protocol", "%s: %c: %.*s", peer, side, (int)len, line);
}

SmtpHandler mail_handler_table(gboolean with_trace) {
  return (SmtpHandler){
      .ask = ask,
      .mail_begin = mail_begin,
      .mail_append = mail_append,
      .mail_commit = mail_commit,
      .mail_discard = mail_discard,
      .auth_check = auth_check,
      .auth_failed = auth_failed,
      .rejected = rejected,
      .said = said,
      .speaks_for = speaks_for,
      .lost = lost,
      .stalled = stalled,
      .injected = injected,
      .trace = with_trace ? trace : NULL,
  };
}
