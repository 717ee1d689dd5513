/* A stored message, read in every way there is. Whatever the bytes are, each text is valid UTF-8, parts lie inside the
 * message and inside each other, and the limits hold. */
#include "fuzz.h"
#include "message/codes.h"
#include "message/list_unsubscribe.h"
#include "message/message_private.h"
#include "message/snippet.h"
#include "message/summary.h"

#include <string.h>

static void check_text(const char *text) {
  g_assert_nonnull(text);
  g_assert_true(g_utf8_validate(text, -1, NULL));
}

static void check_strings(const GPtrArray *strings) {
  for (guint i = 0; i < strings->len; i++)
    check_text(g_ptr_array_index(strings, i));
}

static void check_part(const Message *message, const MessagePart *part, gsize n_bytes) {
  g_assert_cmpuint(part->header_offset, <=, part->body_offset);
  g_assert_cmpuint(part->body_offset, <=, n_bytes);
  g_assert_cmpuint(part->body_len, <=, n_bytes - part->body_offset);
  g_assert_cmpuint(part->depth, <=, MESSAGE_DEPTH_MAX);
  check_text(part->part_id);
  check_text(part->content_type);
  g_autofree char *text = message_part_text_up_to(message, part, G_MAXSIZE);
  check_text(text);
  if (part->file_name) {
    check_text(part->file_name);
    g_assert_null(strpbrk(part->file_name, "/\\\r\n"));
    g_assert_cmpstr(part->file_name, !=, "..");
  }
  if (part->kind != MESSAGE_PART_CONTAINER)
    g_assert_true(message_part_find(message, part->part_id) == part);
}

static void check_message(GBytes *bytes) {
  g_autoptr(Message) message = message_parse(bytes, 0);
  const GPtrArray *parts = message_parts(message);
  const GArray *fields = message_fields(message);

  g_assert_cmpuint(parts->len, >=, 1);
  g_assert_cmpuint(parts->len, <=, MESSAGE_PARTS_MAX);
  for (guint i = 0; i < parts->len; i++)
    check_part(message, g_ptr_array_index(parts, i), g_bytes_get_size(bytes));
  for (guint i = 0; i < fields->len; i++) {
    g_autofree char *value = message_field_value(message, &g_array_index(fields, HeaderField, i));
    g_autofree char *text = message_field_text(message, &g_array_index(fields, HeaderField, i));
    check_text(value);
    check_text(text);
    g_assert_null(strpbrk(value, "\r\n"));
  }
  g_autofree char *whole = message_text(message);
  g_autofree char *snippet = snippet_make(whole);
  check_text(snippet);
  g_autoptr(ListUnsubscribe) unsubscribe = list_unsubscribe_read(message);
  check_strings(unsubscribe->links);
  g_autoptr(GPtrArray) codes = message_codes(message);
  g_assert_cmpuint(codes->len, <=, 2 * CODES_MAX);
  for (guint i = 0; i < codes->len; i++)
    check_text(((const MessageCode *)g_ptr_array_index(codes, i))->context);
}

static void check_summary(GBytes *bytes) {
  g_autoptr(MailSummary) summary = mail_summary_read(bytes, 0);

  check_text(summary->subject);
  check_text(summary->message_id);
  check_text(summary->username);
  check_text(summary->snippet);
  check_text(summary->text);
  g_assert_cmpuint(strlen(summary->text), <=, SUMMARY_TEXT_BYTES_MAX);
  check_strings(summary->references);
  check_strings(summary->recipients);
  check_strings(summary->tags);
  check_strings(summary->attachment_names);
  for (guint list = 0; list < SUMMARY_ADDRESSES_N; list++) {
    g_assert_cmpuint(summary->addresses[list]->len, <=, SUMMARY_LIST_MAX);
    for (guint i = 0; i < summary->addresses[list]->len; i++) {
      const MailAddress *address = g_ptr_array_index(summary->addresses[list], i);
      check_text(address->name);
      check_text(address->address);
    }
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len) {
  g_autoptr(GBytes) mail = g_bytes_new_static(bytes, len);

  check_message(mail);
  check_summary(mail);
  return 0;
}
