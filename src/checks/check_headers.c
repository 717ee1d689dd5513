/* Date, Message-ID, senders and recipients; RFC 5322. */
#include "checks/checks_private.h"
#include "syntax/mail_date.h"
#include <string.h>

enum { HOURS_FAR = 24 };

static void check_fields_once(Checks *checks) {
  static const char *const names[] = {"Date",       "Sender",      "Reply-To",   "To",      "Cc",          "Bcc",
                                      "Message-ID", "In-Reply-To", "References", "Subject", "MIME-Version"};

  for (gsize i = 0; i < G_N_ELEMENTS(names); i++)
    if (checks_count_fields(checks, names[i]) > 1)
      checks_add_at(checks, RULE_FIELD_TWICE, checks_field_place(checks, names[i], 1), names[i]);
}

static void check_date(Checks *checks) {
  g_autofree char *text = message_header_text(checks->message, "Date");
  gint64 date_us;

  if (!text)
    return; /* SMTP says so */
  const char *place = checks_field_place(checks, "Date", 0);
  MailDateFaults faults = 0;
  if (!mail_date_parse(text, &date_us, &faults)) {
    checks_add_at(checks, RULE_DATE_UNREADABLE, place, text);
    return;
  }
  if (faults & MAIL_DATE_FORM)
    checks_add_at(checks, RULE_DATE_FORM, place, text);
  if (faults & MAIL_DATE_WEEKDAY)
    checks_add_at(checks, RULE_DATE_WEEKDAY, place, text);
  gint64 hours = ABS(date_us / G_USEC_PER_SEC - checks->received_us / G_USEC_PER_SEC) / 3600;
  if (checks->received_us != 0 && hours >= HOURS_FAR)
    checks_add_many(checks, RULE_DATE_FAR, (guint64)hours, place, text);
}

static void check_message_id(Checks *checks) {
  static const char *const shared[] = {"localhost", "localhost.localdomain", "local", "example.com", "example.org"};
  g_autofree char *text = message_header_text(checks->message, "Message-ID");

  if (!text)
    return;
  g_autofree char *id = g_strdup(g_strstrip(text));
  gsize len = strlen(id);
  if (len < 5 || id[0] != '<' || id[len - 1] != '>' || strcspn(id + 1, "<> \t") != len - 2 || !strchr(id, '@')) {
    checks_add_at(checks, RULE_MESSAGE_ID_FORM, checks_field_place(checks, "Message-ID", 0), id);
    return;
  }
  id[len - 1] = '\0';
  g_autofree char *domain = checks_domain(id);
  for (gsize i = 0; i < G_N_ELEMENTS(shared); i++)
    if (strcmp(domain, shared[i]) == 0)
      checks_add_at(checks, RULE_MESSAGE_ID_LOCAL, checks_field_place(checks, "Message-ID", 0), text);
}

static void check_senders(Checks *checks) {
  g_autoptr(GPtrArray) from = message_addresses(checks->message, "From");
  g_autofree char *text = message_header_text(checks->message, "From");
  g_autofree char *envelope = checks_domain(checks->envelope->reverse_path ? checks->envelope->reverse_path : "");

  if (text && checks->from[0] == '\0')
    checks_add_at(checks, RULE_FROM_UNREADABLE, checks_field_place(checks, "From", 0), text);
  if (from->len > 1 && checks_count_fields(checks, "Sender") == 0 && checks_count_fields(checks, "From") == 1)
    checks_add_many(checks, RULE_NO_SENDER, from->len, checks_field_place(checks, "From", 0), text);
  if (envelope[0] != '\0' && checks->from[0] != '\0' && !checks_are_aligned(envelope, checks->from)) {
    g_autofree char *both = g_strdup_printf("MAIL FROM: %s, From: %s", envelope, checks->from);
    checks_add_at(checks, RULE_SENDERS_DIFFER, checks_field_place(checks, "From", 0), both);
  }
}

static void check_recipients(Checks *checks) {
  g_autofree char *bcc = message_header_text(checks->message, "Bcc");

  if (checks_count_fields(checks, "To") + checks_count_fields(checks, "Cc") == 0)
    checks_add(checks, RULE_NO_RECIPIENT, NULL);
  if (bcc && *g_strstrip(bcc) != '\0')
    checks_add_at(checks, RULE_BCC_SHOWN, checks_field_place(checks, "Bcc", 0), bcc);
}

void checks_headers(Checks *checks) {
  const GArray *fields = message_fields(checks->message);
  g_autofree char *subject = message_header_text(checks->message, "Subject");
  gboolean has_content = FALSE;

  check_fields_once(checks);
  check_date(checks);
  check_message_id(checks);
  check_senders(checks);
  check_recipients(checks);
  if (!subject || *g_strstrip(subject) == '\0')
    checks_add_at(checks, RULE_NO_SUBJECT, checks_field_place(checks, "Subject", 0), NULL);
  for (guint i = 0; i < fields->len; i++) {
    const HeaderField *field = &g_array_index(fields, HeaderField, i);
    has_content |= field->name_len > 8 && g_ascii_strncasecmp(field->name, "Content-", 8) == 0;
  }
  if (has_content && checks_count_fields(checks, "MIME-Version") == 0)
    checks_add(checks, RULE_NO_MIME_VERSION, NULL);
  if (checks_count_fields(checks, "Return-Path") > 0)
    checks_add_at(checks, RULE_RETURN_PATH, checks_field_place(checks, "Return-Path", 0), NULL);
}
