/* When a client stops in the middle of something: it sends no more for a while, for too long, or went away. */
#include "smtp/session_private.h"
#include <string.h>

enum { SHOWN_MAX = 80 /* bytes of a command line that was cut off */ };

gboolean smtp_session_in_mail(const SmtpSession *session) {
  return session->state == SMTP_STATE_DATA || session->transaction.begun;
}

static gboolean reads_lines(const SmtpSession *session) {
  return session->state == SMTP_STATE_COMMAND || session->state == SMTP_STATE_AUTH;
}

gboolean smtp_session_is_ahead(const SmtpSession *session) {
  return session->is_ahead;
}

gboolean smtp_session_awaits_rest(const SmtpSession *session, struct evbuffer *input) {
  return session->state == SMTP_STATE_DATA || (reads_lines(session) && evbuffer_get_length(input) > 0);
}

static gboolean ends_with_cr(struct evbuffer *input) {
  struct evbuffer_ptr last;
  struct evbuffer_iovec span;
  gsize len = evbuffer_get_length(input);

  return len > 0 && evbuffer_ptr_set(input, &last, len - 1, EVBUFFER_PTR_SET) == 0 &&
         evbuffer_peek(input, 1, &last, &span, 1) == 1 && *(const char *)span.iov_base == '\r';
}

/* What about the line ends keeps the client from an answer; NULL: nothing. The caller frees. */
static char *explain(const SmtpSession *session, struct evbuffer *input) {
  if (session->state == SMTP_STATE_DATA)
    return smtp_data_explain_no_end(&session->transaction.data);
  return reads_lines(session) && ends_with_cr(input) ? g_strdup("it ended with CR alone; only CR LF ends a command")
                                                     : NULL;
}

void smtp_session_stall(SmtpSession *session, struct evbuffer *input) {
  g_autofree char *why = session->stall_told ? NULL : explain(session, input);

  if (!why)
    return;
  g_autofree char *what =
      g_strdup_printf("the %s stopped coming: %s", smtp_session_in_mail(session) ? "message" : "command", why);
  session->stall_told = TRUE;
  smtp_session_note(session, "%s", what);
  session->handler->stalled(session->handler_data, session->peer, what);
}

void smtp_session_expire(SmtpSession *session, struct evbuffer *input) {
  g_autofree char *why = explain(session, input);
  const char *what = smtp_session_in_mail(session) ? "the message stopped coming" : "no command arrived in time";
  g_autofree char *text = g_strconcat(what, why ? ": " : "", why ? why : "", "; closing the connection", NULL);

  smtp_session_cut(session, "4.4.2", text);
}

/* --- the client went away */

static char *describe_mail(const SmtpSession *session) {
  const SmtpTransaction *transaction = &session->transaction;
  const char *sender = transaction->envelope->reverse_path;
  g_autofree char *why = session->state == SMTP_STATE_DATA ? smtp_data_explain_no_end(&transaction->data) : NULL;

  return g_strdup_printf("the client disconnected in the middle of a message from %s, after %" G_GUINT64_FORMAT
                         " bytes%s%s; nothing was stored",
                         *sender != '\0' ? sender : "<>", transaction->data.size_bytes, why ? ": " : "",
                         why ? why : "");
}

static char *describe_line(const SmtpSession *session, struct evbuffer *input) {
  char line[SMTP_LINE_MAX];
  ev_ssize_t n_bytes = evbuffer_copyout(input, line, sizeof line - 1);
  gsize len = n_bytes > 0 ? (gsize)n_bytes : 0;
  g_autofree char *shown = NULL;

  line[len] = '\0';
  if (smtp_line_is_secret(session, line, len))
    shown = smtp_secret_shown(session, line, len);
  else
    shown = g_strndup(line, MIN(len, SHOWN_MAX));
  auth_wipe(line, len);
  g_autofree char *valid = g_utf8_make_valid(shown, -1);
  g_autofree char *text = g_strescape(valid, NULL);
  return g_strdup_printf("the client disconnected in the middle of a command, which had no CR LF: \"%s\"", text);
}

static char *describe_transaction(const SmtpSession *session) {
  const Envelope *envelope = session->transaction.envelope;

  return g_strdup_printf("the client disconnected after MAIL from %s and %u recipients, before any of the message; "
                         "nothing was stored",
                         *envelope->reverse_path != '\0' ? envelope->reverse_path : "<>", envelope->forward_paths->len);
}

void smtp_session_input_ended(SmtpSession *session, struct evbuffer *input) {
  gboolean in_mail = smtp_session_in_mail(session);
  g_autofree char *what = NULL;

  if (session->state == SMTP_STATE_STORING || session->state == SMTP_STATE_DONE || session->state == SMTP_STATE_CUT)
    return;
  if (in_mail)
    what = describe_mail(session);
  else if (reads_lines(session) && evbuffer_get_length(input) > 0)
    what = describe_line(session, input);
  else if (session->transaction.open)
    what = describe_transaction(session);
  if (!what)
    return;
  session->handler->lost(session->handler_data, session->peer, in_mail, what);
}
