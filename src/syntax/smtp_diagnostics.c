#include "syntax/smtp_diagnostics.h"

enum { LINE_BYTES_MAX = 998 };

/* In `text` a # stands for the count. */
static const struct {
  const char *name;
  const char *text;
  const char *source;
} findings[SMTP_N_FINDINGS] = {
    [SMTP_FINDING_HELO_NO_NAME] = {"helo-no-name", "the name in HELO or EHLO is not a host name", "RFC 5321 4.1.1.1"},
    [SMTP_FINDING_HELO_CODE_PAGE] = {"helo-code-page",
                                     "the name in HELO or EHLO is neither ASCII nor UTF-8: it is in a legacy encoding",
                                     "RFC 5321 4.1.1.1"},
    [SMTP_FINDING_HELO_ADDRESS] = {"helo-address", "the address in HELO or EHLO has no brackets", "RFC 5321 4.1.3"},
    [SMTP_FINDING_EARLY_COMMAND] = {"early-command", "commands were sent before EHLO was answered", "RFC 2920 3.1"},
    [SMTP_FINDING_EARLY_DATA] = {"early-data", "the message was sent before DATA was answered", "RFC 2920 3.1"},
    [SMTP_FINDING_PATH_SPACE] = {"path-space", "there is a space after MAIL FROM: or RCPT TO:", "RFC 5321 3.3"},
    [SMTP_FINDING_NO_BRACKETS] = {"no-brackets", "an address has no angle brackets", "RFC 5321 4.1.2"},
    [SMTP_FINDING_NO_DOMAIN] = {"no-domain", "an address is a name without a domain", "RFC 5321 4.1.2"},
    [SMTP_FINDING_ODD_DOTS] = {"odd-dots",
                               "a local part has a dot at its start, at its end or next to another, and no quotes",
                               "RFC 5321 4.1.2"},
    [SMTP_FINDING_LONG_LOCAL_PART] = {"long-local-part", "an address has more than 64 bytes before the @",
                                      "RFC 5321 4.5.3.1.1"},
    [SMTP_FINDING_UTF8_ADDRESS] = {"utf8-address", "an address is not ASCII and MAIL did not say SMTPUTF8",
                                   "RFC 6531 3.5"},
    [SMTP_FINDING_BARE_LF] = {"bare-lf", "lines end with LF without CR: #", "RFC 5321 2.3.8"},
    [SMTP_FINDING_BARE_CR] = {"bare-cr", "CRs without LF: #", "RFC 5321 2.3.8"},
    [SMTP_FINDING_NUL] = {"nul", "NUL bytes: #", "RFC 5322 2.2"},
    [SMTP_FINDING_LONG_LINE] = {"long-line", "a line has # bytes; the limit is 998", "RFC 5321 4.5.3.1.6"},
    [SMTP_FINDING_8BIT] = {"8bit", "there are 8-bit bytes and MAIL did not say BODY=8BITMIME", "RFC 6152 3"},
    [SMTP_FINDING_UTF8_HEADER] = {"utf8-header", "the header is not ASCII and MAIL did not say SMTPUTF8",
                                  "RFC 6532 3.4"},
    [SMTP_FINDING_NO_FROM] = {"no-from", "there is no From field", "RFC 5322 3.6"},
    [SMTP_FINDING_MANY_FROM] = {"many-from", "there are # From fields", "RFC 5322 3.6"},
    [SMTP_FINDING_NO_DATE] = {"no-date", "there is no Date field", "RFC 5322 3.6"},
    [SMTP_FINDING_NO_MESSAGE_ID] = {"no-message-id", "there is no Message-ID field", "RFC 5322 3.6.4"},
};

void smtp_diagnostics_add(SmtpDiagnostics *diagnostics, SmtpFinding finding, guint64 count) {
  guint32 *total = &diagnostics->counts[finding];

  *total += (guint32)MIN(count, G_MAXUINT32 - *total);
}

void smtp_diagnostics_add_content(SmtpDiagnostics *diagnostics, const SmtpData *data, const HeaderScan *header,
                                  gboolean body_8bit, gboolean smtputf8) {
  const guint64 counts[SMTP_N_FINDINGS] = {
      [SMTP_FINDING_BARE_LF] = data->n_bare_lf,
      [SMTP_FINDING_BARE_CR] = data->n_bare_cr,
      [SMTP_FINDING_NUL] = data->n_nul,
      [SMTP_FINDING_LONG_LINE] = data->longest_line_bytes > LINE_BYTES_MAX ? data->longest_line_bytes : 0,
      [SMTP_FINDING_8BIT] = data->has_8bit && !body_8bit,
      [SMTP_FINDING_UTF8_HEADER] = header->has_8bit && !smtputf8,
      [SMTP_FINDING_NO_FROM] = header->n_from == 0,
      [SMTP_FINDING_MANY_FROM] = header->n_from > 1 ? header->n_from : 0,
      [SMTP_FINDING_NO_DATE] = header->n_date == 0,
      [SMTP_FINDING_NO_MESSAGE_ID] = header->n_message_id == 0,
  };

  for (int finding = 0; finding < SMTP_N_FINDINGS; finding++)
    smtp_diagnostics_add(diagnostics, finding, counts[finding]);
}

char *smtp_diagnostics_print_names(const SmtpDiagnostics *session, const SmtpDiagnostics *mail) {
  GString *names = g_string_new(NULL);

  for (int finding = 0; finding <= SMTP_FINDING_UTF8_ADDRESS; finding++)
    if (session->counts[finding] > 0 || mail->counts[finding] > 0)
      g_string_append_printf(names, "%s%s", names->len > 0 ? " " : "", findings[finding].name);
  return g_string_free(names, names->len == 0);
}

void smtp_diagnostics_add_names(SmtpDiagnostics *diagnostics, const char *names) {
  g_auto(GStrv) list = g_strsplit(names ? names : "", " ", SMTP_N_FINDINGS);

  for (int finding = 0; finding <= SMTP_FINDING_UTF8_ADDRESS; finding++)
    if (g_strv_contains((const char *const *)list, findings[finding].name))
      diagnostics->counts[finding] = 1;
}

const char *smtp_finding_name(SmtpFinding finding) {
  return findings[finding].name;
}

const char *smtp_finding_source(SmtpFinding finding) {
  return findings[finding].source;
}

char *smtp_finding_text(SmtpFinding finding, guint64 count) {
  g_autofree char *number = g_strdup_printf("%" G_GUINT64_FORMAT, count);
  GString *text = g_string_new(findings[finding].text);

  g_string_replace(text, "#", number, 0);
  return g_string_free(text, FALSE);
}

char **smtp_diagnostics_print(const SmtpDiagnostics *session, const SmtpDiagnostics *mail) {
  g_autoptr(GPtrArray) lines = g_ptr_array_new();

  for (int finding = 0; finding < SMTP_N_FINDINGS; finding++) {
    guint64 count = (guint64)session->counts[finding] + mail->counts[finding];
    if (count == 0)
      continue;
    g_autofree char *text = smtp_finding_text(finding, count);
    g_ptr_array_add(lines, g_strdup_printf("%s: %s (%s)", findings[finding].name, text, findings[finding].source));
  }
  g_ptr_array_add(lines, NULL);
  return (char **)g_ptr_array_steal(lines, NULL);
}
