/* What is in a part: its transfer encoding undone, its text in UTF-8. */
#include "message/charset.h"
#include "message/flowed_text.h"
#include "message/html_text.h"
#include "message/message_private.h"
#include "message/transfer_encoding.h"
#include <string.h>

enum { META_BYTES = 2048 };

GBytes *message_part_decode_up_to(const Message *message, const MessagePart *part, gsize bytes_max) {
  if (part->kind == MESSAGE_PART_CONTAINER || part->encoding == TRANSFER_PLAIN)
    return g_bytes_new_from_bytes(message->bytes, message->offset + part->body_offset, MIN(part->body_len, bytes_max));
  gboolean is_text = part->kind == MESSAGE_PART_TEXT || part->kind == MESSAGE_PART_HTML;
  return transfer_encoding_decode(part->encoding, message->start + part->body_offset, part->body_len, bytes_max,
                                  is_text, NULL);
}

GBytes *message_part_decode(const Message *message, const MessagePart *part) {
  return message_part_decode_up_to(message, part, G_MAXSIZE);
}

/* The character set that HTML names itself, in a meta element near its start; NULL: none. */
static char *find_meta_charset(const char *html, gsize len) {
  g_autofree char *start = g_ascii_strdown(html, (gssize)MIN(len, META_BYTES));
  const char *meta = strstr(start, "<meta");
  const char *charset = meta ? strstr(meta, "charset=") : NULL;

  if (!charset)
    return NULL;
  charset += strlen("charset=");
  charset += strspn(charset, "\"' ");
  gsize name_len = strcspn(charset, "\"' />;");
  return name_len > 0 ? g_strndup(charset, name_len) : NULL;
}

/* CRLF becomes LF, and the mark of byte order goes. */
static char *tidy_text(char *text) {
  static const char mark[] = "\uFEFF";
  const char *in = g_str_has_prefix(text, mark) ? text + strlen(mark) : text;
  char *out = text;

  for (; *in; in++)
    if (*in != '\r' || in[1] != '\n')
      *out++ = *in;
  *out = '\0';
  return text;
}

char *message_part_text_up_to(const Message *message, const MessagePart *part, gsize bytes_max) {
  g_autoptr(GBytes) content = message_part_decode_up_to(message, part, bytes_max);
  gsize len;
  const char *bytes = g_bytes_get_data(content, &len);
  g_autofree char *meta = NULL;

  if (!part->charset && part->kind == MESSAGE_PART_HTML)
    meta = find_meta_charset(bytes ? bytes : "", len);
  char *text = tidy_text(charset_to_utf8(bytes, len, part->charset ? part->charset : meta, NULL));
  if (!part->is_flowed || part->kind != MESSAGE_PART_TEXT)
    return text;
  g_autofree char *flowed = text;
  return flowed_text_join(flowed, part->has_del_sp);
}

char *message_join(const Message *message, MessagePartKind kind, gsize bytes_max) {
  g_autoptr(GString) joined = NULL;

  for (guint i = 0; i < message->parts->len; i++) {
    const MessagePart *part = g_ptr_array_index(message->parts, i);
    if (part->kind != kind || (joined && joined->len >= bytes_max))
      continue;
    g_autofree char *text = message_part_text_up_to(message, part, bytes_max);
    if (!joined)
      joined = g_string_new(NULL);
    else if (joined->len > 0 && joined->str[joined->len - 1] != '\n')
      g_string_append_c(joined, '\n');
    g_string_append(joined, text);
  }
  return joined ? g_string_free(g_steal_pointer(&joined), FALSE) : NULL;
}

char *message_html(const Message *message) {
  return message_join(message, MESSAGE_PART_HTML, G_MAXSIZE);
}

char *message_plain_text(const Message *message) {
  return message_join(message, MESSAGE_PART_TEXT, G_MAXSIZE);
}

char *message_text(const Message *message) {
  char *text = message_plain_text(message);

  if (text)
    return text;
  g_autofree char *html = message_html(message);
  return html ? html_text(html, HTML_TEXT_LINES | HTML_TEXT_LINKS, G_MAXSIZE) : g_strdup("");
}

/* The HTML before the text, for it is what people see. */
