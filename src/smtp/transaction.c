/* The transaction of a session: from MAIL to the answer about the message. */
#include "message/header_text.h"
#include "smtp/session_private.h"

void smtp_transaction_open(SmtpSession *session, const char *reverse_path) {
  SmtpTransaction *transaction = &session->transaction;
  Envelope *envelope = envelope_new();

  envelope->peer = g_strdup(session->peer);
  envelope->peer_literal = g_strdup(session->peer_literal);
  envelope->peer_name = g_strdup(session->peer_name);
  envelope->helo = g_strdup(session->helo);
  envelope->helo_is_name = session->helo_is_name;
  envelope->auth_user = g_strdup(session->login);
  envelope->tls_version = session->tls.version;
  envelope->tls_cipher = session->tls.cipher;
  envelope->tls_client = g_strdup(session->tls.client);
  envelope->reverse_path = g_strdup(reverse_path);
  transaction->envelope = envelope;
  transaction->open = TRUE;
}

void smtp_transaction_give_up_mail(SmtpSession *session) {
  SmtpTransaction *transaction = &session->transaction;

  if (transaction->mail)
    session->handler->mail_discard(g_steal_pointer(&transaction->mail));
  session->paused = FALSE;
}

void smtp_transaction_reset(SmtpSession *session) {
  SmtpTransaction *transaction = &session->transaction;

  smtp_transaction_give_up_mail(session);
  if (transaction->begun) {
    smtp_data_clear(&transaction->data);
    header_scan_clear(&transaction->header);
  }
  g_clear_pointer(&transaction->envelope, envelope_free);
  g_free(transaction->subject);
  g_free(transaction->bare_lf);
  g_strfreev(transaction->findings);
  *transaction = (SmtpTransaction){0};
}

static void resume_cb(gpointer user_data) {
  SmtpSession *session = user_data;

  session->paused = FALSE;
  session->wake(session->wake_data);
}

/* RFC 3848; RFC 6531 4.3. There is no name for HELO over TLS. */
static const char *protocol_name(const SmtpSession *session) {
  static const char *const names[][2][2] = {
      {{"ESMTP", "ESMTPA"}, {"ESMTPS", "ESMTPSA"}},
      {{"UTF8SMTP", "UTF8SMTPA"}, {"UTF8SMTPS", "UTF8SMTPSA"}},
  };
  gboolean smtputf8 = session->transaction.smtputf8;
  gboolean tls = session->tls.version != NULL;

  return session->extended ? names[smtputf8 ? 1 : 0][tls ? 1 : 0][session->logged_in ? 1 : 0] : "SMTP";
}

void smtp_transaction_begin_mail(SmtpSession *session, SmtpDataForm form) {
  SmtpTransaction *transaction = &session->transaction;

  smtp_data_init(&transaction->data, form);
  header_scan_init(&transaction->header);
  transaction->begun = TRUE;
  transaction->envelope->protocol = protocol_name(session);
  transaction->envelope->received_us = g_get_real_time();
  transaction->envelope->diagnostics = smtp_diagnostics_print_names(&session->diagnostics, &transaction->diagnostics);
  transaction->mail = session->handler->mail_begin(session->handler_data, transaction->envelope, resume_cb, session);
}

static void append(SmtpSession *session, const guint8 *bytes, gsize n_bytes) {
  SmtpTransaction *transaction = &session->transaction;
  guint64 limit_bytes = session->settings->max_size_bytes;

  header_scan_feed(&transaction->header, bytes, n_bytes);
  transaction->over_limit = limit_bytes > 0 && transaction->data.size_bytes > limit_bytes;
  if (!transaction->mail)
    return;
  /* What will be rejected at its end is read, but not kept. */
  if (transaction->over_limit || (transaction->data.has_8bit && !session->settings->smtputf8))
    smtp_transaction_give_up_mail(session);
  else if (n_bytes > 0 && !session->handler->mail_append(transaction->mail, bytes, n_bytes))
    session->paused = TRUE;
}

gsize smtp_transaction_read(SmtpSession *session, const guint8 *bytes, gsize n_bytes) {
  enum { STRETCH = 4096 };
  guint8 stored[STRETCH + 2];
  gsize n_read = 0;

  while (n_read < n_bytes && !session->transaction.data.complete && !session->paused) {
    gsize n_stored = 0;
    n_read +=
        smtp_data_feed(&session->transaction.data, bytes + n_read, MIN(n_bytes - n_read, STRETCH), stored, &n_stored);
    append(session, stored, n_stored);
  }
  return n_read;
}

static void confirm(SmtpSession *session, const char *id) {
  session->n_errors = session->n_commands = 0;
  smtp_session_reply_format(session, 250, "2.0.0", "stored as %s", id);
}

/* The outcome of storing; the client may have gone meanwhile. */
static void stored_cb(const IntakeVerdict *verdict, const char *id, gpointer user_data) {
  SmtpSession *session = user_data;
  gboolean alone = session->ref_count == 1; /* only we hold it: the connection is gone */

  smtp_session_enter(session, SMTP_STATE_COMMAND);
  if (!alone && id)
    confirm(session, id);
  else if (!alone)
    smtp_session_reject(session, verdict);
  smtp_transaction_reset(session);
  if (id)
    session->handler->said(session->handler_data, id, session->transcript);
  if (!alone)
    session->wake(session->wake_data);
  smtp_session_unref(session);
}

static void commit(SmtpSession *session) {
  SmtpTransaction *transaction = &session->transaction;

  smtp_diagnostics_add_content(&transaction->diagnostics, &transaction->data, &transaction->header,
                               transaction->body_8bit, transaction->smtputf8);
  if (transaction->header.subject)
    transaction->subject = header_text_decode(transaction->header.subject->str);
  transaction->bare_lf = smtp_data_bare_lf(&transaction->data);
  transaction->findings = smtp_diagnostics_print(&session->diagnostics, &transaction->diagnostics);
  transaction->arrival = (IntakeArrival){
      .peer = transaction->envelope->peer,
      .envelope = transaction->envelope,
      .subject = transaction->subject,
      .size_bytes = transaction->data.size_bytes,
      .bare_lf = transaction->bare_lf,
      .diagnostics = (const char *const *)transaction->findings,
  };

  smtp_session_enter(session, SMTP_STATE_STORING);
  session->ref_count++;
  session->paused = FALSE;
  session->handler->mail_commit(g_steal_pointer(&transaction->mail), &transaction->arrival, stored_cb, session);
}

void smtp_transaction_end_mail(SmtpSession *session) {
  SmtpTransaction *transaction = &session->transaction;
  guint8 held_back[2];

  if (transaction->data.form == SMTP_DATA_COUNTED)
    append(session, held_back, smtp_data_finish(&transaction->data, held_back));
  smtp_session_enter(session, SMTP_STATE_COMMAND);
  smtp_session_note(session, "%" G_GUINT64_FORMAT " bytes of message", transaction->data.size_bytes);

  if (transaction->over_limit) {
    smtp_session_reply_format(session, 552, "5.3.4",
                              "the message has %" G_GUINT64_FORMAT " bytes; the limit is %" G_GUINT64_FORMAT,
                              transaction->data.size_bytes, session->settings->max_size_bytes);
    smtp_transaction_reset(session);
  } else if (!transaction->mail) {
    smtp_session_reply(session, 554, "5.6.1",
                       "the message is not ASCII, and this server was started with --disable-smtputf8; encode it as "
                       "quoted-printable or base64");
    smtp_transaction_reset(session);
  } else if (smtp_session_ask(session, INTAKE_STEP_END, NULL)) {
    commit(session);
  } else {
    smtp_transaction_reset(session);
  }
}
