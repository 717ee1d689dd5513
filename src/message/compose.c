#include "message/compose.h"
#include "message/gmime_ready.h"
#include "message/sniff.h"
#include <gmime/gmime.h>
#include <string.h>

Compose *compose_new(void) {
  Compose *compose = g_new0(Compose, 1);

  compose->to = g_ptr_array_new_with_free_func((GDestroyNotify)mail_address_free);
  compose->cc = g_ptr_array_new_with_free_func((GDestroyNotify)mail_address_free);
  compose->reply_to = g_ptr_array_new_with_free_func((GDestroyNotify)mail_address_free);
  compose->attachments = g_ptr_array_new_with_free_func((GDestroyNotify)compose_attachment_free);
  compose->headers = g_ptr_array_new_with_free_func((GDestroyNotify)compose_header_free);
  return compose;
}

void compose_free(Compose *compose) {
  if (!compose)
    return;
  mail_address_free(compose->from);
  g_ptr_array_unref(compose->to);
  g_ptr_array_unref(compose->cc);
  g_ptr_array_unref(compose->reply_to);
  g_free(compose->subject);
  g_free(compose->text);
  g_free(compose->html);
  g_ptr_array_unref(compose->attachments);
  g_ptr_array_unref(compose->headers);
  g_free(compose);
}

void compose_attachment_free(ComposeAttachment *attachment) {
  if (!attachment)
    return;
  g_clear_pointer(&attachment->content, g_bytes_unref);
  g_free(attachment->file_name);
  g_free(attachment->content_type);
  g_free(attachment->content_id);
  g_free(attachment);
}

void compose_header_free(ComposeHeader *header) {
  g_free(header->name);
  g_free(header->value);
  g_free(header);
}

const char *compose_header_problem(const char *name, const char *value) {
  static const char *const own[] = {"From", "To", "Cc", "Bcc", "Reply-To", "Date", "Subject", "MIME-Version"};

  for (gsize i = 0; i < G_N_ELEMENTS(own); i++)
    if (g_ascii_strcasecmp(name, own[i]) == 0)
      return "it is made of the other fields";
  if (g_ascii_strncasecmp(name, "Content-", strlen("Content-")) == 0)
    return "it is made of the other fields";
  if (*name == '\0' || strlen(name) > 200)
    return "a header's name has 1 to 200 characters";
  for (const char *at = name; *at != '\0'; at++)
    if (!g_ascii_isgraph(*at) || *at == ':')
      return "a header's name has no spaces, colons or characters beyond ASCII";
  for (const char *at = value; *at != '\0'; at++)
    if (g_ascii_iscntrl(*at) && *at != '\t')
      return "a header's value has no line ends or other control characters";
  return NULL;
}

/* --- parts */

static GMimeObject *make_text(const char *subtype, const char *text) {
  GMimeTextPart *part = g_mime_text_part_new_with_subtype(subtype);

  g_mime_text_part_set_text(part, text);
  return GMIME_OBJECT(part);
}

static GMimeObject *make_attachment(const ComposeAttachment *attachment) {
  gsize len;
  const char *bytes = g_bytes_get_data(attachment->content, &len);
  const char *wanted = attachment->content_type ? attachment->content_type : sniff_content_type(bytes, len);
  GMimeContentType *type = g_mime_content_type_parse(NULL, wanted);
  GMimePart *part = g_mime_part_new();
  GMimeStream *stream = g_mime_stream_mem_new_with_buffer(bytes ? bytes : "", len);
  GMimeDataWrapper *content = g_mime_data_wrapper_new_with_stream(stream, GMIME_CONTENT_ENCODING_BINARY);

  g_mime_object_set_content_type(GMIME_OBJECT(part), type);
  g_mime_part_set_content(part, content);
  g_mime_part_set_content_encoding(part, GMIME_CONTENT_ENCODING_BASE64);
  g_mime_object_set_disposition(GMIME_OBJECT(part), attachment->content_id ? "inline" : "attachment");
  if (attachment->content_id)
    g_mime_object_set_content_id(GMIME_OBJECT(part), attachment->content_id);
  if (attachment->file_name && *attachment->file_name != '\0')
    g_mime_part_set_filename(part, attachment->file_name);
  g_object_unref(type);
  g_object_unref(content);
  g_object_unref(stream);
  return GMIME_OBJECT(part);
}

/* Takes both. */
static void add_part(GMimeMultipart *multipart, GMimeObject *part) {
  g_mime_multipart_add(multipart, part);
  g_object_unref(part);
}

/* Puts `first` and the attachments of a kind into a multipart, if there are any. Takes `first`. */
static GMimeObject *wrap(GMimeObject *first, const Compose *compose, const char *subtype, gboolean is_inline) {
  GMimeMultipart *multipart = NULL;

  for (guint i = 0; i < compose->attachments->len; i++) {
    const ComposeAttachment *attachment = g_ptr_array_index(compose->attachments, i);
    if ((attachment->content_id != NULL) != is_inline)
      continue;
    if (!multipart) {
      multipart = g_mime_multipart_new_with_subtype(subtype);
      add_part(multipart, first);
    }
    add_part(multipart, make_attachment(attachment));
  }
  return multipart ? GMIME_OBJECT(multipart) : first;
}

static GMimeObject *make_body(const Compose *compose) {
  GMimeObject *html = *compose->html != '\0' ? make_text("html", compose->html) : NULL;
  GMimeObject *body = html ? wrap(html, compose, "related", TRUE) : NULL;

  if (!html || *compose->text != '\0') {
    GMimeObject *text = make_text("plain", compose->text);
    if (html) {
      GMimeMultipart *alternative = g_mime_multipart_new_with_subtype("alternative");
      add_part(alternative, text);
      add_part(alternative, body);
      body = GMIME_OBJECT(alternative);
    } else {
      body = wrap(text, compose, "related", TRUE);
    }
  }
  return wrap(body, compose, "mixed", FALSE);
}

/* --- the whole */

static void add_addresses(GMimeMessage *message, GMimeAddressType type, const GPtrArray *addresses) {
  for (guint i = 0; i < addresses->len; i++) {
    const MailAddress *address = g_ptr_array_index(addresses, i);
    g_mime_message_add_mailbox(message, type, *address->name != '\0' ? address->name : NULL, address->address);
  }
}

enum { LINE_BYTES = 78, LINE_BYTES_MAX = 998 /* RFC 5322 2.1.1 */ };

/* A value in lines that are broken at spaces alone, as it is written behind "name:". NULL: it has to be encoded. */
static char *fold_value(const char *name, const char *value) {
  g_auto(GStrv) words = g_strsplit(value, " ", -1);
  g_autoptr(GString) folded = g_string_new(NULL);
  gsize column = strlen(name) + 1;

  if (!g_str_is_ascii(value))
    return NULL;
  for (char **word = words; *word; word++) {
    gsize n_bytes = strlen(*word);
    if (column + 1 + n_bytes > LINE_BYTES && n_bytes > 0 && folded->len > 0) {
      g_string_append_c(folded, '\n');
      column = 0;
    }
    g_string_append_printf(folded, " %s", *word);
    column += 1 + n_bytes;
    if (column > LINE_BYTES_MAX)
      return NULL;
  }
  return g_strdup_printf("%s\n", folded->str);
}

/* GMime encodes what is longer than a line: where links are looked for, as in List-Unsubscribe, nobody decodes it. */
static void set_header(GMimeMessage *message, const char *name, const char *value) {
  g_autofree char *folded = fold_value(name, value);

  g_mime_object_set_header(GMIME_OBJECT(message), name, value, "utf-8");
  if (folded)
    g_mime_header_set_raw_value(
        g_mime_header_list_get_header(g_mime_object_get_header_list(GMIME_OBJECT(message)), name), folded);
}

static void set_headers(GMimeMessage *message, const Compose *compose) {
  g_autofree char *uuid = g_uuid_string_random();
  g_autofree char *id = g_strdup_printf("%s@dsmtpd.invalid", uuid);
  g_autoptr(GDateTime) now = g_date_time_new_now_local();

  g_mime_message_add_mailbox(message, GMIME_ADDRESS_TYPE_FROM,
                             *compose->from->name != '\0' ? compose->from->name : NULL, compose->from->address);
  add_addresses(message, GMIME_ADDRESS_TYPE_TO, compose->to);
  add_addresses(message, GMIME_ADDRESS_TYPE_CC, compose->cc);
  add_addresses(message, GMIME_ADDRESS_TYPE_REPLY_TO, compose->reply_to);
  g_mime_message_set_subject(message, compose->subject, "utf-8");
  g_mime_message_set_date(message, now);
  g_mime_message_set_message_id(message, id);
  for (guint i = 0; i < compose->headers->len; i++) {
    const ComposeHeader *header = g_ptr_array_index(compose->headers, i);
    set_header(message, header->name, header->value);
  }
}

GBytes *compose_print(const Compose *compose) {
  gmime_ready();
  GMimeFormatOptions *format = g_mime_format_options_new();
  GMimeMessage *message = g_mime_message_new(FALSE);
  GMimeObject *body = make_body(compose);

  set_headers(message, compose);
  g_mime_message_set_mime_part(message, body);
  g_object_unref(body);
  g_mime_object_encode(GMIME_OBJECT(message), GMIME_ENCODING_CONSTRAINT_7BIT);
  g_mime_format_options_set_newline_format(format, GMIME_NEWLINE_FORMAT_UNIX);
  GMimeStream *stream = g_mime_stream_mem_new();
  g_mime_object_write_to_stream(GMIME_OBJECT(message), format, stream);
  GByteArray *bytes = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(stream));
  GBytes *printed = g_bytes_new(bytes->data, bytes->len);
  g_object_unref(stream);
  g_object_unref(message);
  g_mime_format_options_free(format);
  return printed;
}
