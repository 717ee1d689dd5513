/* What a part is, by the fields of its header (RFC 2045 5 and 6, RFC 2183). */
#include "message/charset.h"
#include "message/encoded_words.h"
#include "message/file_name.h"
#include "message/gmime_ready.h"
#include "message/header_text.h"
#include "message/message_private.h"
#include <gmime/gmime.h>
#include <string.h>

/* What the header says, for as long as the kind is being decided. */
typedef struct PartHeader {
  gboolean is_multipart;
  gboolean is_inline;     /* Content-Disposition: inline */
  gboolean is_attachment; /* Content-Disposition, anything else */
} PartHeader;

/* The sets that parameters name (RFC 2231 4: name*=set'language'text), by their converters' names, and UTF-8 for those
 * that are not known: GMime would remember any name for good. */
static char *tame_parameter_charsets(const char *value) {
  GString *tame = g_string_sized_new(strlen(value));
  while (*value) {
    const char *start = strstr(value, "*=");
    g_string_append_len(tame, value, start ? start + 2 - value : (gssize)strlen(value));
    if (!start)
      break;
    value = start + 2;
    gsize n_before = strspn(value, " \t\"");
    gsize len = strcspn(value + n_before, "' \t;\"");
    if (len == 0 || value[n_before + len] != '\'')
      continue;
    g_autofree char *name = g_strndup(value + n_before, len);
    const char *converter = charset_find(name);
    g_string_append_len(tame, value, (gssize)n_before);
    g_string_append(tame, converter ? converter : "UTF-8");
    value += n_before + len;
  }
  return g_string_free(tame, FALSE);
}

/* Unfolded; NULL: there is no such field, or too much was read already. */
static char *read_field(Message *message, const GArray *fields, const char *name) {
  const HeaderField *field = header_fields_first(fields, name);
  if (!field)
    return NULL;
  gsize len = MIN(field->raw_len, MESSAGE_PART_HEADER_MAX);
  if (message->n_header_octets + len > MESSAGE_PART_HEADERS_MAX) {
    message_add_problem(message, "more than 4 MiB of Content- headers: the parts that follow are read as text");
    return NULL;
  }
  message->n_header_octets += len;
  g_autofree char *value = header_text_unfold(field->raw, len, NULL);
  g_autofree char *simple = encoded_words_simplify(value);
  return tame_parameter_charsets(simple);
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

static char *decode_parameter(const char *value) {
  if (!value || !*value)
    return NULL;
  return g_utf8_make_valid(value, -1);
}

/* RFC 2045 5.2: no type, or one that is none, is plain text; in a digest no type is a mail (RFC 2046 5.1.5). */
static void read_content_type(Message *message, const GArray *fields, const MessagePart *parent, MessagePart *part,
                              char **boundary, PartHeader *header) {
  g_autofree char *value = read_field(message, fields, "Content-Type");
  gboolean in_digest = parent && strcmp(parent->content_type, "multipart/digest") == 0;
  g_autofree char *media_type = NULL;
  g_autofree char *media_subtype = NULL;
  if (value && strchr(value, '/')) {
    GMimeContentType *type = g_mime_content_type_parse(g_mime_parser_options_get_default(), value);
    media_type = lower_token(g_mime_content_type_get_media_type(type));
    media_subtype = lower_token(g_mime_content_type_get_media_subtype(type));
    part->charset = lower_token(g_mime_content_type_get_parameter(type, "charset"));
    part->file_name = decode_parameter(g_mime_content_type_get_parameter(type, "name"));
    *boundary = decode_parameter(g_mime_content_type_get_parameter(type, "boundary"));
    g_object_unref(type);
  }
  if (media_type && media_subtype)
    part->content_type = g_strconcat(media_type, "/", media_subtype, NULL);
  else
    part->content_type = g_strdup(in_digest && !value ? "message/rfc822" : "text/plain");
  header->is_multipart = g_str_has_prefix(part->content_type, "multipart/");
  if (!header->is_multipart)
    g_clear_pointer(boundary, g_free);
  if (*boundary)
    g_strchomp(*boundary);
  if (*boundary && !**boundary)
    g_clear_pointer(boundary, g_free);
}

static void read_disposition(Message *message, const GArray *fields, MessagePart *part, PartHeader *header) {
  g_autofree char *value = read_field(message, fields, "Content-Disposition");
  if (!value || !*value)
    return;
  GMimeContentDisposition *disposition = g_mime_content_disposition_parse(g_mime_parser_options_get_default(), value);
  const char *word = g_mime_content_disposition_get_disposition(disposition);
  char *name = decode_parameter(g_mime_content_disposition_get_parameter(disposition, "filename"));
  header->is_inline = word && g_ascii_strcasecmp(word, "inline") == 0;
  header->is_attachment = word && !header->is_inline;
  if (name) {
    g_free(part->file_name);
    part->file_name = name;
  }
  g_object_unref(disposition);
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

/* A text with a file name is no text of the mail, unless it comes first: some programs name the text itself. */
static MessagePartKind decide_kind(const Message *message, const MessagePart *part, const MessagePart *parent,
                                   const PartHeader *header) {
  gboolean is_first = TRUE;
  for (guint i = 0; is_first && i < message->parts->len; i++)
    is_first = ((const MessagePart *)g_ptr_array_index(message->parts, i))->kind == MESSAGE_PART_CONTAINER;
  gboolean is_html = strcmp(part->content_type, "text/html") == 0;
  gboolean is_text = strcmp(part->content_type, "text/plain") == 0 || header->is_multipart ||
                     (!parent && !is_html && g_str_has_prefix(part->content_type, "text/"));
  if ((is_html || is_text) && !header->is_attachment && (!part->file_name || (is_first && !header->is_inline)))
    return is_html ? MESSAGE_PART_HTML : MESSAGE_PART_TEXT;
  gboolean is_related = parent && strcmp(parent->content_type, "multipart/related") == 0;
  if (header->is_inline || (!header->is_attachment && (part->content_id || is_related)))
    return MESSAGE_PART_INLINE;
  return MESSAGE_PART_ATTACHMENT;
}

MessagePart *message_part_new(Message *message, const GArray *fields, const MessagePart *parent, char **boundary) {
  MessagePart *part = g_new0(MessagePart, 1);
  PartHeader header = {0};
  gmime_ready();
  read_content_type(message, fields, parent, part, boundary, &header);
  read_disposition(message, fields, part, &header);
  part->encoding = read_encoding(message, fields);
  part->content_id = read_content_id(message, fields);
  if (part->file_name) {
    g_autofree char *name = part->file_name;
    part->file_name = file_name_safe(name);
  }
  part->kind = *boundary ? MESSAGE_PART_CONTAINER : decide_kind(message, part, parent, &header);
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
