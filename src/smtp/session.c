#include "smtp/session_private.h"
#include "smtp/wording.h"
#include <stdarg.h>
#include <string.h>

enum { PROGRESS_BYTES = 4096, REJECTED_TEXT_MAX = 512, CHUNK_READ_MAX = 16 * 1024 };

/* --- what was said */

static void trace(const SmtpSession *session, char side, const char *line, gsize len) {
  if (session->handler->trace)
    session->handler->trace(session->handler_data, session->peer, side, line, len);
}

static void say(SmtpSession *session, char side, const char *line, gsize len) {
  transcript_add(session->transcript, g_get_monotonic_time() - session->begun_us, side, line, len);
  trace(session, side, line, len);
}

void smtp_session_note(SmtpSession *session, const char *format, ...) {
  va_list args;

  va_start(args, format);
  g_autofree char *text = g_strdup_vprintf(format, args);
  va_end(args);
  say(session, '*', text, strlen(text));
}

/* --- replies */

/* Four of these are sent for every message, so they are put together without printf. */
static void send_line(SmtpSession *session, const SmtpReply *reply, const char *text, gsize len, gboolean last) {
  char line[SMTP_LINE_MAX];
  char *end = line;

  *end++ = (char)('0' + reply->code / 100 % 10);
  *end++ = (char)('0' + reply->code / 10 % 10);
  *end++ = (char)('0' + reply->code % 10);
  *end++ = last ? ' ' : '-';
  if (reply->enhanced) {
    end = g_stpcpy(end, reply->enhanced);
    *end++ = ' ';
  }
  len = MIN(len, (gsize)(line + sizeof line - end) - strlen("\r\n"));
  memcpy(end, text, len);
  end += len;
  say(session, 'S', line, (gsize)(end - line));
  memcpy(end, "\r\n", strlen("\r\n"));
  evbuffer_add(session->output, line, (gsize)(end - line) + strlen("\r\n"));
}

static void send_reply(SmtpSession *session, const SmtpReply *reply) {
  const char *text = reply->text;

  for (const char *end = strchr(text, '\n'); end; end = strchr(text, '\n')) {
    send_line(session, reply, text, (gsize)(end - text), FALSE);
    text = end + 1;
  }
  send_line(session, reply, text, strlen(text), TRUE);
  session->progress++;
}

static void report_rejection(SmtpSession *session, const SmtpReply *reply) {
  g_autofree char *command = session->line ? g_strndup(session->line, REJECTED_TEXT_MAX) : NULL;

  const IntakeRejection rejection = {
      .peer = session->peer,
      .helo = session->helo,
      .envelope = session->transaction.envelope,
      .command = command,
      .code = reply->code,
      .enhanced = reply->enhanced,
      .text = reply->text,
      .transcript = session->transcript,
  };

  session->handler->rejected(session->handler_data, &rejection);
}

static void reply(SmtpSession *session, const SmtpReply *reply, gboolean is_reported) {
  send_reply(session, reply);
  if (reply->code >= 400 && is_reported)
    report_rejection(session, reply);
  if (reply->code >= 500 && ++session->n_errors >= SMTP_ERRORS_MAX && session->state != SMTP_STATE_CUT)
    smtp_session_cut(session, "4.7.0", "too many commands were rejected; closing the connection");
}

void smtp_session_reply(SmtpSession *session, guint code, const char *enhanced, const char *text) {
  const SmtpReply what = {.code = code, .enhanced = enhanced, .text = text};

  reply(session, &what, TRUE);
}

void smtp_session_answer(SmtpSession *session, guint code, const char *enhanced, const char *text) {
  const SmtpReply what = {.code = code, .enhanced = enhanced, .text = text};

  reply(session, &what, FALSE);
}

void smtp_session_reply_format(SmtpSession *session, guint code, const char *enhanced, const char *format, ...) {
  va_list args;

  va_start(args, format);
  g_autofree char *text = g_strdup_vprintf(format, args);
  va_end(args);
  smtp_session_reply(session, code, enhanced, text);
}

void smtp_session_cut(SmtpSession *session, const char *enhanced, const char *text) {
  const SmtpReply reply = {.code = 421, .enhanced = enhanced, .text = text};

  smtp_session_enter(session, SMTP_STATE_CUT);
  send_reply(session, &reply);
  report_rejection(session, &reply);
  smtp_transaction_reset(session);
}

void smtp_session_reject(SmtpSession *session, const IntakeVerdict *verdict) {
  const SmtpReply reply = smtp_reply_for(verdict);

  if (verdict->outcome == INTAKE_CUT)
    smtp_session_cut(session, reply.enhanced, reply.text);
  else
    smtp_session_reply(session, reply.code, reply.enhanced, reply.text);
}

gboolean smtp_session_ask(SmtpSession *session, IntakeStep step, const char *what) {
  const IntakeQuestion question = {
      .step = step, .peer = session->peer, .envelope = session->transaction.envelope, .what = what};
  const IntakeVerdict verdict = session->handler->ask(session->handler_data, &question);

  if (verdict.outcome != INTAKE_ACCEPT)
    smtp_session_reject(session, &verdict);
  return verdict.outcome == INTAKE_ACCEPT;
}

void smtp_session_greet(SmtpSession *session) {
  smtp_session_reply_format(session, 220, NULL, "%s ESMTP dsmtpd " DSMTPD_VERSION " (captures mail, never delivers)",
                            session->settings->host);
}

/* --- life */

static void take_origin(SmtpSession *session, const SmtpOrigin *origin) {
  session->peer = g_strdup(origin->peer);
  session->peer_literal = g_strdup(origin->peer_literal);
  session->key = origin->key;
  session->is_unix = origin->is_unix;
  session->offers_tls = origin->offers_tls;
  session->offers_xclient = origin->offers_xclient;
  session->tls = origin->tls;
  session->tls.client = session->tls_client = g_strdup(origin->tls.client);
}

/* All that is known of the client. */
static void forget_client(SmtpSession *session) {
  g_clear_pointer(&session->peer, g_free);
  g_clear_pointer(&session->peer_literal, g_free);
  g_clear_pointer(&session->peer_name, g_free);
  g_clear_pointer(&session->login, g_free);
  g_clear_pointer(&session->helo, g_free);
  g_clear_pointer(&session->tls_client, g_free);
  session->helo_is_name = session->extended = session->logged_in = FALSE;
  session->diagnostics = (SmtpDiagnostics){0};
}

static void note_tls(SmtpSession *session) {
  if (session->tls.version)
    smtp_session_note(session, "%s %s", session->tls.version, session->tls.cipher);
}

SmtpSession *smtp_session_new(const SmtpSettings *settings, const SmtpHandler *handler, gpointer handler_data,
                              const SmtpOrigin *origin, struct evbuffer *output, SmtpResume wake, gpointer wake_data) {
  SmtpSession *session = g_new0(SmtpSession, 1);

  session->settings = settings;
  session->handler = handler;
  session->handler_data = handler_data;
  take_origin(session, origin);
  session->output = output;
  session->wake = wake;
  session->wake_data = wake_data;
  session->ref_count = 1;
  session->transcript = transcript_new();
  session->begun_us = g_get_monotonic_time();
  smtp_session_note(session, "connected");
  note_tls(session);
  if (smtp_session_ask(session, INTAKE_STEP_CONNECT, NULL))
    smtp_session_greet(session);
  else if (session->state != SMTP_STATE_CUT)
    smtp_session_enter(session, SMTP_STATE_CUT);
  return session;
}

void smtp_session_unref(SmtpSession *session) {
  if (--session->ref_count > 0)
    return;
  forget_client(session);
  auth_exchange_free(session->exchange);
  transcript_free(session->transcript);
  g_free(session);
}

void smtp_session_free(SmtpSession *session) {
  if (!session)
    return;
  trace(session, '*', "disconnected", strlen("disconnected"));
  if (session->state != SMTP_STATE_STORING)
    smtp_transaction_reset(session);
  session->wake = NULL;
  session->output = NULL;
  smtp_session_unref(session);
}

void smtp_session_enter(SmtpSession *session, SmtpState state) {
  static const char *const names[] = {
      [SMTP_STATE_COMMAND] = "command",   [SMTP_STATE_DATA] = "data",         [SMTP_STATE_CHUNK] = "chunk",
      [SMTP_STATE_STORING] = "storing",   [SMTP_STATE_AUTH] = "auth",         [SMTP_STATE_CHECKING] = "checking",
      [SMTP_STATE_STARTTLS] = "starttls", [SMTP_STATE_SECURING] = "securing", [SMTP_STATE_DONE] = "done",
      [SMTP_STATE_CUT] = "cut",
  };

  if (session->handler->trace) {
    g_autofree char *text = g_strdup_printf("%s -> %s", names[session->state], names[state]);
    trace(session, '*', text, strlen(text));
  }
  session->state = state;
  session->stall_told = FALSE;
}

/* --- reading */

/* Drops bytes up to and with the next CRLF. A line that was rejected before its end ends there, and nothing in it is
 * a command; each LF alone gets its own 500, for a client that ends all its lines so would wait for ever. */
static gboolean skip_line(SmtpSession *session, struct evbuffer *input) {
  while (session->skipping_line && session->state == SMTP_STATE_COMMAND) {
    struct evbuffer_iovec span;
    if (evbuffer_peek(input, -1, NULL, &span, 1) < 1 || span.iov_len == 0)
      return FALSE;

    const char *bytes = span.iov_base;
    const char *lf = memchr(bytes, '\n', span.iov_len);
    gsize n_read = lf ? (gsize)(lf - bytes) + 1 : span.iov_len;
    gboolean after_cr = lf == bytes ? session->skipped_cr : n_read > 1 && bytes[n_read - 2] == '\r';

    session->skipped_cr = bytes[n_read - 1] == '\r';
    evbuffer_drain(input, n_read);
    if (lf && after_cr)
      session->skipping_line = FALSE;
    else if (lf)
      smtp_session_reply(session, 500, "5.5.2", "lines must end with CR LF, and this one ended with LF alone");
  }
  return TRUE;
}

static gboolean begins_mail(const char *line, gsize len) {
  SmtpCommandLine split;

  smtp_command_line_split(line, len, &split);
  return smtp_word_equal(split.verb, split.verb_len, "MAIL");
}

static void run_line(SmtpSession *session, const char *line, gsize len) {
  gboolean is_secret = smtp_line_is_secret(session, line, len);
  g_autofree char *shown = is_secret ? smtp_secret_shown(session, line, len) : NULL;

  session->line = shown ? shown : line;
  if (!session->transaction.open && begins_mail(line, len))
    transcript_begin_mail(session->transcript);
  say(session, 'C', session->line, shown ? strlen(shown) : len);
  if (session->state == SMTP_STATE_AUTH)
    smtp_auth_take_line(session, line, len);
  else
    smtp_command_dispatch(session, line, len);
  session->line = NULL;
}

/* Rejects a line that can't be read as a command. An HTTP request is answered as one, however long its line is. */
static void refuse_line(SmtpSession *session, const char *line, gsize len, const char *enhanced, const char *text) {
  if (session->state == SMTP_STATE_AUTH) {
    smtp_auth_abandon(session, 500, enhanced, text);
  } else if (smtp_line_is_http(line, len)) {
    run_line(session, line, len);
    return;
  } else {
    smtp_session_reply(session, 500, enhanced, text);
  }
  session->skipping_line = TRUE;
  session->skipped_cr = FALSE;
}

/* A login may need more than other commands, and is told so by a code of its own (RFC 4954 6). */
static gboolean may_be_long(const SmtpSession *session, struct evbuffer *input) {
  char start[sizeof "AUTH " - 1];

  return session->state == SMTP_STATE_AUTH ||
         (smtp_auth_is_known(session) && evbuffer_copyout(input, start, sizeof start) == (ev_ssize_t)sizeof start &&
          smtp_line_is_auth(start, sizeof start));
}

/* Takes bytes off the input. TRUE: they may hold a secret, and nothing of it stays in the buffer's memory. */
static gboolean take_bytes(SmtpSession *session, struct evbuffer *input, char *out, gsize n_bytes) {
  struct evbuffer_iovec span;

  evbuffer_copyout(input, out, n_bytes);
  gboolean is_secret = smtp_line_is_secret(session, out, n_bytes);
  while (is_secret && n_bytes > 0) {
    evbuffer_peek(input, -1, NULL, &span, 1);
    gsize n_wiped = MIN(span.iov_len, n_bytes);
    auth_wipe(span.iov_base, n_wiped);
    evbuffer_drain(input, n_wiped);
    n_bytes -= n_wiped;
  }
  evbuffer_drain(input, n_bytes);
  return is_secret;
}

static void take_long_line(SmtpSession *session, const char *line, gsize len, gboolean is_login) {
  if (is_login)
    refuse_line(session, line, len, "5.5.6", "the line is too long; the limit is 12290 bytes with its CR LF");
  else
    refuse_line(session, line, len, "5.5.2", "the line is too long; the limit is 4096 bytes with its CR LF");
}

/* `line` has room for a NUL behind it. */
static void take_line(SmtpSession *session, char *line, gsize len) {
  if (len == 0 || line[len - 1] != '\r') {
    line[len] = '\0';
    refuse_line(session, line, len, "5.5.2", "lines must end with CR LF, and this one ended with LF alone");
    return;
  }
  line[--len] = '\0';
  run_line(session, line, len);
}

/* Reads one line. FALSE: there is no whole one yet. */
static gboolean read_line(SmtpSession *session, struct evbuffer *input) {
  char line[SMTP_AUTH_LINE_MAX];
  struct evbuffer_ptr end = evbuffer_search_eol(input, NULL, NULL, EVBUFFER_EOL_LF);
  gsize n_waiting = evbuffer_get_length(input);
  gboolean is_login = may_be_long(session, input);
  gsize max = is_login ? SMTP_AUTH_LINE_MAX : SMTP_LINE_MAX;
  gboolean is_whole = end.pos >= 0 && end.pos < (ev_ssize_t)max;

  if (end.pos < 0 && n_waiting < max)
    return FALSE;
  gsize n_taken = is_whole ? (gsize)end.pos + 1 : max - 1; /* a CR that ends it must stay to be seen */
  gboolean is_secret = take_bytes(session, input, line, n_taken);
  session->more_input = n_waiting > n_taken;
  if (is_whole) {
    take_line(session, line, n_taken - 1);
  } else {
    line[n_taken] = '\0';
    take_long_line(session, line, n_taken, is_login);
  }
  auth_wipe(line, is_secret ? n_taken : 0);
  return TRUE;
}

static void note_body_progress(SmtpSession *session, gsize n_bytes) {
  session->body_bytes_since_progress += n_bytes;
  session->progress += session->body_bytes_since_progress / PROGRESS_BYTES;
  session->body_bytes_since_progress %= PROGRESS_BYTES;
}

/* Reads bytes of DATA. FALSE: there are none. */
static gboolean read_data(SmtpSession *session, struct evbuffer *input) {
  struct evbuffer_iovec span;

  if (evbuffer_peek(input, -1, NULL, &span, 1) < 1 || span.iov_len == 0)
    return FALSE;
  gsize n_read = smtp_transaction_read(session, span.iov_base, MIN(span.iov_len, CHUNK_READ_MAX));
  evbuffer_drain(input, n_read);
  note_body_progress(session, n_read);
  if (session->transaction.data.complete)
    smtp_transaction_end_mail(session);
  return TRUE;
}

static void end_chunk(SmtpSession *session) {
  smtp_session_enter(session, SMTP_STATE_COMMAND);
  if (session->chunk_rejected)
    return; /* it was answered when it was rejected */
  if (session->chunk_last)
    smtp_transaction_end_mail(session);
  else
    smtp_session_reply(session, 250, "2.0.0", "chunk taken");
}

/* Reads bytes of a BDAT. FALSE: there are none. */
static gboolean read_chunk(SmtpSession *session, struct evbuffer *input) {
  struct evbuffer_iovec span;

  if (session->chunk_bytes_left > 0) {
    if (evbuffer_peek(input, -1, NULL, &span, 1) < 1 || span.iov_len == 0)
      return FALSE;
    gsize n_read = MIN(MIN(span.iov_len, CHUNK_READ_MAX), session->chunk_bytes_left);
    if (!session->chunk_rejected)
      n_read = smtp_transaction_read(session, span.iov_base, n_read);
    evbuffer_drain(input, n_read);
    note_body_progress(session, n_read);
    session->chunk_bytes_left -= n_read;
  }
  if (session->chunk_bytes_left == 0 && !session->paused)
    end_chunk(session);
  return TRUE;
}

/* The first byte of a TLS handshake (RFC 8446 5.1). Such a client would wait for ever. */
static gboolean is_tls(struct evbuffer *input) {
  enum { TLS_HANDSHAKE = 0x16 };
  guint8 first;

  return evbuffer_copyout(input, &first, 1) == 1 && first == TLS_HANDSHAKE;
}

static gboolean read_command(SmtpSession *session, struct evbuffer *input) {
  if (!session->skipping_line && is_tls(input)) {
    smtp_session_cut(session, "4.7.0",
                     session->offers_tls
                         ? "that was a TLS handshake, and this port expects STARTTLS first; closing the connection"
                         : "that was a TLS handshake, and this port does not use TLS; closing the connection");
    return FALSE;
  }
  return session->skipping_line ? skip_line(session, input) : read_line(session, input);
}

SmtpSessionStatus smtp_session_read(SmtpSession *session, struct evbuffer *input) {
  /* What reads in each state, and what a session in a state without a reader is. */
  static const struct {
    gboolean (*read)(SmtpSession *session, struct evbuffer *input);
    SmtpSessionStatus status;
  } readers[] = {
      [SMTP_STATE_COMMAND] = {read_command, SMTP_SESSION_READING},
      [SMTP_STATE_DATA] = {read_data, SMTP_SESSION_READING},
      [SMTP_STATE_CHUNK] = {read_chunk, SMTP_SESSION_READING},
      [SMTP_STATE_STORING] = {NULL, SMTP_SESSION_WAITING},
      [SMTP_STATE_AUTH] = {read_line, SMTP_SESSION_READING},
      [SMTP_STATE_CHECKING] = {NULL, SMTP_SESSION_CHECKING},
      [SMTP_STATE_STARTTLS] = {NULL, SMTP_SESSION_STARTTLS},
      [SMTP_STATE_SECURING] = {NULL, SMTP_SESSION_WAITING},
      [SMTP_STATE_DONE] = {NULL, SMTP_SESSION_DONE},
      [SMTP_STATE_CUT] = {NULL, SMTP_SESSION_CUT},
  };

  while (readers[session->state].read) {
    if (session->paused)
      return SMTP_SESSION_WAITING;
    if (evbuffer_get_length(session->output) >= SMTP_OUTPUT_MAX)
      return SMTP_SESSION_BLOCKED;
    if (!readers[session->state].read(session, input))
      break;
  }
  return readers[session->state].status;
}

/* --- what comes from outside the session */

guint64 smtp_session_progress(const SmtpSession *session) {
  return session->progress;
}

static void note_injection(const SmtpSession *session, gsize n_bytes) {
  g_autofree char *what = g_strdup_printf("%" G_GSIZE_FORMAT " bytes came after STARTTLS but before its reply, and "
                                          "were dropped (RFC 3207 4.2, CVE-2011-0411)",
                                          n_bytes);

  session->handler->injected(session->handler_data, session->peer, what);
}

void smtp_session_answer_starttls(SmtpSession *session, struct evbuffer *input, gboolean ready) {
  gsize n_dropped = ready ? evbuffer_get_length(input) : 0;

  smtp_session_enter(session, ready ? SMTP_STATE_SECURING : SMTP_STATE_COMMAND);
  if (!ready) {
    session->line = "STARTTLS";
    smtp_session_reply(session, 454, "4.7.0", "TLS is not available now; try again later");
    session->line = NULL;
    return;
  }
  evbuffer_drain(input, n_dropped);
  smtp_session_reply(session, 220, "2.0.0", "ready for the TLS handshake");
  if (n_dropped > 0)
    note_injection(session, n_dropped);
}

void smtp_session_secured(SmtpSession *session, const SmtpOrigin *origin) {
  smtp_transaction_reset(session);
  forget_client(session);
  take_origin(session, origin);
  session->progress++;
  note_tls(session);
  smtp_session_enter(session, SMTP_STATE_COMMAND);
}

void smtp_session_shut_down(SmtpSession *session) {
  smtp_session_cut(session, "4.3.2", "the server is stopping; closing the connection");
}
