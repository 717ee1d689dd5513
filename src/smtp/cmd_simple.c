/* RSET, NOOP, QUIT, VRFY and EXPN (RFC 5321 4.1.1.5 to 4.1.1.10). */
#include "smtp/session_private.h"

static void rset_run(SmtpSession *session, const char *args, gsize args_len) {
  smtp_transaction_reset(session);
  smtp_session_reply(session, 250, "2.0.0", "transaction reset");
}

static void noop_run(SmtpSession *session, const char *args, gsize args_len) {
  smtp_session_reply(session, 250, "2.0.0", "ok");
}

static void quit_run(SmtpSession *session, const char *args, gsize args_len) {
  smtp_transaction_reset(session);
  smtp_session_reply(session, 221, "2.0.0", "bye");
  smtp_session_enter(session, SMTP_STATE_DONE);
}

/* Nobody has an account here and everybody gets mail: 252 is the answer for that (RFC 5321 3.5.3). */
static void vrfy_run(SmtpSession *session, const char *args, gsize args_len) {
  smtp_session_reply(session, 252, "2.1.5", "not verified; mail for any address is accepted");
}

static void expn_run(SmtpSession *session, const char *args, gsize args_len) {
  smtp_session_reply(session, 252, "2.1.5", "not expanded; this server has no mailing lists");
}

const SmtpCommand smtp_command_rset = {
    .verb = "RSET", .syntax = "RSET", .needs = SMTP_TAKES_NO_ARGUMENT | SMTP_WITHOUT_TLS, .run = rset_run};
const SmtpCommand smtp_command_noop = {
    .verb = "NOOP", .syntax = "NOOP [anything]", .needs = SMTP_WITHOUT_TLS, .run = noop_run};
const SmtpCommand smtp_command_quit = {
    .verb = "QUIT", .syntax = "QUIT", .needs = SMTP_TAKES_NO_ARGUMENT | SMTP_WITHOUT_TLS, .run = quit_run};
const SmtpCommand smtp_command_vrfy = {
    .verb = "VRFY", .syntax = "VRFY address", .needs = SMTP_TAKES_ARGUMENT | SMTP_NEEDS_LOGIN, .run = vrfy_run};
const SmtpCommand smtp_command_expn = {
    .verb = "EXPN", .syntax = "EXPN list", .needs = SMTP_TAKES_ARGUMENT | SMTP_NEEDS_LOGIN, .run = expn_run};
