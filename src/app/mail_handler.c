#include "app/mail_handler.h"
#include "message/header_text.h"
#include <string.h>

enum { N_TLS_FIELDS = 3 };

/* What the SmtpHandler calls a message: the inbox's draft, and whom to answer. */
struct SmtpMail {
  MailHandler *handler;
  InboxDraft *draft;
  const SmtpArrival *arrival;
  SmtpStored stored;
  gpointer user_data;
};

static void log_undecided(MailHandler *handler, const Envelope *envelope, const char *forward_path,
                          const RulesPattern *pattern) {
  g_autofree char *line =
      g_strdup_printf("%s: could not decide about the recipient %s: matching it with \"%s\" exceeds "
                      "the limits; use a simpler pattern",
                      envelope->peer, forward_path, rules_pattern_text(pattern));
  const LogField fields[] = {
      LOG_TEXT("peer", envelope->peer),
      LOG_TEXT("to", forward_path),
      LOG_TEXT("pattern", rules_pattern_text(pattern)),
  };

  log_event(handler->log, LOG_LEVEL_WARNING, "undecided", line, fields, G_N_ELEMENTS(fields));
}

static const SmtpReply *check_recipient(MailHandler *handler, const Envelope *envelope, const char *forward_path) {
  static const SmtpReply replies[] = {
      [RULES_RECIPIENT_REJECTED] = {550, "5.1.1", "this address is not accepted: it matches --reject-recipients"},
      [RULES_RECIPIENT_NOT_ALLOWED] = {550, "5.1.1",
                                       "this address is not accepted: it does not match --allow-recipients"},
      [RULES_RECIPIENT_UNDECIDED] = {451, "4.3.0",
                                     "the rules for recipients could not be applied to this address; see the server's "
                                     "log"},
  };
  const RulesPattern *pattern;
  RulesRecipientOutcome outcome = rules_recipients_judge(&handler->recipients, forward_path, &pattern);

  if (outcome == RULES_RECIPIENT_TAKEN)
    return NULL;
  if (outcome == RULES_RECIPIENT_UNDECIDED)
    log_undecided(handler, envelope, forward_path, pattern);
  return &replies[outcome];
}

static const SmtpReply *check(gpointer handler_data, SmtpStep step, const Envelope *envelope,
                              const char *forward_path) {
  static const SmtpReply no_room = {452, "4.3.1", "less space is left than --min-free requires; try again later"};
  MailHandler *handler = handler_data;

  if (step == SMTP_STEP_RCPT)
    return check_recipient(handler, envelope, forward_path);
  return handler->space && space_watch_is_short(handler->space) ? &no_room : NULL;
}

static SmtpMail *mail_begin(gpointer handler_data, const Envelope *envelope, SmtpResume resume, gpointer user_data) {
  SmtpMail *mail = g_new0(SmtpMail, 1);

  mail->handler = handler_data;
  mail->draft = inbox_draft_new(mail->handler->inbox, envelope, resume, user_data);
  return mail;
}

static gboolean mail_append(SmtpMail *mail, const guint8 *bytes, gsize n_bytes) {
  return inbox_draft_append(mail->draft, bytes, n_bytes);
}

static void mail_discard(SmtpMail *mail) {
  inbox_draft_discard(mail->draft);
  g_free(mail);
}

static const char *sender_of(const Envelope *envelope) {
  return *envelope->reverse_path != '\0' ? envelope->reverse_path : "<>";
}

static void append_login(const Envelope *envelope, GString *line) {
  if (envelope->auth_user)
    g_string_append_printf(line, " (logged in as %s)", envelope->auth_user);
}

static void append_tls(const Envelope *envelope, GString *line) {
  if (!envelope->tls_version)
    return;
  g_string_append(line, " (");
  envelope_print_tls(envelope, line);
  g_string_append_c(line, ')');
}

static void log_mail(const SmtpMail *mail, const char *id) {
  const SmtpArrival *arrival = mail->arrival;
  const Envelope *envelope = arrival->envelope;
  g_autoptr(GString) line = g_string_sized_new(160);
  g_autofree char *subject = arrival->subject != NULL ? header_text_decode(arrival->subject) : NULL;
  g_autoptr(GPtrArray) forward_paths = g_ptr_array_new();

  g_string_append_printf(line, "%s: %s -> ", envelope->peer, sender_of(envelope));
  for (guint i = 0; i < envelope->forward_paths->len; i++) {
    char *forward_path = g_ptr_array_index(envelope->forward_paths, i);
    g_string_append(line, i > 0 ? ", " : "");
    g_string_append(line, forward_path);
    g_ptr_array_add(forward_paths, forward_path);
  }
  g_ptr_array_add(forward_paths, NULL);
  g_string_append_printf(line, " [%s]", subject != NULL ? subject : "");
  append_login(envelope, line);
  append_tls(envelope, line);

  const LogField fields[] = {
      LOG_TEXT("peer", envelope->peer),
      LOG_TEXT("from", envelope->reverse_path),
      LOG_LIST("to", (const char *const *)forward_paths->pdata),
      LOG_TEXT("subject", subject != NULL ? subject : ""),
      LOG_NUMBER("size", (gint64)arrival->size_bytes),
      LOG_TEXT("id", id),
      LOG_TEXT("user", envelope->auth_user != NULL ? envelope->auth_user : ""),
      LOG_TEXT("tls_version", envelope->tls_version), /* from here on with TLS only */
      LOG_TEXT("tls_cipher", envelope->tls_cipher),
      LOG_TEXT("tls_client", envelope->tls_client != NULL ? envelope->tls_client : ""),
  };
  gsize n_fields = G_N_ELEMENTS(fields) - (envelope->tls_version != NULL ? 0 : N_TLS_FIELDS);
  log_event(mail->handler->log, LOG_LEVEL_INFO, "mail", line->str, fields, n_fields);
}

static void log_diagnostics(const SmtpMail *mail, const char *id) {
  const SmtpArrival *arrival = mail->arrival;

  if (!arrival->diagnostics[0])
    return;
  g_autofree char *joined = g_strjoinv("; ", (char **)arrival->diagnostics);
  g_autofree char *line = g_strdup_printf("%s: a real server may object: %s", arrival->envelope->peer, joined);
  const LogField fields[] = {
      LOG_TEXT("peer", arrival->envelope->peer),
      LOG_TEXT("id", id),
      LOG_LIST("diagnostics", arrival->diagnostics),
  };
  log_event(mail->handler->log, LOG_LEVEL_WARNING, "diagnostics", line, fields, G_N_ELEMENTS(fields));
}

/* The one place where what went wrong with a message becomes what the client is told. */
static const SmtpReply *reply_for(const GError *error) {
  static const struct {
    int code;
    SmtpReply reply;
  } replies[] = {
      {INBOX_ERROR_NO_SPACE, {452, "4.3.1", "there is no space left to store the message; try again later"}},
      {INBOX_ERROR_FAILED,
       {451, "4.3.0", "the message could not be stored; see the server's log, and try again later"}},
  };

  for (gsize i = 0; i < G_N_ELEMENTS(replies); i++)
    if (g_error_matches(error, INBOX_ERROR, replies[i].code))
      return &replies[i].reply;
  return &replies[G_N_ELEMENTS(replies) - 1].reply;
}

static void delivered_cb(const char *id, const GError *error, gpointer user_data) {
  SmtpMail *mail = user_data;

  if (error) {
    log_say(mail->handler->log, LOG_LEVEL_ERROR, "store-failed", "%s: %s", mail->arrival->envelope->peer,
            error->message);
    mail->stored(reply_for(error), NULL, mail->user_data);
  } else {
    g_autofree char *text = g_strdup_printf("stored as %s", id);
    const SmtpReply reply = {250, "2.0.0", text};

    mail->handler->counters.n_accepted++;
    mail->handler->counters.accepted_bytes += mail->arrival->size_bytes;
    log_mail(mail, id);
    log_diagnostics(mail, id);
    mail->stored(&reply, id, mail->user_data);
  }
  g_free(mail);
}

static void mail_commit(SmtpMail *mail, const SmtpArrival *arrival, SmtpStored stored, gpointer user_data) {
  mail->arrival = arrival;
  mail->stored = stored;
  mail->user_data = user_data;
  inbox_draft_commit(g_steal_pointer(&mail->draft), arrival->bare_lf, delivered_cb, mail);
}

static SmtpAuthStart auth_check(gpointer handler_data, AuthExchange *exchange, const NetPeerKey *client,
                                SmtpChecked checked, gpointer user_data) {
  G_STATIC_ASSERT(sizeof client->bytes == AUTH_CLIENT_BYTES);
  MailHandler *handler = handler_data;
  AuthAttempt attempt;

  if (auth_checker_ask(handler->checker, client->bytes, exchange, &attempt) > 0)
    return SMTP_AUTH_BLOCKED;
  return auth_checker_run(handler->checker, exchange, &attempt, checked, user_data) ? SMTP_AUTH_BEGUN : SMTP_AUTH_BUSY;
}

static void auth_failed(gpointer handler_data, const char *peer, const char *mechanism, const char *user,
                        guint n_failures) {
  MailHandler *handler = handler_data;
  g_autofree char *line = g_strdup_printf("%s: a login %s%s%sby %s failed, %u in a row", peer, user ? "as \"" : "",
                                          user ? user : "", user ? "\" " : "", mechanism, n_failures);
  const LogField fields[] = {
      LOG_TEXT("peer", peer),
      LOG_TEXT("mechanism", mechanism),
      LOG_TEXT("user", user != NULL ? user : ""),
      LOG_NUMBER("failures", n_failures),
  };

  log_event(handler->log, LOG_LEVEL_WARNING, "auth-failed", line, fields, G_N_ELEMENTS(fields));
}

static char *print_reply(const SmtpReply *reply) {
  return g_strdup_printf("%u %s %s", reply->code, reply->enhanced, reply->text);
}

/* By the middle of an enhanced code, "5.1.1", and by its class. */
void mail_handler_count_rejection(MailHandler *handler, const SmtpReply *reply) {
  const char *dot = strchr(reply->enhanced, '.');
  guint subject = dot ? (guint)(dot[1] - '0') : 0;

  handler->counters.n_rejected[reply->code >= 500][subject < SMTP_SUBJECTS_N ? subject : 0]++;
}

void mail_handler_log_rejection(MailHandler *handler, const char *peer, const char *command, const SmtpReply *reply) {
  g_autofree char *answer = print_reply(reply);
  g_autofree char *line = command != NULL ? g_strdup_printf("%s: rejected \"%s\": %s", peer, command, answer)
                                          : g_strdup_printf("%s: rejected: %s", peer, answer);
  const LogField fields[] = {
      LOG_TEXT("peer", peer),
      LOG_TEXT("command", command != NULL ? command : ""),
      LOG_NUMBER("code", reply->code),
      LOG_TEXT("reply", answer),
  };
  mail_handler_count_rejection(handler, reply);
  log_event(handler->log, LOG_LEVEL_INFO, "refused", line, fields, G_N_ELEMENTS(fields));
}

static char **copy_paths(const Envelope *envelope) {
  g_autoptr(GPtrArray) paths = g_ptr_array_new();

  for (guint i = 0; envelope != NULL && i < envelope->forward_paths->len; i++)
    g_ptr_array_add(paths, g_strdup(g_ptr_array_index(envelope->forward_paths, i)));
  g_ptr_array_add(paths, NULL);
  return (char **)g_ptr_array_free(g_steal_pointer(&paths), FALSE);
}

/* A session may outlive the inbox: what was being stored is reported when that is closed already. */
static void keep_attempt(MailHandler *handler, const SmtpRejection *rejection) {
  if (!handler->inbox)
    return;
  InboxAttempt *attempt = g_new0(InboxAttempt, 1);
  attempt->time_us = g_get_real_time();
  attempt->peer = g_strdup(rejection->peer);
  attempt->helo = g_strdup(rejection->helo != NULL ? rejection->helo : "");
  attempt->reverse_path = rejection->envelope != NULL ? g_strdup(rejection->envelope->reverse_path) : NULL;
  attempt->forward_paths = copy_paths(rejection->envelope);
  attempt->command = g_utf8_make_valid(rejection->command != NULL ? rejection->command : "", -1);
  attempt->reply = print_reply(rejection->reply);
  attempt->transcript = transcript_print(rejection->transcript);
  inbox_keep_attempt(handler->inbox, attempt);
}

static void rejected(gpointer handler_data, const SmtpRejection *rejection) {
  keep_attempt(handler_data, rejection);
  mail_handler_log_rejection(handler_data, rejection->peer, rejection->command, rejection->reply);
}

static void said(gpointer handler_data, const char *id, const Transcript *transcript) {
  MailHandler *handler = handler_data;

  if (handler->inbox)
    inbox_keep_transcript(handler->inbox, id, transcript_print(transcript));
}

static void speaks_for(gpointer handler_data, const char *peer, const char *client, const char *name,
                       const char *login) {
  MailHandler *handler = handler_data;
  g_autofree char *line =
      g_strdup_printf("%s: speaks for %s%s%s%s%s%s", peer, client, name != NULL ? " (" : "", name != NULL ? name : "",
                      name != NULL ? ")" : "", login != NULL ? ", logged in as " : "", login != NULL ? login : "");
  const LogField fields[] = {
      LOG_TEXT("proxy", peer),
      LOG_TEXT("peer", client),
      LOG_TEXT("name", name != NULL ? name : ""),
      LOG_TEXT("login", login != NULL ? login : ""),
  };

  log_event(handler->log, LOG_LEVEL_INFO, "xclient", line, fields, G_N_ELEMENTS(fields));
}

static void lost(gpointer handler_data, const SmtpLoss *loss) {
  MailHandler *handler = handler_data;

  handler->counters.n_lost += loss->in_mail;
  log_say(handler->log, loss->in_mail ? LOG_LEVEL_WARNING : LOG_LEVEL_INFO, "lost", "%s: %s", loss->peer, loss->what);
}

static void stalled(gpointer handler_data, const char *peer, const char *what) {
  MailHandler *handler = handler_data;

  log_say(handler->log, LOG_LEVEL_WARNING, "stalled", "%s: %s", peer, what);
}

static void injected(gpointer handler_data, const char *peer, const char *what) {
  MailHandler *handler = handler_data;
  g_autofree char *line = g_strdup_printf("%s: %s", peer, what);
  const LogField fields[] = {LOG_TEXT("peer", peer), LOG_TEXT("reason", what)};

  log_event(handler->log, LOG_LEVEL_WARNING, "tls-injection", line, fields, G_N_ELEMENTS(fields));
}

static void trace(gpointer handler_data, const char *peer, char side, const char *line, gsize len) {
  MailHandler *handler = handler_data;
  g_autofree char *text = g_strdup_printf("%s: %c: %.*s", peer, side, (int)len, line);

  log_event(handler->log, LOG_LEVEL_DEBUG, "protocol", text, NULL, 0);
}

SmtpHandler mail_handler_table(gboolean with_trace) {
  return (SmtpHandler){
      .check = check,
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
