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

static gpointer copy_address_cb(gconstpointer address, gpointer user_data) {
  return mail_address_new(((const MailAddress *)address)->name, ((const MailAddress *)address)->address);
}

static gpointer copy_string_cb(gconstpointer string, gpointer user_data) {
  return g_strdup(string);
}

static void copy_list(GPtrArray *to, const GPtrArray *from, GCopyFunc copy_cb) {
  g_ptr_array_extend(to, (GPtrArray *)from, copy_cb, NULL);
}

MailSummary *mail_summary_copy(const MailSummary *summary) {
  MailSummary *copy = mail_summary_new();

  for (guint i = 0; i < SUMMARY_ADDRESSES_N; i++)
    copy_list(copy->addresses[i], summary->addresses[i], copy_address_cb);
  copy_list(copy->references, summary->references, copy_string_cb);
  copy_list(copy->recipients, summary->recipients, copy_string_cb);
  copy_list(copy->tags, summary->tags, copy_string_cb);
  copy_list(copy->diagnostics, summary->diagnostics, copy_string_cb);
  mail_summary_drop_text(copy);
  copy->subject = g_strdup(summary->subject);
  copy->message_id = g_strdup(summary->message_id);
  copy->has_message_id = summary->has_message_id;
  copy->return_path = g_strdup(summary->return_path);
  copy->username = g_strdup(summary->username);
  copy->date_us = summary->date_us;
  copy->received_us = summary->received_us;
  copy->size_bytes = summary->size_bytes;
  copy->n_attachments = summary->n_attachments;
  copy->n_inline = summary->n_inline;
  copy->snippet = g_strdup(summary->snippet);
  return copy;
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
