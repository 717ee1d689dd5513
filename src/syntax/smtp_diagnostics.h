#pragma once
/* What a real server or recipient would object to in a message that is accepted here all the same.
 *
 * Owns: nothing; SmtpDiagnostics is a value.
 * Thread: any.
 * Units and limits: each finding is kept once a message, with a count where that helps.
 * Source: the RFC section stands in each finding's text; docs/smtp.md. */
#include "syntax/header_scan.h"
#include "syntax/smtp_data.h"
#include <glib.h>

typedef enum {
  SMTP_FINDING_HELO_NO_NAME,
  SMTP_FINDING_HELO_CODE_PAGE,
  SMTP_FINDING_HELO_ADDRESS,
  SMTP_FINDING_EARLY_COMMAND,
  SMTP_FINDING_EARLY_DATA,
  SMTP_FINDING_PATH_SPACE,
  SMTP_FINDING_NO_BRACKETS,
  SMTP_FINDING_NO_DOMAIN,
  SMTP_FINDING_ODD_DOTS,
  SMTP_FINDING_LONG_LOCAL_PART,
  SMTP_FINDING_UTF8_ADDRESS, /* the last of those about what the client said, not about the bytes of the message */
  SMTP_FINDING_BARE_LF,
  SMTP_FINDING_BARE_CR,
  SMTP_FINDING_NUL,
  SMTP_FINDING_LONG_LINE,
  SMTP_FINDING_8BIT,
  SMTP_FINDING_UTF8_HEADER,
  SMTP_FINDING_NO_FROM,
  SMTP_FINDING_MANY_FROM,
  SMTP_FINDING_NO_DATE,
  SMTP_FINDING_NO_MESSAGE_ID,
  SMTP_N_FINDINGS
} SmtpFinding;

typedef struct SmtpDiagnostics {
  guint32 counts[SMTP_N_FINDINGS]; /* 0: not found; each session has two of these, so they are small */
} SmtpDiagnostics;

/* Counts up to G_MAXUINT32. */
void smtp_diagnostics_add(SmtpDiagnostics *diagnostics, SmtpFinding finding, guint64 count);

/* Adds what the bytes of a message show. `body_8bit` and `smtputf8`: what MAIL declared. */
void smtp_diagnostics_add_content(SmtpDiagnostics *diagnostics, const SmtpData *data, const HeaderScan *header,
                                  gboolean body_8bit, gboolean smtputf8);

/* The names of what was found before the bytes of the message came, for Envelope.diagnostics; NULL: nothing. The caller
 * frees. */
char *smtp_diagnostics_print_names(const SmtpDiagnostics *session, const SmtpDiagnostics *mail);

/* Adds what such names say; those that are not known here are passed over. NULL is fine. */
void smtp_diagnostics_add_names(SmtpDiagnostics *diagnostics, const char *names);

/* One finding: its name and source, static, and its sentence, which the caller frees. */
const char *smtp_finding_name(SmtpFinding finding);
const char *smtp_finding_source(SmtpFinding finding);
char *smtp_finding_text(SmtpFinding finding, guint64 count);

/* The findings of both as texts "name: sentence (source)", for people; NULL-terminated, to be freed with
 * g_strfreev(). */
char **smtp_diagnostics_print(const SmtpDiagnostics *session, const SmtpDiagnostics *mail);
