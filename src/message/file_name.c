#include "message/file_name.h"
#include <string.h>

static gboolean is_unfit(gunichar c) {
  GUnicodeType type = g_unichar_type(c);
  return type == G_UNICODE_CONTROL || type == G_UNICODE_FORMAT || type == G_UNICODE_LINE_SEPARATOR ||
         type == G_UNICODE_PARAGRAPH_SEPARATOR || c == 0xFFFE || c == 0xFFFF;
}

/* What is left keeps the extension, if that is not the too long part itself. */
static void shorten(GString *name) {
  enum { EXTENSION_OCTETS_MAX = 20 };
  if (name->len <= FILE_NAME_OCTETS_MAX)
    return;
  const char *dot = strrchr(name->str, '.');
  g_autofree char *extension = g_strdup(dot && strlen(dot) <= EXTENSION_OCTETS_MAX ? dot : "");
  gsize kept = FILE_NAME_OCTETS_MAX - strlen(extension);
  while (kept > 0 && ((guchar)name->str[kept] & 0xC0) == 0x80)
    kept--;
  g_string_truncate(name, kept);
  g_string_append(name, extension);
}

char *file_name_safe(const char *name) {
  const char *slash = strrchr(name, '/');
  if (slash)
    name = slash + 1;
  const char *backslash = strrchr(name, '\\');
  if (backslash)
    name = backslash + 1;
  g_autoptr(GString) safe = g_string_new(NULL);
  for (; *name; name = g_utf8_next_char(name))
    if (!is_unfit(g_utf8_get_char(name)))
      g_string_append_unichar(safe, g_utf8_get_char(name));
  shorten(safe);
  g_strstrip(safe->str);
  if (strspn(safe->str, ".") == strlen(safe->str))
    return NULL;
  return g_strdup(safe->str);
}

char *file_name_of_part(const char *part_id, const char *content_type) {
  static const struct {
    const char *content_type;
    const char *extension;
  } rows[] = {
      {"text/plain", "txt"},
      {"text/html", "html"},
      {"text/calendar", "ics"},
      {"text/csv", "csv"},
      {"message/rfc822", "eml"},
      {"message/delivery-status", "txt"},
      {"image/png", "png"},
      {"image/jpeg", "jpg"},
      {"image/gif", "gif"},
      {"image/webp", "webp"},
      {"image/svg+xml", "svg"},
      {"application/pdf", "pdf"},
      {"application/zip", "zip"},
      {"application/json", "json"},
      {"application/pgp-signature", "asc"},
      {"application/pkcs7-signature", "p7s"},
      {"application/ms-tnef", "dat"},
  };
  const char *extension = "bin";
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
    if (g_ascii_strcasecmp(content_type, rows[i].content_type) == 0)
      extension = rows[i].extension;
  return g_strdup_printf("part-%s.%s", part_id, extension);
}
