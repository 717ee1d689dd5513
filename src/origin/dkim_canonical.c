#include "origin/dkim_canonical.h"
#include <string.h>

/* --- fields */

static gboolean is_blank(char c) {
  return c == ' ' || c == '\t';
}

/* Where a field is folded: CRLF, or the LF of a message whose lines end so. */
static gboolean is_fold(const char *at, const char *end) {
  return *at == '\n' || (*at == '\r' && at + 1 < end && at[1] == '\n');
}

static void append_relaxed_value(GString *out, const char *at, const char *end) {
  gboolean is_first = TRUE;
  gboolean is_apart = FALSE;

  for (; at < end; at++) {
    if (is_blank(*at) || is_fold(at, end)) {
      is_apart |= is_blank(*at);
      continue;
    }
    if (is_apart && !is_first)
      g_string_append_c(out, ' ');
    g_string_append_c(out, *at);
    is_first = is_apart = FALSE;
  }
}

void dkim_canonical_field(GString *out, const char *field, gsize len, gboolean is_relaxed) {
  const char *end = field + len;
  const char *colon = memchr(field, ':', len);

  if (!is_relaxed || !colon) {
    g_string_append_len(out, field, (gssize)len);
    return;
  }
  for (const char *at = field; at < colon; at++)
    if (!is_blank(*at))
      g_string_append_c(out, g_ascii_tolower(*at));
  g_string_append_c(out, ':');
  append_relaxed_value(out, colon + 1, end);
}

void dkim_canonical_header(GString *out, const GArray *fields, const GPtrArray *names, gboolean is_relaxed) {
  g_autoptr(GHashTable) used = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

  for (guint i = 0; i < names->len; i++) {
    char *name = g_ascii_strdown(g_ptr_array_index(names, i), -1);
    gpointer n_left;
    guint at = g_hash_table_lookup_extended(used, name, NULL, &n_left) ? GPOINTER_TO_UINT(n_left) : fields->len;
    while (at > 0 && !header_field_is(&g_array_index(fields, HeaderField, at - 1), name))
      at--;
    if (at > 0) {
      const HeaderField *field = &g_array_index(fields, HeaderField, --at);
      dkim_canonical_field(out, field->name, (gsize)(field->raw + field->raw_len - field->name), is_relaxed);
      g_string_append(out, "\r\n");
    }
    g_hash_table_replace(used, name, GUINT_TO_POINTER(at));
  }
}

/* --- bodies */

typedef struct BodyHash {
  const DkimBodyForm *form;
  GChecksum *checksum;
  guint64 n_hashed;
  guint64 n_lines; /* empty ones that count only if something follows */
  GString *line;   /* the one under way, in canonical form */
} BodyHash;

static void add(BodyHash *hash, const char *bytes, gsize len) {
  gsize n = (gsize)MIN((guint64)len, hash->form->max_bytes - hash->n_hashed);

  g_checksum_update(hash->checksum, (const guchar *)bytes, (gssize)n);
  hash->n_hashed += n;
}

static void add_line_end(BodyHash *hash) {
  add(hash, hash->form->has_bare_lf ? "\n" : "\r\n", hash->form->has_bare_lf ? 1 : 2);
}

/* Runs of blanks are one, and none ends a line. */
static void add_relaxed(BodyHash *hash, const char *line, gsize len) {
  g_string_truncate(hash->line, 0);
  for (gsize i = 0; i < len; i++) {
    if (!is_blank(line[i]))
      g_string_append_c(hash->line, line[i]);
    else if (i + 1 < len && !is_blank(line[i + 1]))
      g_string_append_c(hash->line, ' ');
  }
  add(hash, hash->line->str, hash->line->len);
}

/* NUL is a byte as any. */
static const char *find_crlf(const char *at, const char *end) {
  while ((at = memchr(at, '\r', (gsize)(end - at)))) {
    if (end - at > 1 && at[1] == '\n')
      return at;
    at++;
  }
  return NULL;
}

static gboolean is_empty_line(const char *line, gsize len, gboolean is_relaxed) {
  while (is_relaxed && len > 0 && is_blank(line[len - 1]))
    len--;
  return len == 0;
}

static void add_line(BodyHash *hash, const char *line, gsize len) {
  if (is_empty_line(line, len, hash->form->is_relaxed)) {
    hash->n_lines++;
    return;
  }
  for (; hash->n_lines > 0 && hash->n_hashed < hash->form->max_bytes; hash->n_lines--)
    add_line_end(hash);
  hash->n_lines = 0;
  if (hash->form->is_relaxed)
    add_relaxed(hash, line, len);
  else
    add(hash, line, len);
  add_line_end(hash);
}

char *dkim_body_hash(const char *body, gsize len, const DkimBodyForm *form, GChecksumType type, guint64 *out_bytes) {
  g_autoptr(GChecksum) checksum = g_checksum_new(type);
  g_autoptr(GString) line = g_string_new(NULL);
  BodyHash hash = {.form = form, .checksum = checksum, .line = line};
  const char *end = body + len;
  guint8 digest[DKIM_HASH_BYTES];
  gsize digest_len = sizeof digest;

  while (body < end && hash.n_hashed < form->max_bytes) {
    const char *crlf = find_crlf(body, end);
    const char *line_end = crlf ? crlf : end;
    add_line(&hash, body, (gsize)(line_end - body));
    body = crlf ? crlf + 2 : end;
  }
  if (hash.n_hashed == 0 && !form->is_relaxed) /* of empty lines one is left */
    add_line_end(&hash);
  g_checksum_get_digest(checksum, digest, &digest_len);
  *out_bytes = hash.n_hashed;
  return g_base64_encode(digest, digest_len);
}
