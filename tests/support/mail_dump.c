/* Prints what message/ reads of messages as JSON, one line a message, for tests that compare it with other readers.
 * usage: mail_dump FILE... (messages in the stored form, with or without the block) */
#include "message/codes.h"
#include "message/gmime_ready.h"
#include "message/links.h"
#include "message/message_private.h"
#include "message/summary.h"

#include <gmime/gmime.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

static json_t *text_or_null(const char *text) {
  return text ? json_string(text) : json_null();
}

static json_t *print_addresses(const GPtrArray *addresses) {
  json_t *list = json_array();

  for (guint i = 0; i < addresses->len; i++) {
    const MailAddress *address = g_ptr_array_index(addresses, i);
    json_array_append_new(list, json_pack("[s, s]", address->name, address->address));
  }
  return list;
}

static json_t *print_strings(const GPtrArray *strings) {
  json_t *list = json_array();

  for (guint i = 0; i < strings->len; i++)
    json_array_append_new(list, json_string(g_ptr_array_index(strings, i)));
  return list;
}

static json_t *print_part(const Message *message, const MessagePart *part) {
  static const char *const kinds[] = {"container", "text", "html", "alternative", "inline", "attachment"};
  g_autoptr(GBytes) content = message_part_decode(message, part);
  g_autofree char *sha256 = g_compute_checksum_for_bytes(G_CHECKSUM_SHA256, content);
  g_autofree char *text = NULL;

  if (part->kind == MESSAGE_PART_TEXT || part->kind == MESSAGE_PART_HTML)
    text = message_part_text_up_to(message, part, G_MAXSIZE);
  return json_pack("{s:s, s:s, s:o, s:o, s:o, s:s, s:i, s:I, s:s, s:o}", "id", part->part_id, "type",
                   part->content_type, "charset", text_or_null(part->charset), "name", text_or_null(part->file_name),
                   "cid", text_or_null(part->content_id), "kind", kinds[part->kind], "depth", (int)part->depth, "size",
                   (json_int_t)g_bytes_get_size(content), "sha256", sha256, "text", text_or_null(text));
}

static json_t *print_headers(const Message *message) {
  json_t *list = json_array();
  const GArray *fields = message_fields(message);

  for (guint i = 0; i < fields->len; i++) {
    const HeaderField *field = &g_array_index(fields, HeaderField, i);
    g_autofree char *name = g_strndup(field->name, field->name_len);
    g_autofree char *value = message_field_value(message, field);
    g_autofree char *text = message_field_text(message, field);
    json_array_append_new(list, json_pack("[s, s, s]", name, value, text));
  }
  return list;
}

/* The parts as GMime's own parser finds them: type and content of each that is no multipart. */
static void print_gmime_part(GMimeObject *object, json_t *list) {
  if (GMIME_IS_MULTIPART(object)) {
    for (int i = 0; i < g_mime_multipart_get_count(GMIME_MULTIPART(object)); i++)
      print_gmime_part(g_mime_multipart_get_part(GMIME_MULTIPART(object), i), list);
    return;
  }
  g_autofree char *type = g_mime_content_type_get_mime_type(g_mime_object_get_content_type(object));
  g_autofree char *lower = g_ascii_strdown(type, -1);
  GMimeStream *stream = g_mime_stream_mem_new();
  if (GMIME_IS_PART(object))
    g_mime_data_wrapper_write_to_stream(g_mime_part_get_content(GMIME_PART(object)), stream);
  GByteArray *content = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(stream));
  g_autofree char *sha256 = g_compute_checksum_for_data(G_CHECKSUM_SHA256, content->data, content->len);
  json_array_append_new(list, json_pack("[s, s]", lower, GMIME_IS_PART(object) ? sha256 : ""));
  g_object_unref(stream);
}

static json_t *print_gmime(GBytes *bytes) {
  json_t *list = json_array();
  gsize len;
  const char *start = g_bytes_get_data(bytes, &len);

  gmime_ready();
  GMimeStream *stream = g_mime_stream_mem_new_with_buffer(start ? start : "", len);
  GMimeParser *parser = g_mime_parser_new_with_stream(stream);
  GMimeMessage *message = g_mime_parser_construct_message(parser, NULL);
  if (message && g_mime_message_get_mime_part(message))
    print_gmime_part(g_mime_message_get_mime_part(message), list);
  g_clear_object(&message);
  g_object_unref(parser);
  g_object_unref(stream);
  return list;
}

static json_t *print_codes(const Message *message) {
  json_t *list = json_array();
  g_autoptr(GPtrArray) codes = message_codes(message);

  for (guint i = 0; i < codes->len; i++) {
    const MessageCode *code = g_ptr_array_index(codes, i);
    json_array_append_new(list, json_pack("[s, s, i]", code->value, code->context, (int)code->confidence));
  }
  return list;
}

static json_t *print_links(const Message *message) {
  json_t *list = json_array();
  g_autoptr(GPtrArray) links = message_links(message);

  for (guint i = 0; i < links->len; i++) {
    const MessageLink *link = g_ptr_array_index(links, i);
    json_array_append_new(list, json_pack("[s, s, s]", link->url, link->text, link->context));
  }
  return list;
}

static json_t *print_mail(GBytes *bytes) {
  g_autoptr(MailSummary) summary = mail_summary_read(bytes, 0);
  g_autoptr(Message) message = message_parse(bytes, 0);
  g_autofree char *text = message_text(message);
  g_autofree char *html = message_html(message);
  json_t *parts = json_array();

  for (guint i = 0; i < message_parts(message)->len; i++)
    json_array_append_new(parts, print_part(message, g_ptr_array_index(message_parts(message), i)));
  return json_pack(
      "{s:s, s:s, s:b, s:o, s:o, s:o, s:o, s:o, s:o, s:I, s:I, s:i, s:i, s:s, s:o, s:o, s:o, s:s, s:o, s:s, s:o, s:o, "
      "s:o, s:o}",
      "subject", summary->subject, "message_id", summary->message_id, "has_message_id", (int)summary->has_message_id,
      "from", print_addresses(summary->addresses[SUMMARY_FROM]), "to", print_addresses(summary->addresses[SUMMARY_TO]),
      "cc", print_addresses(summary->addresses[SUMMARY_CC]), "bcc", print_addresses(summary->addresses[SUMMARY_BCC]),
      "reply_to", print_addresses(summary->addresses[SUMMARY_REPLY_TO]), "references",
      print_strings(summary->references), "date_us", (json_int_t)summary->date_us, "size",
      (json_int_t)summary->size_bytes, "n_attachments", (int)summary->n_attachments, "n_inline", (int)summary->n_inline,
      "snippet", summary->snippet, "tags", print_strings(summary->tags), "problems",
      print_strings(summary->diagnostics), "headers", print_headers(message), "text", text, "html", text_or_null(html),
      "index_text", summary->text, "gmime", print_gmime(bytes), "codes", print_codes(message), "links",
      print_links(message), "parts", parts);
}

int main(int argc, char **argv) {
  for (int i = 1; i < argc; i++) {
    g_autoptr(GError) error = NULL;
    g_autofree char *contents = NULL;
    gsize len = 0;
    if (!g_file_get_contents(argv[i], &contents, &len, &error)) {
      g_printerr("mail_dump: %s\n", error->message);
      return 1;
    }
    /* Not terminated, so that ASan sees a step over. */
    g_autoptr(GBytes) bytes = g_bytes_new_take(g_memdup2(contents, MAX(len, 1)), len);
    json_t *mail = print_mail(bytes);
    if (!mail) {
      g_printerr("mail_dump: %s: what was read is no valid UTF-8\n", argv[i]);
      return 1;
    }
    json_dumpf(mail, stdout, JSON_COMPACT);
    putchar('\n');
    json_decref(mail);
  }
  return 0;
}
