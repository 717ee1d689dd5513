#include "api/mailhog_json.h"
#include <string.h>

/* Takes what is left of MAILHOG_TEXT_MAX down. */
static json_t *print_text(const guint8 *bytes, gsize len, gsize *left) {
  gsize taken = MIN(len, *left);
  g_autofree char *text = g_utf8_make_valid((const char *)bytes, (gssize)taken);

  *left -= taken;
  return json_string(text);
}

static json_t *print_fields(const Message *message, const GArray *fields) {
  json_t *headers = json_object();

  for (guint i = 0; i < fields->len; i++) {
    const HeaderField *field = &g_array_index(fields, HeaderField, i);
    g_autofree char *written = g_strndup(field->name, field->name_len);
    g_autofree char *name = g_utf8_make_valid(written, -1);
    g_autofree char *value = message_field_value(message, field);
    json_add_to_list(headers, name, json_text(value));
  }
  return headers;
}

/* --- parts: those that follow one and are deeper are in it */

static json_t *print_mime(const Message *message, guint *index, gsize *left);

static json_t *print_part(const Message *message, guint *index, gsize *left) {
  const MessagePart *part = g_ptr_array_index(message_parts(message), *index);
  gsize n_bytes;
  const guint8 *bytes = message_bytes(message, &n_bytes);
  const char *body = (const char *)bytes + part->body_offset;
  gboolean is_container = part->kind == MESSAGE_PART_CONTAINER;
  g_autoptr(GArray) fields = g_array_new(FALSE, FALSE, sizeof(HeaderField));
  json_t *object = json_object();

  header_fields_split((const char *)bytes + part->header_offset, body, NULL, NULL, fields);
  json_object_set_new(object, "Headers", print_fields(message, fields));
  /* what is in its parts is not said twice */
  json_object_set_new(object, "Body", print_text((const guint8 *)body, is_container ? 0 : part->body_len, left));
  json_object_set_new(object, "Size", json_integer((json_int_t)part->body_len));
  json_object_set_new(object, "MIME", print_mime(message, index, left));
  return object;
}

/* Moves *index after the part and all in it. */
static json_t *print_mime(const Message *message, guint *index, gsize *left) {
  const GPtrArray *parts = message_parts(message);
  const MessagePart *part = g_ptr_array_index(parts, *index);

  ++*index;
  if (part->kind != MESSAGE_PART_CONTAINER)
    return json_null();
  json_t *list = json_array();
  while (*index < parts->len && ((const MessagePart *)g_ptr_array_index(parts, *index))->depth > part->depth)
    json_array_append_new(list, print_part(message, index, left));
  json_t *object = json_object();
  json_object_set_new(object, "Parts", list);
  return object;
}

const MessagePart *mailhog_json_part(const Message *message, guint64 number) {
  const GPtrArray *parts = message_parts(message);

  for (guint i = 0; i < parts->len; i++) {
    const MessagePart *part = g_ptr_array_index(parts, i);
    if (part->depth == 1 && number-- == 0)
      return part;
  }
  return NULL;
}

/* --- addresses */

static json_t *print_path(const char *address) {
  const char *at = strrchr(address, '@');
  g_autofree char *mailbox = at ? g_strndup(address, (gsize)(at - address)) : g_strdup(address);
  json_t *object = json_object();

  json_object_set_new(object, "Relays", json_null());
  json_object_set_new(object, "Mailbox", json_text(mailbox));
  json_object_set_new(object, "Domain", json_text(at ? at + 1 : ""));
  json_object_set_new(object, "Params", json_string(""));
  return object;
}

/* Of the envelope, or of the headers of a message that has none. */
static const char *sender_of(const InboxMail *mail) {
  const GPtrArray *from = mail->summary->addresses[SUMMARY_FROM];

  if (mail->summary->return_path)
    return mail->summary->return_path;
  return from->len > 0 ? ((const MailAddress *)g_ptr_array_index(from, 0))->address : "";
}

static GPtrArray *recipients_of(const InboxMail *mail) {
  const MailSummary *summary = mail->summary;
  GPtrArray *recipients = g_ptr_array_new();

  for (guint i = 0; i < summary->recipients->len; i++)
    g_ptr_array_add(recipients, g_ptr_array_index(summary->recipients, i));
  if (recipients->len > 0)
    return recipients;
  for (SummaryAddresses kind = SUMMARY_TO; kind <= SUMMARY_CC; kind++)
    for (guint i = 0; i < summary->addresses[kind]->len; i++)
      g_ptr_array_add(recipients, ((MailAddress *)g_ptr_array_index(summary->addresses[kind], i))->address);
  return recipients;
}

/* --- the whole */

static json_t *print_content(const Message *message, gsize *left) {
  const MessagePart *whole = g_ptr_array_index(message_parts(message), 0);
  gsize n_bytes;
  const guint8 *bytes = message_bytes(message, &n_bytes);
  json_t *object = json_object();

  json_object_set_new(object, "Headers", print_fields(message, message_fields(message)));
  json_object_set_new(object, "Body", print_text(bytes + whole->body_offset, n_bytes - whole->body_offset, left));
  json_object_set_new(object, "Size", json_integer((json_int_t)n_bytes));
  json_object_set_new(object, "MIME", json_null());
  return object;
}

static json_t *print_raw(const InboxMail *mail, const Envelope *envelope, GBytes *bytes, gsize *left) {
  g_autoptr(GPtrArray) recipients = recipients_of(mail);
  json_t *object = json_object();
  gsize len;
  const guint8 *start = g_bytes_get_data(bytes, &len);

  json_object_set_new(object, "From", json_text(sender_of(mail)));
  json_object_set_new(object, "To", json_texts(recipients));
  json_object_set_new(object, "Data", print_text(start, len, left));
  json_object_set_new(object, "Helo", json_text(envelope->helo));
  return object;
}

static json_t *print_mail(const InboxMail *mail, const Envelope *envelope, GBytes *bytes) {
  g_autoptr(Message) message = message_parse(bytes, 0);
  g_autoptr(GPtrArray) recipients = recipients_of(mail);
  json_t *object = json_object();
  json_t *to = json_array();
  gsize left = MAILHOG_TEXT_MAX;
  guint index = 0;

  for (guint i = 0; i < recipients->len; i++)
    json_array_append_new(to, print_path(g_ptr_array_index(recipients, i)));
  json_object_set_new(object, "ID", json_text(mail->id));
  json_object_set_new(object, "From", print_path(sender_of(mail)));
  json_object_set_new(object, "To", to);
  json_object_set_new(object, "Content", print_content(message, &left));
  json_object_set_new(object, "Created", json_time(mail->received_us));
  json_object_set_new(object, "Raw", print_raw(mail, envelope, bytes, &left));
  json_object_set_new(object, "MIME", print_mime(message, &index, &left));
  return object;
}

/* The texts are there once as JSON, and one of them in UTF-8 before; then, beside the JSON, as it is printed. */
GBytes *mailhog_json_print(const InboxMail *mail, StoredMail *stored, HttpBudget *budget) {
  enum { BESIDE_TEXTS = 1024 * 1024 };
  gsize len = (gsize)MIN(stored_mail_size(stored), MAILHOG_TEXT_MAX) * 2; /* LF may become CRLF */
  gsize n_texts = MIN(3 * len, MAILHOG_TEXT_MAX) + BESIDE_TEXTS;
  g_autoptr(HttpCharge) charge = http_charge_new(budget, n_texts + MIN(len, MAILHOG_TEXT_MAX));
  GBytes *bytes = charge ? stored_mail_read(stored, budget) : NULL;
  json_t *object = bytes ? print_mail(mail, stored_mail_envelope(stored), bytes) : NULL;

  g_clear_pointer(&bytes, g_bytes_unref);
  if (!object)
    return NULL;
  http_charge_shrink(charge, n_texts);
  return json_print(budget, object, NULL);
}
