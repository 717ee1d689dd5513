/* BDAT.
 *
 *   bdat-cmd = "BDAT" SP chunk-size [ SP end-marker ] CRLF       RFC 3030 2
 *   chunk-size = 1*DIGIT     end-marker = "LAST"
 *
 * The bytes of a chunk follow its line at once and are read whatever the answer, or they would be taken for
 * commands. Where their number can't be known the session has to end. After a rejected chunk the message is lost: all
 * further BDATs are rejected until RSET or a new greeting. */
#include "smtp/session_private.h"

static gboolean parse_chunk(const char *args, gsize args_len, guint64 *out_bytes, gboolean *out_last) {
  const char *space = memchr(args, ' ', args_len);
  gsize number_len = space ? (gsize)(space - args) : args_len;

  *out_last = space != NULL;
  return smtp_number_parse(args, number_len, out_bytes) && *out_bytes != G_MAXUINT64 &&
         (!space || smtp_word_equal(space + 1, args_len - number_len - 1, "LAST"));
}

static gboolean check_order(SmtpSession *session) {
  if (!smtp_tls_check(session))
    return FALSE;
  if (!session->extended)
    smtp_session_reply(session, 503, "5.5.1", "send EHLO before BDAT");
  else if (!smtp_login_check(session))
    return FALSE;
  else if (!session->transaction.open)
    smtp_session_reply(session, 503, "5.5.1", "send MAIL before BDAT");
  else if (session->transaction.failed)
    smtp_session_reply(session, 503, "5.5.1", "an earlier BDAT of this message was rejected; send RSET");
  else
    return smtp_recipients_check(session, "BDAT");
  return FALSE;
}

static gboolean check_size(SmtpSession *session) {
  guint64 limit_bytes = session->settings->max_size_bytes;
  guint64 room_bytes = limit_bytes - MIN(session->transaction.chunk_bytes, limit_bytes);

  if (limit_bytes == 0 || session->chunk_bytes_left <= room_bytes)
    return TRUE;
  smtp_session_reply_format(session, 552, "5.3.4", "the message is over the limit of %" G_GUINT64_FORMAT " bytes",
                            limit_bytes);
  return FALSE;
}

/* A message that lost a chunk is not a message. With LAST the transaction is over, otherwise it waits for RSET. */
static void fail_mail(SmtpSession *session) {
  if (session->chunk_last) {
    smtp_transaction_reset(session);
    return;
  }
  smtp_transaction_give_up_mail(session);
  session->transaction.failed = TRUE;
}

static gboolean accept_chunk(SmtpSession *session) {
  SmtpTransaction *transaction = &session->transaction;

  if (!check_order(session))
    return FALSE;
  if (!check_size(session) || (!transaction->begun && !smtp_session_ask(session, INTAKE_STEP_DATA, NULL))) {
    fail_mail(session);
    return FALSE;
  }
  transaction->chunk_bytes += session->chunk_bytes_left;
  if (!transaction->begun)
    smtp_transaction_begin_mail(session, SMTP_DATA_COUNTED);
  return TRUE;
}

static void bdat_run(SmtpSession *session, const char *args, gsize args_len) {
  if (!parse_chunk(args, args_len, &session->chunk_bytes_left, &session->chunk_last)) {
    smtp_session_reply(session, 501, "5.5.4", "BDAT takes a number of bytes and optionally LAST, as in BDAT 1000 LAST");
    smtp_session_cut(session, "4.7.0", "cannot tell the data that follows from commands; closing the connection");
    return;
  }
  smtp_session_enter(session, SMTP_STATE_CHUNK);
  session->chunk_rejected = !accept_chunk(session);
}

/* It may run without TLS to reject the chunk with its bytes. */
const SmtpCommand smtp_command_bdat = {
    .verb = "BDAT", .syntax = "BDAT bytes [LAST]", .needs = SMTP_TAKES_ARGUMENT | SMTP_WITHOUT_TLS, .run = bdat_run};
