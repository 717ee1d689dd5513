#include "base/utf8.h"
#include "message/condense.h"
#include "message/header_text.h"
#include "message/html_text.h"
#include "message/message_private.h"
#include "message/snippet.h"
#include "message/summary.h"
#include "syntax/envelope.h"
#include "syntax/received_bytes.h"
#include <string.h>

enum { HTML_BYTES_PER_TEXT = 8 /* how much HTML is decoded for each byte of text that is kept */ };

static void read_envelope(const Envelope *envelope, MailSummary *summary) {
  summary->return_path = g_utf8_make_valid(envelope->reverse_path, -1);
  for (guint i = 0; i < envelope->forward_paths->len && i < SUMMARY_LIST_MAX; i++)
    g_ptr_array_add(summary->recipients, g_utf8_make_valid(g_ptr_array_index(envelope->forward_paths, i), -1));
}

static void read_addresses(const Message *message, MailSummary *summary) {
  static const char *const names[SUMMARY_ADDRESSES_N] = {
      [SUMMARY_FROM] = "From",         [SUMMARY_TO] = "To", [SUMMARY_CC] = "Cc", [SUMMARY_BCC] = "Bcc",
      [SUMMARY_REPLY_TO] = "Reply-To",
  };

  for (guint i = 0; i < SUMMARY_ADDRESSES_N; i++) {
    g_ptr_array_unref(summary->addresses[i]);
    summary->addresses[i] = message_addresses(message, names[i]);
  }
}

static void cut_addresses(MailSummary *summary) {
  for (guint i = 0; i < SUMMARY_ADDRESSES_N; i++)
    if (summary->addresses[i]->len > SUMMARY_LIST_MAX)
      g_ptr_array_set_size(summary->addresses[i], SUMMARY_LIST_MAX);
}

static void note_seen(GHashTable *seen, const GPtrArray *addresses) {
  for (guint i = 0; i < addresses->len; i++)
    g_hash_table_add(seen, g_utf8_casefold(((const MailAddress *)g_ptr_array_index(addresses, i))->address, -1));
}

/* Whom the message went to although no header says so: that is what a blind copy is. Those that a Bcc header names
 * stay, too, for it says the same. */
static void add_blind_recipients(MailSummary *summary) {
  g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

  note_seen(seen, summary->addresses[SUMMARY_TO]);
  note_seen(seen, summary->addresses[SUMMARY_CC]);
  note_seen(seen, summary->addresses[SUMMARY_BCC]);
  for (guint i = 0; i < summary->recipients->len; i++) {
    const char *recipient = g_ptr_array_index(summary->recipients, i);
    if (g_hash_table_add(seen, g_utf8_casefold(recipient, -1)) &&
        summary->addresses[SUMMARY_BCC]->len < SUMMARY_LIST_MAX)
      g_ptr_array_add(summary->addresses[SUMMARY_BCC], mail_address_new(NULL, recipient));
  }
}

static void add_tag(MailSummary *summary, const char *start, gsize len) {
  if (len > 0 && summary->tags->len < SUMMARY_LIST_MAX)
    g_ptr_array_add(summary->tags, g_strstrip(g_strndup(start, len)));
}

static void read_x_tags(const Message *message, MailSummary *summary) {
  g_autofree char *wanted = message_header_text(message, "X-Tags");

  for (const char *at = wanted; at && *at; at += strspn(at, ",")) {
    add_tag(summary, at, strcspn(at, ","));
    at += strcspn(at, ",");
  }
}

static void read_plus_tags(MailSummary *summary) {
  static const SummaryAddresses lists[] = {SUMMARY_TO, SUMMARY_CC, SUMMARY_BCC};

  for (gsize list = 0; list < G_N_ELEMENTS(lists); list++) {
    const GPtrArray *addresses = summary->addresses[lists[list]];
    for (guint i = 0; i < addresses->len; i++) {
      const char *address = ((const MailAddress *)g_ptr_array_index(addresses, i))->address;
      const char *at_sign = strrchr(address, '@');
      const char *end = at_sign ? at_sign : address + strcspn(address, " "); /* a user's name, no words */
      const char *plus = *end != ' ' ? memchr(address, '+', (gsize)(end - address)) : NULL;
      while (plus && plus < end) {
        gsize len = strcspn(plus + 1, "+@");
        add_tag(summary, plus + 1, len);
        plus += 1 + len;
      }
    }
  }
}

static void read_headers(const Message *message, MailSummary *summary) {
  const GArray *fields = message_fields(message);
  gsize n_left = SUMMARY_TEXT_BYTES_MAX;

  for (guint i = 0; i < fields->len && i < SUMMARY_LIST_MAX && n_left > 0; i++) {
    const HeaderField *field = &g_array_index(fields, HeaderField, i);
    MailHeader *header = g_new0(MailHeader, 1);
    header->name = g_strndup(field->name, MIN(field->name_len, n_left));
    header->value = message_field_text(message, field);
    n_left -= MIN(n_left, field->name_len + field->raw_len);
    g_ptr_array_add(summary->headers, header);
  }
}

static void read_parts(const Message *message, MailSummary *summary) {
  const GPtrArray *parts = message_parts(message);

  for (guint i = 0; i < parts->len; i++) {
    const MessagePart *part = g_ptr_array_index(parts, i);
    summary->n_attachments += part->kind == MESSAGE_PART_ATTACHMENT;
    summary->n_inline += part->kind == MESSAGE_PART_INLINE;
    gboolean is_file = part->kind == MESSAGE_PART_ATTACHMENT || part->kind == MESSAGE_PART_INLINE;
    if (is_file && part->file_name && summary->attachment_names->len < SUMMARY_LIST_MAX)
      g_ptr_array_add(summary->attachment_names, g_strdup(part->file_name));
  }
}

/* What is searched: the text and what the HTML shows, links included. The snippet is of the HTML, if there is any. */
static void read_text(const Message *message, MailSummary *summary) {
  enum { SNIPPET_SOURCE = 4 * SNIPPET_BYTES_MAX };
  g_autofree char *text = message_join(message, MESSAGE_PART_TEXT, SUMMARY_TEXT_BYTES_MAX);
  g_autofree char *html = message_join(message, MESSAGE_PART_HTML, HTML_BYTES_PER_TEXT * SUMMARY_TEXT_BYTES_MAX);
  GString *all = g_string_new(text);

  if (html) {
    g_autofree char *shown = html_text(html, 0, SNIPPET_SOURCE);
    g_autofree char *with_links = html_text(html, HTML_TEXT_LINES | HTML_TEXT_LINKS, SUMMARY_TEXT_BYTES_MAX);
    summary->snippet = snippet_make(*shown || !text ? shown : text);
    if (all->len > 0)
      g_string_append_c(all, '\n');
    g_string_append(all, with_links);
  } else {
    summary->snippet = snippet_make(all->str);
  }
  utf8_truncate(all, SUMMARY_TEXT_BYTES_MAX);
  summary->text = g_string_free(all, FALSE);
}

struct SummaryReader {
  SummaryIgnored ignored;
  GByteArray *head;     /* until it is CONDENSE_HEAD_BYTES long, then NULL */
  Condenser *condenser; /* from then on */
  Envelope *envelope;   /* NULL: there is no block */
  gsize block_len;
  char *bare_lf;
  guint64 n_bytes; /* without the block */
  guint64 n_received_bytes;
  ReceivedBytes received;
};

SummaryReader *summary_reader_new(SummaryIgnored ignored) {
  SummaryReader *reader = g_new0(SummaryReader, 1);

  reader->ignored = ignored;
  reader->head = g_byte_array_new();
  return reader;
}

void summary_reader_free(SummaryReader *reader) {
  if (!reader)
    return;
  if (reader->head)
    g_byte_array_unref(reader->head);
  condenser_free(reader->condenser);
  envelope_free(reader->envelope);
  g_free(reader->bare_lf);
  g_free(reader);
}

static void count(SummaryReader *reader, const char *bytes, gsize n_bytes) {
  reader->n_bytes += n_bytes;
  reader->n_received_bytes += received_bytes_count(&reader->received, (const guint8 *)bytes, n_bytes);
}

/* The block is in the head, for it has few recipients compared with that. */
static void read_head(SummaryReader *reader, const char *head, gsize n_bytes) {
  reader->envelope = n_bytes > 0 ? envelope_parse_block(head, n_bytes, &reader->block_len, &reader->bare_lf) : NULL;
  received_bytes_init(&reader->received, reader->bare_lf);
  count(reader, head + reader->block_len, n_bytes - reader->block_len);
}

static MailSummary *summarise(const SummaryReader *reader, GBytes *bytes) {
  MailSummary *summary = mail_summary_new();
  const Envelope *envelope = reader->envelope;
  g_autoptr(Message) message = message_parse(bytes, reader->block_len);

  message->n_bytes_whole = reader->n_bytes;
  if (envelope)
    read_envelope(envelope, summary);
  read_addresses(message, summary);
  add_blind_recipients(summary);
  cut_addresses(summary);
  if (!(reader->ignored & SUMMARY_IGNORE_X_TAGS))
    read_x_tags(message, summary);
  if (!(reader->ignored & SUMMARY_IGNORE_PLUS))
    read_plus_tags(summary);
  read_headers(message, summary);
  read_parts(message, summary);
  read_text(message, summary);

  gboolean is_made;
  summary->subject = message_header_text(message, "Subject");
  if (!summary->subject)
    summary->subject = g_strdup("");
  summary->message_id = message_id(message, &is_made);
  summary->has_message_id = !is_made;
  g_ptr_array_unref(summary->references);
  summary->references = message_references(message);
  if (summary->references->len > SUMMARY_LIST_MAX)
    g_ptr_array_remove_range(summary->references, 0, summary->references->len - SUMMARY_LIST_MAX);
  if (!message_date_us(message, &summary->date_us))
    summary->date_us = 0;
  summary->received_us = envelope ? envelope->received_us : 0;
  summary->size_bytes = reader->n_received_bytes;
  /* Another program may have written the file. */
  summary->username = g_utf8_make_valid(envelope && envelope->auth_user ? envelope->auth_user : "", -1);
  const GPtrArray *problems = message_problems(message);
  for (guint i = 0; i < problems->len; i++)
    g_ptr_array_add(summary->diagnostics, g_strdup(g_ptr_array_index(problems, i)));
  return summary;
}

MailSummary *mail_summary_read(GBytes *bytes, SummaryIgnored ignored) {
  g_autoptr(SummaryReader) reader = g_new0(SummaryReader, 1);

  reader->ignored = ignored;
  gsize n_bytes;
  const char *start = g_bytes_get_data(bytes, &n_bytes);
  read_head(reader, start ? start : "", n_bytes);
  return summarise(reader, bytes);
}

void summary_reader_feed(SummaryReader *reader, const char *bytes, gsize n_bytes) {
  if (reader->head) {
    gsize n_head = MIN(n_bytes, CONDENSE_HEAD_BYTES - reader->head->len);
    g_byte_array_append(reader->head, (const guint8 *)bytes, (guint)n_head);
    bytes += n_head;
    n_bytes -= n_head;
    if (n_bytes == 0)
      return;
    read_head(reader, (const char *)reader->head->data, reader->head->len);
    reader->condenser = condenser_new(g_steal_pointer(&reader->head));
  }
  count(reader, bytes, n_bytes);
  condenser_feed(reader->condenser, bytes, n_bytes);
}

MailSummary *summary_reader_end(SummaryReader *reader) {
  if (!reader->condenser) {
    g_autoptr(GBytes) whole = g_byte_array_free_to_bytes(g_steal_pointer(&reader->head));
    return mail_summary_read(whole, reader->ignored);
  }
  g_autoptr(GBytes) condensed = condenser_end(reader->condenser);
  return summarise(reader, condensed);
}
