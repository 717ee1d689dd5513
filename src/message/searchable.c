#include "message/searchable.h"

#include "syntax/search_text.h"
#include <string.h>

/* --- the texts of a message */

/* Names and addresses, as people would write them. */
static void print_addresses(const GPtrArray *addresses, GString *out) {
  for (guint i = 0; i < addresses->len && out->len < SEARCHABLE_BYTES_MAX; i++) {
    const MailAddress *address = g_ptr_array_index(addresses, i);
    g_string_append_printf(out, *address->name ? "%s%s <%s>" : "%s%s%s", i > 0 ? ", " : "", address->name,
                           address->address);
  }
}

static void print_strings(const GPtrArray *strings, GString *out) {
  for (guint i = 0; i < strings->len && out->len < SEARCHABLE_BYTES_MAX; i++)
    g_string_append_printf(out, "%s%s", i > 0 ? " " : "", (const char *)g_ptr_array_index(strings, i));
}

/* Of the envelope; of a message that has none, as of another program's, those that its header names. */
static void print_recipients(const MailSummary *summary, GString *out) {
  static const SummaryAddresses fields[] = {SUMMARY_TO, SUMMARY_CC, SUMMARY_BCC};

  if (summary->recipients->len > 0) {
    print_strings(summary->recipients, out);
    return;
  }
  g_autoptr(GPtrArray) addresses = g_ptr_array_new();
  for (gsize i = 0; i < G_N_ELEMENTS(fields); i++)
    for (guint j = 0; j < summary->addresses[fields[i]]->len; j++)
      g_ptr_array_add(addresses, ((const MailAddress *)g_ptr_array_index(summary->addresses[fields[i]], j))->address);
  print_strings(addresses, out);
}

static void fold(const char *text, GString *out) {
  search_text_fold(text, strlen(text), SEARCHABLE_BYTES_MAX, out);
}

static void fold_headers(const GPtrArray *headers, GString *out) {
  for (guint i = 0; i < headers->len && out->len < SEARCHABLE_BYTES_MAX; i++) {
    const MailHeader *header = g_ptr_array_index(headers, i);
    g_string_append_c(out, '\n');
    fold(header->name, out);
    g_string_append_c(out, ':');
    fold(header->value, out);
  }
}

void searchable_read(const MailSummary *summary, GString *const texts[SEARCHABLE_N]) {
  static const SearchableText address_texts[SUMMARY_ADDRESSES_N] = {
      [SUMMARY_FROM] = SEARCHABLE_FROM,
      [SUMMARY_TO] = SEARCHABLE_TO,
      [SUMMARY_CC] = SEARCHABLE_CC,
      [SUMMARY_BCC] = SEARCHABLE_BCC,
      [SUMMARY_REPLY_TO] = SEARCHABLE_REPLY_TO,
  };
  const char *const plain[SEARCHABLE_N] = {
      [SEARCHABLE_RETURN_PATH] = summary->return_path,
      [SEARCHABLE_SUBJECT] = summary->subject,
      [SEARCHABLE_MESSAGE_ID] = summary->message_id,
      [SEARCHABLE_BODY] = summary->text,
  };
  g_autoptr(GString) printed = g_string_new(NULL);

  for (guint i = 0; i < SEARCHABLE_N; i++) {
    g_string_truncate(texts[i], 0);
    if (plain[i])
      fold(plain[i], texts[i]);
  }
  for (guint i = 0; i < SUMMARY_ADDRESSES_N; i++) {
    g_string_truncate(printed, 0);
    print_addresses(summary->addresses[i], printed);
    fold(printed->str, texts[address_texts[i]]);
  }
  g_string_truncate(printed, 0);
  print_recipients(summary, printed);
  fold(printed->str, texts[SEARCHABLE_RCPT]);
  g_string_truncate(printed, 0);
  print_strings(summary->attachment_names, printed);
  fold(printed->str, texts[SEARCHABLE_ATTACHMENTS]);
  fold_headers(summary->headers, texts[SEARCHABLE_HEADERS]);
}

/* --- what queries mean */

#define BIT(text) (1U << (text))
#define ADDRESSED                                                                                                      \
  (BIT(SEARCHABLE_FROM) | BIT(SEARCHABLE_TO) | BIT(SEARCHABLE_CC) | BIT(SEARCHABLE_BCC) | BIT(SEARCHABLE_REPLY_TO))

guint searchable_texts_of(SearchField field) {
  static const guint texts[] = {
      [SEARCH_ANY] = ADDRESSED | BIT(SEARCHABLE_RETURN_PATH) | BIT(SEARCHABLE_SUBJECT) | BIT(SEARCHABLE_ATTACHMENTS) |
                     BIT(SEARCHABLE_BODY),
      [SEARCH_FROM] = BIT(SEARCHABLE_FROM),
      [SEARCH_TO] = BIT(SEARCHABLE_TO),
      [SEARCH_CC] = BIT(SEARCHABLE_CC),
      [SEARCH_BCC] = BIT(SEARCHABLE_BCC),
      [SEARCH_REPLY_TO] = BIT(SEARCHABLE_REPLY_TO),
      [SEARCH_ADDRESSED] = ADDRESSED,
      [SEARCH_RCPT] = BIT(SEARCHABLE_RCPT),
      [SEARCH_SUBJECT] = BIT(SEARCHABLE_SUBJECT),
      [SEARCH_MESSAGE_ID] = BIT(SEARCHABLE_MESSAGE_ID),
      [SEARCH_BODY] = BIT(SEARCHABLE_BODY),
      [SEARCH_HEADER] = BIT(SEARCHABLE_HEADERS),
  };

  return field < G_N_ELEMENTS(texts) ? texts[field] : 0;
}

/* One header, "name:value". "name" alone asks that it is there. */
static gboolean header_has(const char *header, gsize len, const char *wanted) {
  gsize name_len = strcspn(wanted, "=");
  const char *value = wanted[name_len] == '=' ? wanted + name_len + 1 : "";

  while (name_len > 0 && wanted[name_len - 1] == ' ')
    name_len--;
  while (*value == ' ')
    value++;
  return len > name_len && header[name_len] == ':' && memcmp(header, wanted, name_len) == 0 &&
         memmem(header + name_len + 1, len - name_len - 1, value, strlen(value)) != NULL;
}

gboolean searchable_has_header(const char *headers, const char *wanted) {
  gboolean found = FALSE;

  for (const char *at = headers; *at == '\n' && !found;) {
    const char *header = at + 1;
    gsize len = strcspn(header, "\n");
    found = header_has(header, len, wanted);
    at = header + len;
  }
  return found;
}
