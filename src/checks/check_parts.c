/* MIME: types, boundaries, encodings, character sets, pictures and files. */
#include "checks/checks_private.h"
#include "message/charset.h"
#include "message/file_name.h"
#include "message/html_addresses.h"
#include "message/mime_field.h"
#include <string.h>

enum { MAIL_BYTES_LARGE = 25 * 1000 * 1000 };

/* --- one part */

/* Where the part's header has the field, or begins. */
static const char *place_of(const Checks *checks, const MessagePart *part, const GArray *fields, const char *name) {
  const HeaderField *field = header_fields_first(fields, name);
  gsize len;

  return field ? field->name : (const char *)message_bytes(checks->message, &len) + part->header_offset;
}

static gboolean is_one_of(const char *word, const char *const *words) {
  return g_strv_contains(words, word);
}

/* Plain text that begins as a multipart does: its header got lost, most likely by a blank line in front of it. */
static gboolean looks_like_multipart(const char *body, gsize len) {
  static const char field[] = "Content-";
  const char *end = body + len;

  while (body < end && g_ascii_isspace(*body))
    body++;
  const char *lf = end - body > 2 && body[0] == '-' && body[1] == '-' ? memchr(body, '\n', (gsize)(end - body)) : NULL;
  return lf && (gsize)(end - lf) > strlen(field) && g_ascii_strncasecmp(lf + 1, field, strlen(field)) == 0;
}

static void check_type(Checks *checks, const MessagePart *part, const GArray *fields, const char *body) {
  g_autofree char *type = message_field_word(checks->message, fields, "Content-Type");
  gboolean is_multipart = g_str_has_prefix(part->content_type, "multipart/");

  if (type && strcmp(type, part->content_type) != 0 && strcmp(part->content_type, "text/plain") == 0)
    checks_add_at(checks, RULE_CONTENT_TYPE_UNREADABLE, place_of(checks, part, fields, "Content-Type"), type);
  if (is_multipart &&
      (part->is_guessed || (part->kind != MESSAGE_PART_CONTAINER && part->kind != MESSAGE_PART_ATTACHMENT)))
    checks_add_at(checks, RULE_BOUNDARY_MISSING, place_of(checks, part, fields, "Content-Type"), part->content_type);
  if (part->kind == MESSAGE_PART_TEXT && !is_multipart && looks_like_multipart(body, part->body_len))
    checks_add_at(checks, RULE_MULTIPART_UNDECLARED, body, NULL);
}

static void check_parameter_faults(Checks *checks, const HeaderField *field, const char *value,
                                   MimeFieldFaults faults) {
  static const MimeFieldFaults form = MIME_FIELD_UNQUOTED | MIME_FIELD_QUOTES | MIME_FIELD_TWICE | MIME_FIELD_SEPARATOR;
  g_autofree char *name = g_strndup(field->name, field->name_len);
  g_autofree char *detail = g_strdup_printf("%s: %s", name, value);

  if (faults & form)
    checks_add_at(checks, RULE_PARAMETER_FORM, field->name, detail);
  if (faults & MIME_FIELD_WORD)
    checks_add_at(checks, RULE_PARAMETER_WORD, field->name, detail);
  if ((faults & MIME_FIELD_8BIT) && !g_str_has_prefix(checks->envelope->protocol, "UTF8")) /* RFC 6532 */
    checks_add_at(checks, RULE_PARAMETER_8BIT, field->name, detail);
}

/* The parameter of the first field of this name; NULL: there is none. */
static char *check_parameters(Checks *checks, const GArray *fields, const char *name, const char *parameter) {
  const HeaderField *field = header_fields_first(fields, name);

  if (!field || field->raw_len > MESSAGE_PART_HEADER_MAX)
    return NULL;
  g_autofree char *value = message_field_value(checks->message, field);
  g_autoptr(MimeField) parsed = mime_field_parse(value);
  check_parameter_faults(checks, field, value, parsed->faults);
  return mime_field_parameter(parsed, parameter);
}

static void check_names(Checks *checks, const MessagePart *part, const GArray *fields) {
  g_autofree char *name = check_parameters(checks, fields, "Content-Type", "name");
  g_autofree char *file_name = check_parameters(checks, fields, "Content-Disposition", "filename");
  const char *used = file_name ? file_name : name;

  if (name && file_name && strcmp(name, file_name) != 0) {
    g_autofree char *both = g_strdup_printf("name: %s, filename: %s", name, file_name);
    checks_add_at(checks, RULE_FILE_NAMES_DIFFER, place_of(checks, part, fields, "Content-Disposition"), both);
  }
  g_autofree char *safe = used ? file_name_safe(used) : NULL;
  if (used && strlen(used) <= FILE_NAME_BYTES_MAX && g_strcmp0(safe, used) != 0)
    checks_add_at(checks, RULE_FILE_NAME_UNSAFE, place_of(checks, part, fields, "Content-Disposition"), used);
  if (part->file_name && (part->kind == MESSAGE_PART_TEXT || part->kind == MESSAGE_PART_HTML))
    checks_add_at(checks, RULE_BODY_NAMED, place_of(checks, part, fields, "Content-Disposition"), part->file_name);
}

static gboolean has_8bit(const char *bytes, gsize len) {
  for (gsize i = 0; i < len; i++)
    if ((guchar)bytes[i] > 127)
      return TRUE;
  return FALSE;
}

/* What is wrong with base64 or quoted-printable, in words. */
static void check_encoded(Checks *checks, const MessagePart *part, const char *body) {
  static const struct {
    TransferFaults fault;
    const char *text;
  } rows[] = {
      {TRANSFER_FAULT_PADDING, "data follows the padding"},
      {TRANSFER_FAULT_UNPADDED, "the padding is missing"},
      {TRANSFER_FAULT_ALPHABET, "characters outside the alphabet"},
      {TRANSFER_FAULT_ESCAPE, "a = without two hexadecimal digits"},
      {TRANSFER_FAULT_LOWER, "hexadecimal digits in lower case"},
      {TRANSFER_FAULT_BLANKS, "spaces at the end of a line"},
  };
  TransferFaults faults = 0;
  g_autoptr(GString) found = g_string_new(NULL);
  CheckRule rule = part->encoding == TRANSFER_BASE64 ? RULE_BASE64_FORM : RULE_QUOTED_PRINTABLE_FORM;

  if (part->encoding != TRANSFER_BASE64 && part->encoding != TRANSFER_QUOTED_PRINTABLE)
    return;
  g_bytes_unref(transfer_encoding_decode(part->encoding, body, part->body_len, G_MAXSIZE, FALSE, &faults));
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
    if (faults & rows[i].fault)
      g_string_append_printf(found, "%s%s", found->len > 0 ? "; " : "", rows[i].text);
  if (found->len > 0)
    checks_add_at(checks, rule, body, found->str);
  if (faults & TRANSFER_FAULT_LINE)
    checks_add_at(checks, RULE_ENCODED_LINE_LONG, body, part->content_type);
}

static void check_encoding(Checks *checks, const MessagePart *part, const GArray *fields, const char *body) {
  g_autofree char *word = message_field_word(checks->message, fields, "Content-Transfer-Encoding");
  gboolean is_7bit = !word || strcmp(word, "7bit") == 0;
  TransferEncoding encoding;

  if (!transfer_encoding_find(word, &encoding))
    checks_add_at(checks, RULE_ENCODING_UNKNOWN, place_of(checks, part, fields, "Content-Transfer-Encoding"), word);
  if (part->kind == MESSAGE_PART_CONTAINER && encoding != TRANSFER_PLAIN)
    checks_add_at(checks, RULE_MULTIPART_ENCODED, place_of(checks, part, fields, "Content-Transfer-Encoding"), word);
  if (part->kind != MESSAGE_PART_CONTAINER && is_7bit && has_8bit(body, part->body_len))
    checks_add_at(checks, RULE_8BIT_UNDECLARED, place_of(checks, part, fields, "Content-Transfer-Encoding"),
                  part->content_type);
  if (part->kind != MESSAGE_PART_CONTAINER)
    check_encoded(checks, part, body);
}

static void check_charset(Checks *checks, const MessagePart *part, const GArray *fields) {
  if (!part->charset)
    return;
  g_autoptr(GBytes) bytes = message_part_decode(checks->message, part);
  gsize len;
  const char *text = g_bytes_get_data(bytes, &len);
  CharsetFaults faults = charset_check(text, len, part->charset);
  if (faults.is_unknown)
    checks_add_at(checks, RULE_CHARSET_UNKNOWN, place_of(checks, part, fields, "Content-Type"), part->charset);
  if (faults.is_wrong)
    checks_add_at(checks, RULE_CHARSET_WRONG, place_of(checks, part, fields, "Content-Type"), part->charset);
  if (faults.is_open)
    checks_add_at(checks, RULE_CHARSET_OPEN, place_of(checks, part, fields, "Content-Type"), part->charset);
  if (faults.has_extensions)
    checks_add_at(checks, RULE_CHARSET_EXTENSION, place_of(checks, part, fields, "Content-Type"), part->charset);
}

/* By the extension, as those who reject them do. */
static void check_file(Checks *checks, const MessagePart *part, const GArray *fields) {
  static const char *const rejected[] = {"ade", "adp", "apk", "appx", "bat", "cab", "chm", "cmd", "com", "cpl", "dll",
                                         "dmg", "exe", "hta", "ins",  "iso", "isp", "jar", "js",  "jse", "lib", "lnk",
                                         "mde", "msc", "msi", "msix", "msp", "mst", "nsh", "pif", "ps1", "scr", "sct",
                                         "shb", "sys", "vb",  "vbe",  "vbs", "vhd", "vxd", "wsc", "wsf", "xll", NULL};
  const char *dot = part->file_name ? strrchr(part->file_name, '.') : NULL;
  g_autofree char *extension = g_ascii_strdown(dot ? dot + 1 : "", -1);

  if (is_one_of(extension, rejected))
    checks_add_at(checks, RULE_FILE_REJECTED, place_of(checks, part, fields, "Content-Disposition"), part->file_name);
  if (g_str_has_prefix(part->content_type, "image/") && part->body_len > CHECK_PICTURE_BYTES_LARGE) {
    g_autoptr(GBytes) bytes = message_part_decode(checks->message, part);
    if (g_bytes_get_size(bytes) > CHECK_PICTURE_BYTES_LARGE)
      checks_add_at(checks, RULE_PICTURE_LARGE, place_of(checks, part, fields, "Content-Disposition"),
                    part->file_name ? part->file_name : part->content_type);
  }
}

/* --- all parts */

/* The message ends where a multipart does: its last boundary did not come. */
static gboolean is_open(const MessagePart *part, const char *bytes, gsize len) {
  gsize end = part->body_offset + part->body_len;

  while (end < len && (bytes[end] == '\r' || bytes[end] == '\n'))
    end++;
  return part->kind == MESSAGE_PART_CONTAINER && end >= len;
}

static void check_alternatives(Checks *checks) {
  const GPtrArray *parts = message_parts(checks->message);
  gboolean has_text = FALSE;
  gboolean has_html = FALSE;
  guint alternative_depth = 0; /* of what is in the multipart/alternative last begun; 0: none */

  for (guint i = 0; i < parts->len; i++) {
    const MessagePart *part = g_ptr_array_index(parts, i);
    if (part->depth < alternative_depth)
      alternative_depth = 0;
    if (strcmp(part->content_type, "multipart/alternative") == 0)
      alternative_depth = part->depth + 1;
    if (part->kind == MESSAGE_PART_TEXT && has_html && !has_text && alternative_depth == part->depth && part->depth > 0)
      checks_add(checks, RULE_TEXT_AFTER_HTML, NULL);
    has_text |= part->kind == MESSAGE_PART_TEXT;
    has_html |= part->kind == MESSAGE_PART_HTML;
  }
  if (has_html && !has_text)
    checks_add(checks, RULE_NO_TEXT_PART, NULL);
}

/* FALSE: the part is not shown by this address. */
static gboolean check_shown(Checks *checks, const HtmlAddress *address, gsize len, GHashTable *shown) {
  OwnPartMatch match = OWN_PART_BY_ID;
  g_autofree char *text = html_address_read(address, len);
  const MessagePart *part = own_parts_find(checks->parts, text, &match);

  if (!part)
    return FALSE;
  g_hash_table_add(shown, (gpointer)part);
  if (match == OWN_PART_BY_LIKE_ID)
    checks_add_at(checks, RULE_PICTURE_LIKE_ID, address->start, text);
  else if (match != OWN_PART_BY_ID)
    checks_add_at(checks, RULE_PICTURE_BY_NAME, address->start, text);
  return TRUE;
}

/* Parts that the HTML names, and those that there are. */
static void check_pictures(Checks *checks) {
  g_autoptr(GHashTable) shown = g_hash_table_new(NULL, NULL);
  g_autoptr(GHashTable) missing = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  const GPtrArray *parts = message_parts(checks->message);
  HtmlAddressReader reader;
  HtmlAddress address;

  html_address_reader_init(&reader, checks->html);
  while (html_address_reader_next(&reader, &address)) {
    gboolean is_id = address.len >= 4 && g_ascii_strncasecmp(address.start, "cid:", 4) == 0;
    if ((address.kind == HTML_ADDRESS_LINK && !is_id) || check_shown(checks, &address, address.len, shown) ||
        (address.short_len < address.len && check_shown(checks, &address, address.short_len, shown)) || !is_id)
      continue;
    char *id = html_address_read(&address, address.short_len);
    if (g_hash_table_add(missing, id))
      checks_add_at(checks, RULE_PICTURE_MISSING, address.start, id + strlen("cid:"));
  }
  for (guint i = 0; i < parts->len; i++) {
    const MessagePart *part = g_ptr_array_index(parts, i);
    if (part->kind != MESSAGE_PART_INLINE || !part->content_id || g_hash_table_contains(shown, part))
      continue;
    g_autoptr(GArray) fields = message_part_fields(checks->message, part);
    checks_add_at(checks, RULE_PICTURE_UNUSED, place_of(checks, part, fields, "Content-ID"),
                  part->file_name ? part->file_name : part->content_id);
  }
}

/* Where AMP stands: a form of the text beside others, before the HTML. */
static void check_amp(Checks *checks) {
  const GPtrArray *parts = message_parts(checks->message);
  gboolean has_amp = FALSE;
  gboolean has_other = FALSE;
  gboolean is_last = FALSE;

  for (guint i = 0; i < parts->len; i++) {
    const MessagePart *part = g_ptr_array_index(parts, i);
    gboolean is_amp = strcmp(part->content_type, "text/x-amp-html") == 0;
    gboolean is_other = part->kind == MESSAGE_PART_TEXT || part->kind == MESSAGE_PART_HTML;
    has_amp |= is_amp;
    has_other |= is_other && !is_amp;
    if (is_amp || part->kind == MESSAGE_PART_HTML)
      is_last = is_amp;
  }
  if (has_amp && !has_other)
    checks_add(checks, RULE_AMP_ALONE, NULL);
  else if (is_last && checks->html)
    checks_add(checks, RULE_AMP_AFTER_HTML, NULL);
}

void checks_parts(Checks *checks) {
  const GPtrArray *parts = message_parts(checks->message);
  gsize len;
  const char *bytes = (const char *)message_bytes(checks->message, &len);

  for (guint i = 0; i < parts->len; i++) {
    const MessagePart *part = g_ptr_array_index(parts, i);
    g_autoptr(GArray) fields = message_part_fields(checks->message, part);
    check_type(checks, part, fields, bytes + part->body_offset);
    check_names(checks, part, fields);
    check_encoding(checks, part, fields, bytes + part->body_offset);
    if (part->kind == MESSAGE_PART_TEXT || part->kind == MESSAGE_PART_HTML)
      check_charset(checks, part, fields);
    else if (part->kind != MESSAGE_PART_CONTAINER)
      check_file(checks, part, fields);
    if (checks->counts[RULE_MULTIPART_OPEN] == 0 && is_open(part, bytes, len))
      checks_add(checks, RULE_MULTIPART_OPEN, NULL);
  }
  check_alternatives(checks);
  check_amp(checks);
  if (checks->html)
    check_pictures(checks);
  if (len > MAIL_BYTES_LARGE)
    checks_add(checks, RULE_MAIL_LARGE, NULL);
}
