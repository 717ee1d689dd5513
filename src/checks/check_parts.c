/* MIME: types, boundaries, encodings, character sets, pictures and files. */
#include "checks/checks_private.h"
#include "message/charset.h"
#include "message/html_addresses.h"
#include <string.h>

enum { MAIL_OCTETS_LARGE = 25 * 1000 * 1000 };

/* --- one part */

static gboolean is_one_of(const char *word, const char *const *words) {
  return g_strv_contains(words, word);
}

static void check_type(Checks *checks, const MessagePart *part, const GArray *fields) {
  g_autofree char *type = message_field_word(checks->message, fields, "Content-Type");
  gboolean is_multipart = g_str_has_prefix(part->content_type, "multipart/");

  if (type && strcmp(type, part->content_type) != 0 && strcmp(part->content_type, "text/plain") == 0)
    checks_add(checks, RULE_CONTENT_TYPE_UNREADABLE, type);
  if (is_multipart && part->kind != MESSAGE_PART_CONTAINER && part->kind != MESSAGE_PART_ATTACHMENT)
    checks_add(checks, RULE_BOUNDARY_MISSING, part->content_type);
}

static gboolean has_8bit(const char *octets, gsize len) {
  for (gsize i = 0; i < len; i++)
    if ((guchar)octets[i] > 127)
      return TRUE;
  return FALSE;
}

static void check_encoding(Checks *checks, const MessagePart *part, const GArray *fields, const char *body) {
  static const char *const known[] = {"7bit",       "8bit",  "binary",   "quoted-printable", "base64",
                                      "x-uuencode", "x-uue", "uuencode", "x-unix-mode",      NULL};
  static const char *const whole[] = {"7bit", "8bit", "binary", NULL};
  g_autofree char *encoding = message_field_word(checks->message, fields, "Content-Transfer-Encoding");
  const char *word = encoding ? encoding : "7bit";

  if (!is_one_of(word, known))
    checks_add(checks, RULE_ENCODING_UNKNOWN, word);
  if (part->kind == MESSAGE_PART_CONTAINER && is_one_of(word, known) && !is_one_of(word, whole))
    checks_add(checks, RULE_MULTIPART_ENCODED, word);
  if (part->kind != MESSAGE_PART_CONTAINER && strcmp(word, "7bit") == 0 && has_8bit(body, part->body_len))
    checks_add(checks, RULE_8BIT_UNDECLARED, part->content_type);
}

/* What is declared as ASCII or UTF-8 can be proven wrong; of other sets everything is possible. */
static void check_charset(Checks *checks, const MessagePart *part) {
  if (!part->charset)
    return;
  const char *converter = charset_find(part->charset);
  if (!converter) {
    checks_add(checks, RULE_CHARSET_UNKNOWN, part->charset);
    return;
  }
  gboolean is_ascii = strcmp(part->charset, "us-ascii") == 0 || strcmp(part->charset, "ascii") == 0;
  if (!is_ascii && g_ascii_strcasecmp(converter, "UTF-8") != 0)
    return;
  g_autoptr(GBytes) octets = message_part_decode(checks->message, part);
  gsize len;
  const char *text = g_bytes_get_data(octets, &len);
  if (len > 0 && (is_ascii ? has_8bit(text, len) : !g_utf8_validate_len(text, len, NULL)))
    checks_add(checks, RULE_CHARSET_WRONG, part->charset);
}

/* By the extension, as those who refuse them do. */
static void check_file(Checks *checks, const MessagePart *part) {
  static const char *const refused[] = {"ade", "adp", "apk", "appx", "bat", "cab", "chm", "cmd", "com", "cpl", "dll",
                                        "dmg", "exe", "hta", "ins",  "iso", "isp", "jar", "js",  "jse", "lib", "lnk",
                                        "mde", "msc", "msi", "msix", "msp", "mst", "nsh", "pif", "ps1", "scr", "sct",
                                        "shb", "sys", "vb",  "vbe",  "vbs", "vhd", "vxd", "wsc", "wsf", "xll", NULL};
  const char *dot = part->file_name ? strrchr(part->file_name, '.') : NULL;
  g_autofree char *extension = g_ascii_strdown(dot ? dot + 1 : "", -1);

  if (is_one_of(extension, refused))
    checks_add(checks, RULE_FILE_REFUSED, part->file_name);
  if (g_str_has_prefix(part->content_type, "image/") && part->body_len > CHECK_PICTURE_OCTETS_LARGE) {
    g_autoptr(GBytes) octets = message_part_decode(checks->message, part);
    if (g_bytes_get_size(octets) > CHECK_PICTURE_OCTETS_LARGE)
      checks_add(checks, RULE_PICTURE_LARGE, part->file_name ? part->file_name : part->content_type);
  }
}

/* --- all parts */

/* The mail ends where a multipart does: its last boundary did not come. */
static gboolean is_open(const MessagePart *part, const char *octets, gsize len) {
  gsize end = part->body_offset + part->body_len;

  while (end < len && (octets[end] == '\r' || octets[end] == '\n'))
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
    checks_add(checks, RULE_PICTURE_LIKE_ID, text);
  else if (match != OWN_PART_BY_ID)
    checks_add(checks, RULE_PICTURE_BY_NAME, text);
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
      checks_add(checks, RULE_PICTURE_MISSING, id + strlen("cid:"));
  }
  for (guint i = 0; i < parts->len; i++) {
    const MessagePart *part = g_ptr_array_index(parts, i);
    if (part->kind == MESSAGE_PART_INLINE && part->content_id && !g_hash_table_contains(shown, part))
      checks_add(checks, RULE_PICTURE_UNUSED, part->file_name ? part->file_name : part->content_id);
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
  const char *octets = (const char *)message_octets(checks->message, &len);

  for (guint i = 0; i < parts->len; i++) {
    const MessagePart *part = g_ptr_array_index(parts, i);
    g_autoptr(GArray) fields = message_part_fields(checks->message, part);
    check_type(checks, part, fields);
    check_encoding(checks, part, fields, octets + part->body_offset);
    if (part->kind == MESSAGE_PART_TEXT || part->kind == MESSAGE_PART_HTML)
      check_charset(checks, part);
    else if (part->kind != MESSAGE_PART_CONTAINER)
      check_file(checks, part);
    if (checks->counts[RULE_MULTIPART_OPEN] == 0 && is_open(part, octets, len))
      checks_add(checks, RULE_MULTIPART_OPEN, NULL);
  }
  check_alternatives(checks);
  check_amp(checks);
  if (checks->html)
    check_pictures(checks);
  if (len > MAIL_OCTETS_LARGE)
    checks_add(checks, RULE_MAIL_LARGE, NULL);
}
