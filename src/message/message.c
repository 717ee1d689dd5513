#include "message/message.h"
#include "message/gmime_ready.h"
#include "message/header_text.h"
#include "message/message_private.h"
#include "syntax/mail_date.h"
#include <gmime/gmime.h>
#include <string.h>

enum {
  ADDRESS_BYTES_MAX = 1024 * 1024,  /* of all fields of one name */
  REFERENCES_BYTES_MAX = 64 * 1024, /* of one field */
  SHORT_BYTES_MAX = 1024,           /* of a date or an id */
  HASHED_BYTES_MAX = 64 * 1024      /* of a message without Message-ID */
};

/* Headers in a legacy set without declaration are most likely in that of the text. */
static const char *charset_of_text(const Message *message) {
  for (guint i = 0; i < message->parts->len; i++) {
    const MessagePart *part = g_ptr_array_index(message->parts, i);
    if (part->charset && (part->kind == MESSAGE_PART_TEXT || part->kind == MESSAGE_PART_HTML))
      return part->charset;
  }
  return NULL;
}

Message *message_parse(GBytes *bytes, gsize offset) {
  gsize n_bytes;
  const char *start = g_bytes_get_data(bytes, &n_bytes);
  Message *message = g_new0(Message, 1);

  offset = MIN(offset, n_bytes);
  message->bytes = g_bytes_ref(bytes);
  message->offset = offset;
  message->start = start ? start + offset : "";
  message->n_bytes = n_bytes - offset;
  message->n_bytes_whole = message->n_bytes;
  message->fields = g_array_new(FALSE, FALSE, sizeof(HeaderField));
  message->parts = g_ptr_array_new_with_free_func((GDestroyNotify)message_part_free);
  message->problems = g_ptr_array_new_with_free_func(g_free);
  message_find_parts(message);
  message->charset = charset_of_text(message);
  return message;
}

void message_free(Message *message) {
  if (!message)
    return;
  g_ptr_array_unref(message->parts);
  g_ptr_array_unref(message->problems);
  g_array_unref(message->fields);
  g_bytes_unref(message->bytes);
  g_free(message);
}

const guint8 *message_bytes(const Message *message, gsize *n_bytes) {
  *n_bytes = message->n_bytes;
  return (const guint8 *)message->start;
}

void message_add_problem(Message *message, const char *problem) {
  for (guint i = 0; i < message->problems->len; i++)
    if (strcmp(g_ptr_array_index(message->problems, i), problem) == 0)
      return;
  g_ptr_array_add(message->problems, g_strdup(problem));
}

const GPtrArray *message_problems(const Message *message) {
  return message->problems;
}

const GArray *message_fields(const Message *message) {
  return message->fields;
}

const GPtrArray *message_parts(const Message *message) {
  return message->parts;
}

const MessagePart *message_part_find(const Message *message, const char *part_id) {
  for (guint i = 0; i < message->parts->len; i++) {
    const MessagePart *part = g_ptr_array_index(message->parts, i);
    if (part->kind != MESSAGE_PART_CONTAINER && strcmp(part->part_id, part_id) == 0)
      return part;
  }
  return NULL;
}

GHashTable *message_parts_by_content_id(const Message *message) {
  GHashTable *table = g_hash_table_new(g_str_hash, g_str_equal);

  for (guint i = 0; i < message->parts->len; i++) {
    MessagePart *part = g_ptr_array_index(message->parts, i);
    if (part->content_id && !g_hash_table_contains(table, part->content_id))
      g_hash_table_insert(table, part->content_id, part);
  }
  return table;
}

static char *unfold(const Message *message, const HeaderField *field, gsize bytes_max) {
  return header_text_unfold(field->raw, MIN(field->raw_len, bytes_max), message->charset);
}

char *message_field_value(const Message *message, const HeaderField *field) {
  return unfold(message, field, HEADER_TEXT_BYTES_MAX);
}

char *message_field_text(const Message *message, const HeaderField *field) {
  g_autofree char *value = message_field_value(message, field);

  return header_text_decode(value);
}

char *message_field_word(const Message *message, const GArray *fields, const char *name) {
  const HeaderField *field = header_fields_first(fields, name);

  if (!field)
    return NULL;
  g_autofree char *value = message_field_value(message, field);
  return g_ascii_strdown(value, (gssize)strcspn(value, ";( \t"));
}

char *message_header_text(const Message *message, const char *name) {
  const HeaderField *field = header_fields_first(message->fields, name);

  return field ? message_field_text(message, field) : NULL;
}

GPtrArray *message_addresses(const Message *message, const char *name) {
  GPtrArray *addresses = g_ptr_array_new_with_free_func((GDestroyNotify)mail_address_free);
  gsize n_left = ADDRESS_BYTES_MAX;

  for (guint i = 0; i < message->fields->len && n_left > 0; i++) {
    const HeaderField *field = &g_array_index(message->fields, HeaderField, i);
    if (!header_field_is(field, name))
      continue;
    gsize len = MIN(field->raw_len, n_left);
    g_autofree char *value = unfold(message, field, len);
    mail_address_parse(value, addresses);
    n_left -= len;
  }
  return addresses;
}

/* The value of a short structured field; NULL: none. */
static char *short_value(const Message *message, const char *name) {
  const HeaderField *field = header_fields_first(message->fields, name);

  return field ? unfold(message, field, SHORT_BYTES_MAX) : NULL;
}

static char *make_id(const Message *message) {
  g_autoptr(GChecksum) checksum = g_checksum_new(G_CHECKSUM_SHA256);
  guint64 size = GUINT64_TO_LE(message->n_bytes_whole);

  g_checksum_update(checksum, (const guchar *)&size, sizeof size);
  g_checksum_update(checksum, (const guchar *)message->start, (gssize)MIN(message->n_bytes, HASHED_BYTES_MAX));
  return g_strdup_printf("%.32s@dsmtpd.invalid", g_checksum_get_string(checksum));
}

/* Without what GMime makes of odd ones: an id is what is between the angle brackets, or all there is. */
static char *read_id(const Message *message) {
  g_autofree char *value = short_value(message, "Message-ID");

  if (!value)
    return NULL;
  char *start = strchr(value, '<');
  start = start ? start + 1 : value;
  char *end = strchr(start, '>');
  if (end)
    *end = '\0';
  g_strstrip(start);
  return *start ? g_strdup(start) : NULL;
}

char *message_id(const Message *message, gboolean *is_made) {
  char *id = read_id(message);

  if (is_made)
    *is_made = !id;
  return id ? id : make_id(message);
}

static void add_references(const Message *message, const char *name, GPtrArray *out, GHashTable *seen) {
  const HeaderField *field = header_fields_first(message->fields, name);

  if (!field)
    return;
  g_autofree char *value = unfold(message, field, REFERENCES_BYTES_MAX);
  gmime_ready();
  GMimeReferences *references = g_mime_references_parse(g_mime_parser_options_get_default(), value);
  int n = references ? g_mime_references_length(references) : 0;
  for (int i = 0; i < n; i++) {
    char *id = g_utf8_make_valid(g_mime_references_get_message_id(references, i), -1);
    if (g_hash_table_add(seen, id))
      g_ptr_array_add(out, g_strdup(id));
  }
  if (references)
    g_mime_references_free(references);
}

GPtrArray *message_references(const Message *message) {
  GPtrArray *ids = g_ptr_array_new_with_free_func(g_free);
  g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

  add_references(message, "References", ids, seen);
  add_references(message, "In-Reply-To", ids, seen);
  return ids;
}

gboolean message_date_us(const Message *message, gint64 *date_us) {
  g_autofree char *value = short_value(message, "Date");

  return value && mail_date_parse(value, date_us, NULL);
}
