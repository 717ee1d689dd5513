#include "api/mail_structure.h"
#include "api/json.h"
#include "syntax/dsn.h"
#include "syntax/xtext.h"
#include <string.h>

/* --- one part */

static const char *kind_name(MessagePartKind kind) {
  static const char *const names[] = {
      [MESSAGE_PART_CONTAINER] = "container", [MESSAGE_PART_TEXT] = "text",
      [MESSAGE_PART_HTML] = "html",           [MESSAGE_PART_ALTERNATIVE] = "alternative",
      [MESSAGE_PART_INLINE] = "inline",       [MESSAGE_PART_ATTACHMENT] = "attachment"};

  return names[kind];
}

static json_t *print_field(const Message *message, const HeaderField *field) {
  g_autofree char *name = g_utf8_make_valid(field->name, (gssize)field->name_len);
  g_autofree char *raw = g_utf8_make_valid(field->raw, (gssize)field->raw_len);
  g_autofree char *text = message_field_text(message, field);
  json_t *object = json_object();

  json_object_set_new(object, "Name", json_text(name));
  json_object_set_new(object, "Text", json_text(text));
  json_object_set_new(object, "Raw", json_text(raw));
  return object;
}

static json_t *print_fields(const Message *message, const GArray *fields) {
  json_t *list = json_array();

  for (guint i = 0; i < fields->len; i++)
    json_array_append_new(list, print_field(message, &g_array_index(fields, HeaderField, i)));
  return list;
}

/* "": there is no such field. */
static json_t *print_word(const Message *message, const GArray *fields, const char *name) {
  g_autofree char *word = message_field_word(message, fields, name);

  return json_text(word);
}

static gsize decoded_size(const Message *message, const MessagePart *part) {
  if (part->kind == MESSAGE_PART_CONTAINER)
    return part->body_len;
  g_autoptr(GBytes) bytes = message_part_decode(message, part);
  return g_bytes_get_size(bytes);
}

static json_t *print_part(const Message *message, const MessagePart *part) {
  g_autoptr(GArray) fields = message_part_fields(message, part);
  json_t *object = json_object();

  json_object_set_new(object, "PartID", json_text(part->part_id));
  json_object_set_new(object, "Kind", json_text(kind_name(part->kind)));
  json_object_set_new(object, "ContentType", json_text(part->content_type));
  json_object_set_new(object, "Charset", json_text(part->charset));
  json_object_set_new(object, "Encoding", print_word(message, fields, "Content-Transfer-Encoding"));
  json_object_set_new(object, "Disposition", print_word(message, fields, "Content-Disposition"));
  json_object_set_new(object, "FileName", json_text(part->file_name));
  json_object_set_new(object, "ContentID", json_text(part->content_id));
  json_object_set_new(object, "Size", json_integer((json_int_t)decoded_size(message, part)));
  json_object_set_new(object, "RawSize", json_integer((json_int_t)part->body_len));
  json_object_set_new(object, "Fields", print_fields(message, fields));
  json_object_set_new(object, "Parts", json_array());
  return object;
}

/* --- the whole */

json_t *mail_structure_print(const Message *message) {
  const GPtrArray *parts = message_parts(message);
  g_autoptr(GPtrArray) open = g_ptr_array_new(); /* json_t *, lent: the part above, its parent, and so on */
  json_t *root = print_part(message, g_ptr_array_index(parts, 0));

  g_ptr_array_add(open, root);
  for (guint i = 1; i < parts->len; i++) {
    const MessagePart *part = g_ptr_array_index(parts, i);
    json_t *object = print_part(message, part);
    g_ptr_array_set_size(open, (gint)part->depth);
    json_array_append_new(json_object_get(g_ptr_array_index(open, part->depth - 1), "Parts"), object);
    g_ptr_array_add(open, object);
  }
  return root;
}

/* --- the envelope */

static json_t *print_recipient(const char *to, const EnvelopeDsn *dsn) {
  g_auto(GStrv) words = dsn && dsn->notify ? g_strsplit(dsn->notify, ",", -1) : NULL;
  g_autofree char *orcpt = dsn && dsn->orcpt ? dsn_orcpt_decode(dsn->orcpt) : NULL;
  json_t *notify = json_array();

  for (char **word = words; word && *word; word++)
    json_array_append_new(notify, json_text(*word));
  return json_pack("{s:o, s:o, s:o}", "To", json_text(to), "Notify", notify, "ORcpt", json_text(orcpt));
}

/* Recipients are all or none, so that each stands where it stands in To. */
static json_t *print_dsn(const Envelope *envelope) {
  g_autofree char *envid = envelope->dsn_envid ? xtext_decode(envelope->dsn_envid, strlen(envelope->dsn_envid)) : NULL;
  json_t *recipients = json_array();

  for (guint i = 0; envelope->dsn_recipients && i < envelope->forward_paths->len; i++)
    json_array_append_new(recipients,
                          print_recipient(g_ptr_array_index(envelope->forward_paths, i), envelope_dsn_of(envelope, i)));
  return json_pack("{s:o, s:o, s:o}", "Ret", json_text(envelope->dsn_ret), "EnvID", json_text(envid), "Recipients",
                   recipients);
}

json_t *mail_structure_print_envelope(const Envelope *envelope) {
  g_autoptr(GString) tls = g_string_new(NULL);
  json_t *object = json_object();

  envelope_print_tls(envelope, tls);
  json_object_set_new(object, "From", json_text(envelope->reverse_path));
  json_object_set_new(object, "To", json_texts(envelope->forward_paths));
  json_object_set_new(object, "Peer", json_text(envelope->peer));
  json_object_set_new(object, "Helo", json_text(envelope->helo));
  json_object_set_new(object, "Protocol", json_text(envelope->protocol));
  json_object_set_new(object, "Username", json_text(envelope->auth_user));
  json_object_set_new(object, "TLS", json_text(tls->str));
  json_object_set_new(object, "DSN", print_dsn(envelope));
  return object;
}
