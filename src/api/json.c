#include "api/json.h"
#include "message/file_name.h"
#include "message/list_unsubscribe.h"
#include <string.h>

enum { REAL_DIGITS = 15 /* what a double keeps, so that 0.004 is not 0.0040000000000000001 */ };

json_t *json_text(const char *text) {
  json_t *value = json_string(text ? text : "");

  if (value)
    return value;
  g_autofree char *valid = g_utf8_make_valid(text, -1);
  return json_string(valid);
}

json_t *json_time(gint64 time_us) {
  gint64 seconds = time_us / G_USEC_PER_SEC - (time_us % G_USEC_PER_SEC < 0);
  guint ms = (guint)((time_us - seconds * G_USEC_PER_SEC) / 1000);
  g_autoptr(GDateTime) time = g_date_time_new_from_unix_utc(seconds);

  if (!time) /* further away than year 9999 */
    return json_string("0001-01-01T00:00:00Z");
  g_autofree char *whole = g_date_time_format(time, "%Y-%m-%dT%H:%M:%S");
  g_autofree char *text = ms > 0 ? g_strdup_printf("%s.%03uZ", whole, ms) : g_strdup_printf("%sZ", whole);
  return json_string(text);
}

json_t *json_tags(const GPtrArray *tags) {
  json_t *names = json_array();

  for (guint i = 0; i < tags->len; i++)
    json_array_append_new(names, json_text(((const InboxTag *)g_ptr_array_index(tags, i))->name));
  return names;
}

json_t *json_texts(const GPtrArray *texts) {
  json_t *list = json_array();

  for (guint i = 0; i < texts->len; i++)
    json_array_append_new(list, json_text(g_ptr_array_index(texts, i)));
  return list;
}

json_t *json_address(const MailAddress *address) {
  json_t *object = json_object();

  json_object_set_new(object, "Name", json_text(address ? address->name : NULL));
  json_object_set_new(object, "Address", json_text(address ? address->address : NULL));
  return object;
}

json_t *json_addresses(const GPtrArray *addresses) {
  json_t *list = json_array();

  for (guint i = 0; i < addresses->len; i++)
    json_array_append_new(list, json_address(g_ptr_array_index(addresses, i)));
  return list;
}

/* What lists and single messages both say of a message. */
static json_t *print_common(const InboxMail *mail) {
  const MailSummary *summary = mail->summary;
  const GPtrArray *from = summary->addresses[SUMMARY_FROM];
  json_t *object = json_id(mail->id);

  json_object_set_new(object, "MessageID", json_text(summary->message_id));
  json_object_set_new(object, "From", json_address(from->len > 0 ? g_ptr_array_index(from, 0) : NULL));
  json_object_set_new(object, "To", json_addresses(summary->addresses[SUMMARY_TO]));
  json_object_set_new(object, "Cc", json_addresses(summary->addresses[SUMMARY_CC]));
  json_object_set_new(object, "Bcc", json_addresses(summary->addresses[SUMMARY_BCC]));
  json_object_set_new(object, "ReplyTo", json_addresses(summary->addresses[SUMMARY_REPLY_TO]));
  json_object_set_new(object, "Subject", json_text(summary->subject));
  json_object_set_new(object, "Flagged", json_boolean(mail->is_flagged));
  json_object_set_new(object, "Tags", json_texts(mail->tags));
  json_object_set_new(object, "Username", json_text(summary->username));
  json_object_set_new(object, "Size", json_integer((json_int_t)summary->size_bytes));
  json_object_set_new(object, "Created", json_time(mail->received_us));
  json_object_set_new(object, "Snippet", json_text(summary->snippet));
  return object;
}

json_t *json_summary(const InboxMail *mail) {
  json_t *object = print_common(mail);

  json_object_set_new(object, "Read", json_boolean(mail->is_read));
  if (mail->uid > 0)
    json_object_set_new(object, "UID", json_integer(mail->uid));
  json_object_set_new(object, "Attachments", json_integer(mail->summary->n_attachments));
  if (mail->n_in_thread > 0)
    json_object_set_new(object, "ThreadCount", json_integer(mail->n_in_thread));
  return object;
}

/* --- one message */

static json_t *print_checksum(GBytes *bytes, GChecksumType type) {
  g_autofree char *digits = g_compute_checksum_for_bytes(type, bytes);

  return json_string(digits);
}

static json_t *print_attachment(const Message *message, const MessagePart *part) {
  g_autoptr(GBytes) bytes = message_part_decode(message, part);
  g_autofree char *made_name = part->file_name ? NULL : file_name_of_part(part->part_id, part->content_type);
  json_t *object = json_object();
  json_t *checksums = json_object();

  json_object_set_new(object, "PartID", json_text(part->part_id));
  json_object_set_new(object, "FileName", json_text(part->file_name ? part->file_name : made_name));
  json_object_set_new(object, "ContentType", json_text(part->content_type));
  json_object_set_new(object, "ContentID", json_text(part->content_id));
  json_object_set_new(object, "Size", json_integer((json_int_t)g_bytes_get_size(bytes)));
  json_object_set_new(checksums, "MD5", print_checksum(bytes, G_CHECKSUM_MD5));
  json_object_set_new(checksums, "SHA1", print_checksum(bytes, G_CHECKSUM_SHA1));
  json_object_set_new(checksums, "SHA256", print_checksum(bytes, G_CHECKSUM_SHA256));
  json_object_set_new(object, "Checksums", checksums);
  return object;
}

static json_t *print_attachments(const Message *message, MessagePartKind kind) {
  const GPtrArray *parts = message_parts(message);
  json_t *list = json_array();

  for (guint i = 0; i < parts->len; i++) {
    const MessagePart *part = g_ptr_array_index(parts, i);
    if (part->kind == kind)
      json_array_append_new(list, print_attachment(message, part));
  }
  return list;
}

static json_t *print_list_unsubscribe(const Message *message) {
  g_autoptr(ListUnsubscribe) unsubscribe = list_unsubscribe_read(message);
  json_t *object = json_object();

  json_object_set_new(object, "Header", json_text(unsubscribe->header));
  json_object_set_new(object, "Links", json_texts(unsubscribe->links));
  json_object_set_new(object, "Errors", json_text(unsubscribe->errors));
  json_object_set_new(object, "HeaderPost", json_text(unsubscribe->header_post));
  return object;
}

/* A message's text may be long: it is not to be there twice for longer than needed. */
static json_t *take_text(char *text) {
  json_t *value = json_text(text);

  g_free(text);
  return value;
}

/* A summary's lists are cut for lists of messages; a single message shows all it has. */
static void print_long_lists(json_t *object, const MailSummary *summary, const Message *message) {
  static const struct {
    const char *name;
    const char *field;
    SummaryAddresses list;
  } rows[] = {{"To", "To", SUMMARY_TO}, {"Cc", "Cc", SUMMARY_CC}, {"ReplyTo", "Reply-To", SUMMARY_REPLY_TO}};

  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    if (summary->addresses[rows[i].list]->len < SUMMARY_LIST_MAX)
      continue;
    g_autoptr(GPtrArray) addresses = message_addresses(message, rows[i].field);
    json_object_set_new(object, rows[i].name, json_addresses(addresses));
  }
}

json_t *json_mail(const InboxMail *mail, const Message *message) {
  json_t *object = print_common(mail);
  gint64 date_us = mail->received_us;

  (void)message_date_us(message, &date_us);
  print_long_lists(object, mail->summary, message);
  json_object_set_new(object, "Read", json_true()); /* by being asked for */
  json_object_set_new(object, "ReturnPath", json_text(mail->summary->return_path));
  json_object_set_new(object, "ListUnsubscribe", print_list_unsubscribe(message));
  json_object_set_new(object, "Date", json_time(date_us));
  json_object_set_new(object, "Text", take_text(message_text(message)));
  json_object_set_new(object, "HTML", take_text(message_html(message)));
  json_object_set_new(object, "Inline", print_attachments(message, MESSAGE_PART_INLINE));
  json_object_set_new(object, "Attachments", print_attachments(message, MESSAGE_PART_ATTACHMENT));
  return object;
}

/* --- headers */

/* "message-id" becomes "Message-Id", as Go's net/textproto has it, and clients expect it. */
static char *canonical_name(const HeaderField *field) {
  g_autofree char *name = g_strndup(field->name, field->name_len);
  gboolean starts_word = TRUE;

  for (char *at = name; *at != '\0'; at++) {
    *at = starts_word ? g_ascii_toupper(*at) : g_ascii_tolower(*at);
    starts_word = *at == '-';
  }
  return g_utf8_make_valid(name, -1);
}

json_t *json_headers(const Message *message) {
  const GArray *fields = message_fields(message);
  json_t *object = json_object();

  for (guint i = 0; i < fields->len; i++) {
    const HeaderField *field = &g_array_index(fields, HeaderField, i);
    g_autofree char *name = canonical_name(field);
    g_autofree char *value = message_field_value(message, field);
    json_add_to_list(object, name, json_text(value));
  }
  return object;
}

void json_add_to_list(json_t *object, const char *name, json_t *value) {
  json_t *list = json_object_get(object, name);

  if (!list)
    json_object_set_new(object, name, list = json_array());
  json_array_append_new(list, value);
}

json_t *json_id(const char *id) {
  json_t *object = json_object();

  json_object_set_new(object, "ID", json_text(id));
  return object;
}

json_t *json_location(const char *source, guint line, const char *text) {
  json_t *object = json_object();

  json_object_set_new(object, "In", json_text(source));
  json_object_set_new(object, "Line", json_integer(line));
  json_object_set_new(object, "Text", json_text(text));
  return object;
}

json_t *json_change(const InboxMail *mail) {
  json_t *object = json_id(mail->id);

  json_object_set_new(object, "Read", json_boolean(mail->is_read));
  json_object_set_new(object, "Flagged", json_boolean(mail->is_flagged));
  json_object_set_new(object, "Tags", json_texts(mail->tags));
  return object;
}

/* --- printing */

/* Twice when it is long: first to learn how long, so that exactly that is counted and allocated. */
GBytes *json_print(HttpBudget *budget, json_t *value, gsize *out_n_bytes) {
  enum { SHORT_BYTES = 8 * 1024, FLAGS = JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(REAL_DIGITS) };
  g_autoptr(json_t) taken = value;
  char text[SHORT_BYTES];
  gsize n_bytes = json_dumpb(value, text, sizeof text, FLAGS);

  if (out_n_bytes)
    *out_n_bytes = n_bytes;
  g_autoptr(HttpCharge) charge = n_bytes > 0 ? http_charge_new(budget, n_bytes) : NULL;
  char *printed = charge ? g_try_malloc(n_bytes) : NULL;
  if (!printed)
    return NULL;
  if (n_bytes <= sizeof text)
    memcpy(printed, text, n_bytes);
  else if (json_dumpb(value, printed, n_bytes, FLAGS) != n_bytes) /* not enough memory */
    g_clear_pointer(&printed, g_free);
  return printed ? http_charge_attach(g_steal_pointer(&charge), g_bytes_new_take(printed, n_bytes)) : NULL;
}
