#include "checks/dkim.h"
#include <string.h>

static gboolean is_name(const char *name) {
  gboolean is_good = g_ascii_isalpha(*name);

  for (; *name != '\0'; name++)
    is_good &= g_ascii_isalnum(*name) || *name == '_';
  return is_good;
}

GHashTable *dkim_tags_read(const char *value) {
  g_autoptr(GHashTable) tags = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
  g_auto(GStrv) list = g_strsplit(value, ";", -1);

  for (char **tag = list; *tag; tag++) {
    char *equals = strchr(*tag, '=');
    if (!equals && *g_strstrip(*tag) == '\0' && !tag[1])
      break; /* behind the last semicolon */
    if (!equals)
      return NULL;
    *equals = '\0';
    char *name = g_strdup(g_strstrip(*tag));
    if (!is_name(name) || g_hash_table_contains(tags, name)) {
      g_free(name);
      return NULL;
    }
    g_hash_table_insert(tags, name, g_strdup(g_strstrip(equals + 1)));
  }
  return g_steal_pointer(&tags);
}

/* --- bodies */

typedef struct BodyHash {
  GChecksum *checksum;
  guint64 n_left;
  guint64 n_lines; /* empty ones that count only if something follows */
} BodyHash;

static void add(BodyHash *hash, const char *octets, gsize len) {
  gsize n = (gsize)MIN((guint64)len, hash->n_left);

  g_checksum_update(hash->checksum, (const guchar *)octets, (gssize)n);
  hash->n_left -= n;
}

/* Runs of blanks are one, and none ends a line. */
static void add_relaxed(BodyHash *hash, const char *line, gsize len) {
  g_autoptr(GString) out = g_string_sized_new(len);

  for (gsize i = 0; i < len; i++) {
    if (line[i] != ' ' && line[i] != '\t')
      g_string_append_c(out, line[i]);
    else if (i + 1 < len && line[i + 1] != ' ' && line[i + 1] != '\t')
      g_string_append_c(out, ' ');
  }
  add(hash, out->str, out->len);
}

/* NUL is an octet as any. */
static const char *find_crlf(const char *at, const char *end) {
  while ((at = memchr(at, '\r', (gsize)(end - at)))) {
    if (end - at > 1 && at[1] == '\n')
      return at;
    at++;
  }
  return NULL;
}

static gboolean is_blank(const char *line, gsize len, gboolean is_relaxed) {
  while (is_relaxed && len > 0 && (line[len - 1] == ' ' || line[len - 1] == '\t'))
    len--;
  return len == 0;
}

static void add_line(BodyHash *hash, const char *line, gsize len, gboolean is_relaxed) {
  if (is_blank(line, len, is_relaxed)) {
    hash->n_lines++;
    return;
  }
  for (; hash->n_lines > 0; hash->n_lines--)
    add(hash, "\r\n", 2);
  if (is_relaxed)
    add_relaxed(hash, line, len);
  else
    add(hash, line, len);
  add(hash, "\r\n", 2);
}

char *dkim_body_hash(const char *body, gsize len, gboolean is_relaxed, guint64 limit, GChecksumType type) {
  g_autoptr(GChecksum) checksum = g_checksum_new(type);
  BodyHash hash = {.checksum = checksum, .n_left = limit};
  const char *end = body + len;
  guint8 digest[64];
  gsize digest_len = sizeof digest;
  gboolean is_empty = TRUE;

  while (body < end) {
    const char *crlf = find_crlf(body, end);
    const char *line_end = crlf ? crlf : end;
    is_empty &= is_blank(body, (gsize)(line_end - body), is_relaxed);
    add_line(&hash, body, (gsize)(line_end - body), is_relaxed);
    body = crlf ? crlf + 2 : end;
  }
  if (is_empty && !is_relaxed)
    add(&hash, "\r\n", 2);
  g_checksum_get_digest(checksum, digest, &digest_len);
  return g_base64_encode(digest, digest_len);
}
