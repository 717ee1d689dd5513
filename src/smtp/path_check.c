/* The path of MAIL and RCPT, read and judged the same way for both. */
#include "smtp/session_private.h"

/* How a wrong path is refused, by its direction (RFC 3463 3.2). */
static const char *enhanced_for(SmtpPathKind kind, const GError *error) {
  if (!g_error_matches(error, SMTP_SYNTAX_ERROR, SMTP_SYNTAX_ERROR_ADDRESS))
    return "5.5.4";
  return kind == SMTP_PATH_REVERSE ? "5.1.7" : "5.1.3";
}

gboolean smtp_path_check(SmtpSession *session, const char *args, gsize args_len, SmtpPathKind kind, SmtpPath *out_path,
                         const char **out_rest) {
  g_autoptr(GError) error = NULL;

  if (!smtp_path_parse(args, args_len, kind, out_path, out_rest, &error)) {
    smtp_session_reply(session, 501, enhanced_for(kind, error), error->message);
    return FALSE;
  }
  if (out_path->has_utf8 && !session->settings->smtputf8) {
    smtp_session_reply(session, 550, "5.6.7",
                       "the address is not ASCII, and this server was started with --disable-smtputf8");
    return FALSE;
  }
  return TRUE;
}

void smtp_path_note(SmtpSession *session, const SmtpPath *path) {
  SmtpDiagnostics *diagnostics = &session->transaction.diagnostics;

  smtp_diagnostics_add(diagnostics, SMTP_FINDING_PATH_SPACE, path->has_space);
  smtp_diagnostics_add(diagnostics, SMTP_FINDING_LONG_LOCAL_PART, path->long_local);
  smtp_diagnostics_add(diagnostics, SMTP_FINDING_UTF8_ADDRESS, path->has_utf8 && !session->transaction.smtputf8);
}
