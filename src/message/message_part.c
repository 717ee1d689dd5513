/* What a part is, by the fields of its header (RFC 2045 5 and 6, RFC 2183). */
#include "message/file_name.h"
#include "message/header_text.h"
#include "message/message_private.h"
#include "message/mime_field.h"
#include <string.h>

/* What the header says, for as long as the kind is being decided. */
typedef struct PartHeader {
  gboolean is_multipart;
  gboolean is_inline;     /* Content-Disposition: inline */
  gboolean is_attachment; /* Content-Disposition, anything else */
} PartHeader;

/* Unfolded; NULL: there is no such field, or too much was read already. */
static char *read_field(Message *message, const GArray *fields, const char *name) {
  const HeaderField *field = header_fields_first(fields, name);

  if (!field)
    return NULL;
  gsize len = MIN(field->raw_len, MESSAGE_PART_HEADER_MAX);
  if (message->n_header_bytes + len > MESSAGE_PART_HEADERS_MAX) {
    message_add_problem(message, "more than 4 MiB of Content- headers: the parts that follow are read as text");
    return NULL;
  }
  message->n_header_bytes += len;
  return header_text_unfold(field->raw, len, NULL);
}

/* A token, in lower case (RFC 2045 5.1); NULL when it is none, for it will stand in headers of others. */
static char *lower_token(const char *text) {
  if (!text || !*text || strlen(text) > 100)
    return NULL;
  for (const char *at = text; *at; at++)
    if (!g_ascii_isgraph(*at) || strchr("()<>@,;:\\\"/[]?=", *at))
      return NULL;
  return g_ascii_strdown(text, -1);
}

/* The token at the start of a text, for what follows it by mistake, such as a second type, does not belong to it. */
static char *first_token(const char *text) {
  text += strspn(text, " \t\"'");
  g_autofree char *token = g_strndup(text, strcspn(text, " \t\"',;/"));
  return lower_token(token);
}

/* RFC 2045 5.2: no type, or one that is none, is plain text; in a digest no type is a message (RFC 2046 5.1.5). */
static void read_content_type(Message *message, const GArray *fields, const MessagePart *parent, MessagePart *part,
                              char **boundary, PartHeader *header) {
  g_autofree char *value = read_field(message, fields, "Content-Type");
  gboolean in_digest = parent && strcmp(parent->content_type, "multipart/digest") == 0;
  g_autofree char *media_type = NULL;
  g_autofree char *media_subtype = NULL;

  if (value && strchr(value, '/')) {
    g_autoptr(MimeField) field = mime_field_parse(value);
    const char *slash = strchr(field->value, '/');
    g_autofree char *charset = mime_field_parameter(field, "charset");
    g_autofree char *format = mime_field_parameter(field, "format");
    g_autofree char *del_sp = mime_field_parameter(field, "delsp");
    media_type = slash ? first_token(field->value) : NULL;
    media_subtype = slash ? first_token(slash + 1) : NULL;
    part->charset = charset ? first_token(charset) : NULL;
    part->file_name = mime_field_parameter(field, "name");
    part->is_flowed = format && g_ascii_strcasecmp(format, "flowed") == 0;
    part->has_del_sp = del_sp && g_ascii_strcasecmp(del_sp, "yes") == 0;
    *boundary = mime_field_parameter(field, "boundary");
  }
  if (media_type && media_subtype)
    part->content_type = g_strconcat(media_type, "/", media_subtype, NULL);
  else
    part->content_type = g_strdup(in_digest && !value ? "message/rfc822" : "text/plain");
  header->is_multipart = g_str_has_prefix(part->content_type, "multipart/");
  part->is_flowed &= strcmp(part->content_type, "text/plain") == 0;
  if (!header->is_multipart)
    g_clear_pointer(boundary, g_free);
  else if (!*boundary)
    *boundary = g_strdup("");
}

static void read_disposition(Message *message, const GArray *fields, MessagePart *part, PartHeader *header) {
  g_autofree char *value = read_field(message, fields, "Content-Disposition");

  if (!value || !*value)
    return;
  g_autoptr(MimeField) field = mime_field_parse(value);
  char *name = mime_field_parameter(field, "filename");
  header->is_inline = g_ascii_strcasecmp(field->value, "inline") == 0;
  header->is_attachment = *field->value && !header->is_inline;
  if (name) {
    g_free(part->file_name);
    part->file_name = name;
  }
}

static TransferEncoding read_encoding(Message *message, const GArray *fields) {
  TransferEncoding encoding;
  g_autofree char *value = read_field(message, fields, "Content-Transfer-Encoding");

  if (value)
    value[strcspn(value, "\t;(")] = '\0';
  transfer_encoding_find(value ? g_strstrip(value) : NULL, &encoding);
  return encoding;
}

static char *read_content_id(Message *message, const GArray *fields) {
  g_autofree char *value = read_field(message, fields, "Content-ID");

  if (!value)
    return NULL;
  char *start = *value == '<' ? value + 1 : value;
  start[strcspn(start, ">")] = '\0';
  g_strstrip(start);
  return *start ? g_strdup(start) : NULL;
}

/* Other forms of the text that are there for programs of some kinds, next to the plain text and the HTML. */
static gboolean is_other_form(const char *content_type) {
  static const char *const types[] = {"text/x-amp-html", "text/watch-html", "text/enriched",
                                      "text/richtext",   "text/markdown",   NULL};

  return g_strv_contains(types, content_type);
}

static gboolean is_alternative(const MessagePart *part) {
  return part && strcmp(part->content_type, "multipart/alternative") == 0;
}

/* Where the text of a message is: the message itself, the first part of a multipart there, and all of an alternative
 * there. Some programs give the text a file name, which does not make it a file. */
static gboolean is_where_texts_are(const Message *message, const MessagePart *parent) {
  if (!parent)
    return TRUE;
  gboolean is_first = g_ptr_array_index(message->parts, message->parts->len - 1) == parent;
  return parent->is_where_texts_are && (is_first || is_alternative(parent));
}

static MessagePartKind decide_kind(const MessagePart *part, const MessagePart *parent, const PartHeader *header) {
  gboolean is_html = strcmp(part->content_type, "text/html") == 0;
  gboolean is_text = strcmp(part->content_type, "text/plain") == 0 || header->is_multipart ||
                     (!parent && !is_html && g_str_has_prefix(part->content_type, "text/"));
  gboolean is_body = !part->file_name || part->is_where_texts_are || is_alternative(parent);

  if ((is_html || is_text) && !header->is_attachment && is_body)
    return is_html ? MESSAGE_PART_HTML : MESSAGE_PART_TEXT;
  if (is_alternative(parent) && !header->is_attachment && is_other_form(part->content_type))
    return MESSAGE_PART_ALTERNATIVE;
  gboolean is_related = parent && strcmp(parent->content_type, "multipart/related") == 0;
  if (header->is_inline || (!header->is_attachment && (part->content_id || is_related)))
    return MESSAGE_PART_INLINE;
  return MESSAGE_PART_ATTACHMENT;
}

MessagePart *message_part_new(Message *message, const GArray *fields, const MessagePart *parent, char **boundary) {
  MessagePart *part = g_new0(MessagePart, 1);
  PartHeader header = {0};

  read_content_type(message, fields, parent, part, boundary, &header);
  read_disposition(message, fields, part, &header);
  if (header.is_attachment && *boundary && !**boundary) /* a file, of which nobody says where its parts begin */
    g_clear_pointer(boundary, g_free);
  part->encoding = read_encoding(message, fields);
  part->content_id = read_content_id(message, fields);
  if (part->file_name) {
    g_autofree char *name = part->file_name;
    part->file_name = file_name_safe(name);
  }
  part->is_where_texts_are = is_where_texts_are(message, parent);
  part->kind = *boundary ? MESSAGE_PART_CONTAINER : decide_kind(part, parent, &header);
  return part;
}

GArray *message_part_fields(const Message *message, const MessagePart *part) {
  GArray *fields = g_array_new(FALSE, FALSE, sizeof(HeaderField));

  header_fields_split(message->start + part->header_offset, message->start + part->body_offset, NULL, NULL, fields);
  return fields;
}

void message_part_free(MessagePart *part) {
  if (!part)
    return;
  g_free(part->part_id);
  g_free(part->content_type);
  g_free(part->charset);
  g_free(part->file_name);
  g_free(part->content_id);
  g_free(part);
}
