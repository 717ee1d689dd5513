#include "message/file_name.h"

#include "base/utf8.h"
#include <string.h>

/* Marks that nobody sees and that make a name look like another. The joiners of Persian and of Indian scripts, and of
 * emoji, are not among them: without these a name is misspelt. */
static gboolean is_hidden(gunichar c) {
  static const gunichar ranges[][2] = {{0xAD, 0xAD},     {0x61C, 0x61C},   {0x180E, 0x180E},
                                       {0x200B, 0x200B}, {0x200E, 0x200F}, {0x2028, 0x202E},
                                       {0x2060, 0x206F}, {0xFEFF, 0xFEFF}, {0xFFF9, 0xFFFB}};

  for (gsize i = 0; i < G_N_ELEMENTS(ranges); i++)
    if (c >= ranges[i][0] && c <= ranges[i][1])
      return TRUE;
  return FALSE;
}

static gboolean is_unfit(gunichar c) {
  return g_unichar_iscntrl(c) || is_hidden(c) || (c & 0xFFFE) == 0xFFFE;
}

static gboolean is_slash(char c) {
  return c == '/' || c == '\\';
}

/* Does the name say where the file was on the sender's machine, "C:\\dir\\a.doc" or "../a.doc"? */
static gboolean is_path(const char *name) {
  if (is_slash(name[0]) || (name[0] == '~' && is_slash(name[1])) || g_ascii_strncasecmp(name, "file:", 5) == 0)
    return TRUE;
  if (g_ascii_isalpha(name[0]) && name[1] == ':' && is_slash(name[2]))
    return TRUE;
  for (const char *at = name; (at = strstr(at, "..")); at++)
    if (is_slash(at[2]) && (at == name || is_slash(at[-1])))
      return TRUE;
  return FALSE;
}

static const char *behind_last_slash(const char *name) {
  const char *start = name;

  for (; *name; name++)
    if (is_slash(*name))
      start = name + 1;
  return start;
}

/* What is left keeps the extension, if that is not the too long part itself. */
static void shorten(GString *name) {
  enum { EXTENSION_BYTES_MAX = 20 };

  if (name->len <= FILE_NAME_BYTES_MAX)
    return;
  const char *dot = strrchr(name->str, '.');
  g_autofree char *extension = g_strdup(dot && strlen(dot) <= EXTENSION_BYTES_MAX ? dot : "");
  utf8_truncate(name, FILE_NAME_BYTES_MAX - strlen(extension));
  g_string_append(name, extension);
}

char *file_name_safe(const char *name) {
  if (is_path(name))
    name = behind_last_slash(name);
  g_autoptr(GString) safe = g_string_new(NULL);
  for (; *name; name = g_utf8_next_char(name))
    if (is_slash(*name))
      g_string_append_c(safe, '_');
    else if (!is_unfit(g_utf8_get_char(name)))
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
