/* The path of MAIL and RCPT, read and judged the same way for both. */
#include "smtp/session_private.h"

/* How a wrong path is rejected, by its direction (RFC 3463 3.2). */
static const char *enhanced_for(SmtpPathKind kind) {
  return kind == SMTP_PATH_REVERSE ? "5.1.7" : "5.1.3";
}

/* What is lenient about a path: noted, or rejected with --strict. */
static const struct {
  SmtpLeniency leniency;
  SmtpFinding finding;
  const char *rejection;
} leniencies[] = {
    {SMTP_LENIENT_SPACE, SMTP_FINDING_PATH_SPACE,
     "there is a space after the colon, and this server is strict: write MAIL FROM:<user@example.com>"},
    {SMTP_LENIENT_BRACKETS, SMTP_FINDING_NO_BRACKETS,
     "the address has no angle brackets, and this server is strict: write <user@example.com>"},
    {SMTP_LENIENT_DOMAIN, SMTP_FINDING_NO_DOMAIN,
     "the address has no domain, and this server is strict: write <user@example.com>"},
    {SMTP_LENIENT_DOTS, SMTP_FINDING_ODD_DOTS,
     "the local part has a dot at its start, at its end or next to another, and this server is strict: put quotes "
     "around it, as in <\"a..b\"@example.com>"},
};

static gboolean check_leniencies(SmtpSession *session, SmtpPathKind kind, const SmtpPath *path) {
  for (gsize i = 0; session->settings->strict && i < G_N_ELEMENTS(leniencies); i++)
    if ((path->leniencies & leniencies[i].leniency) != 0) {
      gboolean is_address = leniencies[i].leniency != SMTP_LENIENT_SPACE;
      smtp_session_reply(session, 501, is_address ? enhanced_for(kind) : "5.5.4", leniencies[i].rejection);
      return FALSE;
    }
  return TRUE;
}

gboolean smtp_path_check(SmtpSession *session, const char *args, gsize args_len, SmtpPathKind kind, SmtpPath *out_path,
                         const char **out_rest) {
  g_autoptr(GError) error = NULL;

  if (!smtp_path_parse(args, args_len, kind, out_path, out_rest, &error)) {
    gboolean is_address = g_error_matches(error, SMTP_SYNTAX_ERROR, SMTP_SYNTAX_ERROR_ADDRESS);
    smtp_session_reply(session, 501, is_address ? enhanced_for(kind) : "5.5.4", error->message);
    return FALSE;
  }
  if (out_path->has_utf8 && !session->settings->smtputf8) {
    smtp_session_reply(session, 550, "5.6.7",
                       "the address is not ASCII, and this server was started with --disable-smtputf8");
    return FALSE;
  }
  return check_leniencies(session, kind, out_path);
}

void smtp_path_note(SmtpSession *session, const SmtpPath *path) {
  SmtpDiagnostics *diagnostics = &session->transaction.diagnostics;

  for (gsize i = 0; i < G_N_ELEMENTS(leniencies); i++)
    smtp_diagnostics_add(diagnostics, leniencies[i].finding, (path->leniencies & leniencies[i].leniency) != 0);
  smtp_diagnostics_add(diagnostics, SMTP_FINDING_LONG_LOCAL_PART, path->long_local);
  smtp_diagnostics_add(diagnostics, SMTP_FINDING_UTF8_ADDRESS, path->has_utf8 && !session->transaction.smtputf8);
}
