#include "origin/tag_list.h"
#include "syntax/base64.h"
#include <string.h>

static gboolean is_name(const char *name) {
  gboolean is_good = g_ascii_isalpha(*name);

  for (; *name != '\0'; name++)
    is_good &= g_ascii_isalnum(*name) || *name == '_';
  return is_good;
}

/* Takes "name=value" apart, which it changes. */
static gboolean add_tag(GHashTable *tags, char *tag) {
  char *equals = strchr(tag, '=');

  if (!equals)
    return FALSE;
  *equals = '\0';
  char *name = g_strstrip(tag);
  if (!is_name(name) || g_hash_table_contains(tags, name))
    return FALSE;
  return g_hash_table_insert(tags, g_strdup(name), g_strdup(g_strstrip(equals + 1)));
}

GHashTable *tag_list_parse(const char *text, gsize len) {
  g_autoptr(GHashTable) tags = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);

  if (len > TAG_LIST_BYTES_MAX || memchr(text, '\0', len))
    return NULL;
  g_autofree char *whole = g_strndup(text, len);
  g_auto(GStrv) list = g_strsplit(whole, ";", -1);
  for (char **tag = list; *tag; tag++) {
    if (!tag[1] && (*tag)[strspn(*tag, " \t\r\n")] == '\0')
      break; /* after the last semicolon */
    if (!add_tag(tags, *tag))
      return NULL;
  }
  return g_steal_pointer(&tags);
}

const char *tag_list_find(GHashTable *tags, const char *name) {
  return g_hash_table_lookup(tags, name);
}

char *tag_list_squeeze(const char *value) {
  GString *out = g_string_sized_new(strlen(value));

  for (; *value != '\0'; value++)
    if (!g_ascii_isspace(*value))
      g_string_append_c(out, *value);
  return g_string_free(out, FALSE);
}

gboolean tag_list_has_word(const char *value, const char *word) {
  g_auto(GStrv) words = g_strsplit(value ? value : "", ":", -1);

  for (char **at = words; *at; at++)
    if (g_ascii_strcasecmp(g_strstrip(*at), word) == 0)
      return TRUE;
  return FALSE;
}

GBytes *tag_list_bytes(const char *value) {
  g_autofree char *text = tag_list_squeeze(value);
  gsize len = strlen(text);
  g_autofree guint8 *bytes = g_malloc(BASE64_DECODED_MAX(len) + 1);
  gsize n_bytes = 0;

  if (!base64_decode(text, len, bytes, &n_bytes) || n_bytes == 0)
    return NULL;
  return g_bytes_new_take(g_steal_pointer(&bytes), n_bytes);
}

gboolean tag_list_locate_b(const char *text, gsize len, gsize *out_start, gsize *out_end) {
  const char *end = text + len;

  for (const char *tag = text; tag < end;) {
    const char *semicolon = memchr(tag, ';', (gsize)(end - tag));
    const char *tag_end = semicolon ? semicolon : end;
    const char *equals = memchr(tag, '=', (gsize)(tag_end - tag));
    g_autofree char *name = g_strndup(tag, equals ? (gsize)(equals - tag) : 0);
    if (strcmp(g_strstrip(name), "b") == 0) {
      *out_start = (gsize)(equals + 1 - text);
      *out_end = (gsize)(tag_end - text);
      return TRUE;
    }
    tag = semicolon ? semicolon + 1 : end;
  }
  return FALSE;
}
