#include "message/summary.h"

#include <string.h>

static void header_free(gpointer data) {
  MailHeader *header = data;

  g_free(header->name);
  g_free(header->value);
  g_free(header);
}

MailSummary *mail_summary_new(void) {
  MailSummary *summary = g_new0(MailSummary, 1);

  summary->references = g_ptr_array_new_with_free_func(g_free);
  for (guint i = 0; i < SUMMARY_ADDRESSES_N; i++)
    summary->addresses[i] = g_ptr_array_new_with_free_func((GDestroyNotify)mail_address_free);
  summary->recipients = g_ptr_array_new_with_free_func(g_free);
  summary->tags = g_ptr_array_new_with_free_func(g_free);
  summary->diagnostics = g_ptr_array_new_with_free_func(g_free);
  summary->attachment_names = g_ptr_array_new_with_free_func(g_free);
  summary->headers = g_ptr_array_new_with_free_func(header_free);
  return summary;
}

void mail_summary_drop_text(MailSummary *summary) {
  g_clear_pointer(&summary->attachment_names, g_ptr_array_unref);
  g_clear_pointer(&summary->headers, g_ptr_array_unref);
  g_clear_pointer(&summary->text, g_free);
}

void mail_summary_free(MailSummary *summary) {
  if (!summary)
    return;
  mail_summary_drop_text(summary);
  g_ptr_array_unref(summary->references);
  for (guint i = 0; i < SUMMARY_ADDRESSES_N; i++)
    g_ptr_array_unref(summary->addresses[i]);
  g_ptr_array_unref(summary->recipients);
  g_ptr_array_unref(summary->tags);
  g_ptr_array_unref(summary->diagnostics);
  g_free(summary->subject);
  g_free(summary->message_id);
  g_free(summary->return_path);
  g_free(summary->username);
  g_free(summary->snippet);
  g_free(summary);
}

/* Each address once, in lower case. */
static void add_address(GHashTable *addresses, const char *address) {
  if (*address == '\0' || strlen(address) > SUMMARY_ADDRESS_BYTES_MAX ||
      g_hash_table_size(addresses) >= SUMMARY_LIST_MAX)
    return;
  g_hash_table_add(addresses, g_utf8_strdown(address, -1));
}

GHashTable *mail_summary_addressees(const MailSummary *summary) {
  static const SummaryAddresses fields[] = {SUMMARY_TO, SUMMARY_CC, SUMMARY_BCC};
  GHashTable *addresses = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

  for (guint i = 0; i < summary->recipients->len; i++)
    add_address(addresses, g_ptr_array_index(summary->recipients, i));
  for (gsize i = 0; summary->recipients->len == 0 && i < G_N_ELEMENTS(fields); i++)
    for (guint j = 0; j < summary->addresses[fields[i]]->len; j++)
      add_address(addresses, ((const MailAddress *)g_ptr_array_index(summary->addresses[fields[i]], j))->address);
  return addresses;
}
