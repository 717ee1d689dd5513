#include "index/index_searchable.h"

/* Names and addresses, as people would write them. */
static char *print_addresses(const GPtrArray *addresses) {
  GString *out = g_string_new(NULL);
  for (guint i = 0; i < addresses->len && out->len < INDEX_TEXT_BYTES_MAX; i++) {
    const MailAddress *address = g_ptr_array_index(addresses, i);
    g_string_append_printf(out, *address->name ? "%s%s <%s>" : "%s%s%s", i > 0 ? ", " : "", address->name,
                           address->address);
  }
  return g_string_free(out, FALSE);
}

static char *print_strings(const GPtrArray *strings) {
  GString *out = g_string_new(NULL);
  for (guint i = 0; i < strings->len && out->len < INDEX_TEXT_BYTES_MAX; i++)
    g_string_append_printf(out, "%s%s", i > 0 ? " " : "", (const char *)g_ptr_array_index(strings, i));
  return g_string_free(out, FALSE);
}

/* Of the envelope; of a message that has none, as of another program's, those that its header names. */
static char *print_recipients(const MailSummary *summary) {
  static const SummaryAddresses fields[] = {SUMMARY_TO, SUMMARY_CC, SUMMARY_BCC};
  if (summary->recipients->len > 0)
    return print_strings(summary->recipients);
  g_autoptr(GPtrArray) addresses = g_ptr_array_new();
  for (gsize i = 0; i < G_N_ELEMENTS(fields); i++)
    for (guint j = 0; j < summary->addresses[fields[i]]->len; j++)
      g_ptr_array_add(addresses, ((const MailAddress *)g_ptr_array_index(summary->addresses[fields[i]], j))->address);
  return print_strings(addresses);
}

static char *print_headers(const GPtrArray *headers) {
  GString *out = g_string_new(NULL);
  for (guint i = 0; i < headers->len && out->len < INDEX_TEXT_BYTES_MAX; i++) {
    const MailHeader *header = g_ptr_array_index(headers, i);
    index_text_add_header(out, header->name, header->value);
  }
  return g_string_free(out, FALSE);
}

gboolean index_searchable_add(IndexText *text, gint64 seq, const MailSummary *summary, GError **error) {
  static const struct {
    SummaryAddresses from;
    IndexTextColumn to;
  } address_columns[] = {
      {SUMMARY_FROM, INDEX_TEXT_FROM},
      {SUMMARY_TO, INDEX_TEXT_TO},
      {SUMMARY_CC, INDEX_TEXT_CC},
      {SUMMARY_BCC, INDEX_TEXT_BCC},
      {SUMMARY_REPLY_TO, INDEX_TEXT_REPLY_TO},
  };
  char *texts[INDEX_TEXT_N] = {
      [INDEX_TEXT_RETURN_PATH] = summary->return_path,
      [INDEX_TEXT_SUBJECT] = summary->subject,
      [INDEX_TEXT_MESSAGE_ID] = summary->message_id,
      [INDEX_TEXT_BODY] = summary->text,
  };
  g_autofree char *recipients = texts[INDEX_TEXT_RCPT] = print_recipients(summary);
  g_autofree char *names = texts[INDEX_TEXT_ATTACHMENTS] = print_strings(summary->attachment_names);
  g_autofree char *headers = texts[INDEX_TEXT_HEADERS] = print_headers(summary->headers);
  for (gsize i = 0; i < G_N_ELEMENTS(address_columns); i++)
    texts[address_columns[i].to] = print_addresses(summary->addresses[address_columns[i].from]);
  gboolean ok = index_text_add(text, seq, (const char *const *)texts, error);
  for (gsize i = 0; i < G_N_ELEMENTS(address_columns); i++)
    g_free(texts[address_columns[i].to]);
  return ok;
}
