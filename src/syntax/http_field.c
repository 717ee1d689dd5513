#include "syntax/http_field.h"
#include <string.h>

/* --- ranges: "bytes=0-99", "bytes=100-", "bytes=-100" */

static gboolean parse_number(const char *text, gsize len, guint64 *out_number) {
  g_autofree char *digits = g_strndup(text, len);

  return g_ascii_string_to_unsigned(digits, 10, 0, G_MAXINT64, out_number, NULL);
}

static gboolean parse_spec(const char *spec, guint64 size, guint64 *out_first, guint64 *out_last) {
  gsize first_len = strspn(spec, "0123456789");
  const char *last = spec + first_len + 1;
  gsize last_len = strlen(last);
  guint64 number;

  if (first_len == 0) { /* the last so many */
    if (!parse_number(last, last_len, &number))
      return FALSE;
    *out_first = number == 0 ? size : size - MIN(number, size);
    *out_last = size - 1;
    return TRUE;
  }
  *out_last = G_MAXUINT64;
  if (!parse_number(spec, first_len, out_first) || (last_len > 0 && !parse_number(last, last_len, out_last)))
    return FALSE;
  if (*out_last < *out_first)
    return FALSE;
  *out_last = MIN(*out_last, size - 1);
  return TRUE;
}

HttpRangeStatus http_range_parse(const char *value, guint64 size, guint64 *out_first, guint64 *out_last) {
  static const char unit[] = "bytes=";
  const char *spec = value + strlen(unit);

  if (g_ascii_strncasecmp(value, unit, strlen(unit)) != 0 || spec[strspn(spec, "0123456789")] != '-')
    return HTTP_RANGE_NONE;
  if (!parse_spec(spec, size, out_first, out_last))
    return HTTP_RANGE_NONE;
  return *out_first < size ? HTTP_RANGE_PART : HTTP_RANGE_UNSATISFIABLE;
}

/* --- lists */

gboolean http_etag_list_has(const char *list, const char *tag) {
  gsize tag_len = strlen(tag);

  for (const char *at = list + strspn(list, ", \t"); *at != '\0'; at += strspn(at, ", \t")) {
    if (*at == '*')
      return TRUE;
    if (g_str_has_prefix(at, "W/"))
      at += 2;
    if (*at != '"')
      return FALSE;
    const char *end = strchr(at + 1, '"');
    if (!end)
      return FALSE;
    if ((gsize)(end - at - 1) == tag_len && strncmp(at + 1, tag, tag_len) == 0)
      return TRUE;
    at = end + 1;
  }
  return FALSE;
}

/* Is a weight zero? weight = OWS ";" OWS "q=" qvalue */
static gboolean is_rejected(const char *parameters) {
  const char *weight = strchr(parameters, '=');

  return weight && weight[strspn(weight, "=0. \t")] == '\0';
}

gboolean http_accepts_gzip(const char *value) {
  g_auto(GStrv) items = g_strsplit(value ? value : "", ",", -1);
  gboolean any = FALSE;

  for (char **item = items; *item; item++) {
    char *parameters = *item + strcspn(*item, ";");
    gboolean wanted = !is_rejected(parameters);
    *parameters = '\0';
    g_strstrip(*item);
    if (g_ascii_strcasecmp(*item, "gzip") == 0)
      return wanted;
    if (strcmp(*item, "*") == 0)
      any = wanted;
  }
  return any;
}

/* --- Content-Disposition */

/* attr-char (RFC 8187 3.2.1) */
static gboolean is_attr_char(guchar byte) {
  return g_ascii_isalnum((char)byte) || (byte != '\0' && strchr("!#$&+-.^_`|~", byte));
}

/* What a file may be called anywhere: without directories, control characters and characters that turn text around. */
static char *tame_file_name(const char *file_name) {
  g_autofree char *valid = g_utf8_make_valid(file_name, -1);
  g_autoptr(GString) tame = g_string_new(NULL);

  for (const char *at = valid; *at != '\0'; at = g_utf8_next_char(at)) {
    gunichar character = g_utf8_get_char(at);
    GUnicodeType type = g_unichar_type(character);
    gsize len = (gsize)(g_utf8_next_char(at) - at);

    if (tame->len + len > HTTP_FILE_NAME_MAX)
      break;
    if (character == '/' || character == '\\')
      g_string_append_c(tame, '_');
    else if (type != G_UNICODE_CONTROL && type != G_UNICODE_FORMAT && type != G_UNICODE_LINE_SEPARATOR &&
             type != G_UNICODE_PARAGRAPH_SEPARATOR)
      g_string_append_unichar(tame, character);
  }
  return g_string_free(g_steal_pointer(&tame), FALSE);
}

/* A quoted string for clients that do not know filename*. Browsers undo percent signs in it, so it has none. */
static void append_plain_name(GString *out, const char *name) {
  g_string_append(out, "; filename=\"");
  for (const char *at = name; *at != '\0'; at = g_utf8_next_char(at))
    g_string_append_c(out, (guchar)*at < 0x80 && !strchr("\"%", *at) ? *at : '_');
  g_string_append_c(out, '"');
}

static void append_extended_name(GString *out, const char *name) {
  g_string_append(out, "; filename*=UTF-8''");
  for (const char *at = name; *at != '\0'; at++)
    g_string_append_printf(out, is_attr_char((guchar)*at) ? "%c" : "%%%02X", (guchar)*at);
}

char *http_disposition_print(gboolean attachment, const char *file_name) {
  g_autoptr(GString) out = g_string_new(attachment ? "attachment" : "inline");
  g_autofree char *name = file_name ? tame_file_name(file_name) : NULL;

  if (name && *name != '\0') {
    append_plain_name(out, name);
    if (!g_str_is_ascii(name) || strpbrk(name, "\"%"))
      append_extended_name(out, name);
  }
  return g_string_free(g_steal_pointer(&out), FALSE);
}

/* --- media types */

static gboolean is_token_char(char c) {
  return g_ascii_isalnum(c) || (c != '\0' && strchr("!#$&-^_.+", c)); /* restricted-name-chars (RFC 6838 4.2) */
}

static gsize token_len(const char *text) {
  gsize len = 0;

  while (is_token_char(text[len]))
    len++;
  return len;
}

/* What a page may load as code or style: never from a message, not even for a page of ours that was tricked. */
static gboolean is_code(const char *type) {
  static const char *const words[] = {"javascript", "ecmascript", "jscript",   "livescript",
                                      "text/css",   "wasm",       "multipart/"};

  for (gsize i = 0; i < G_N_ELEMENTS(words); i++)
    if (strstr(type, words[i]))
      return TRUE;
  return FALSE;
}

/* The charset of "...; charset=utf-8" or "\"utf-8\"", when it is a word. */
static char *charset_of(const char *parameters) {
  static const char key[] = "charset=";

  for (const char *at = strchr(parameters, ';'); at; at = strchr(at, ';')) {
    at += 1 + strspn(at + 1, " \t");
    if (g_ascii_strncasecmp(at, key, strlen(key)) != 0)
      continue;
    at += strlen(key);
    at += *at == '"';
    return g_strndup(at, token_len(at));
  }
  return NULL;
}

char *http_media_type_tame(const char *content_type) {
  gsize type_len = token_len(content_type);
  gsize subtype_len = content_type[type_len] == '/' ? token_len(content_type + type_len + 1) : 0;
  gsize len = type_len + 1 + subtype_len;

  if (type_len == 0 || subtype_len == 0 || len > 127 || !strchr("; \t", content_type[len]))
    return g_strdup("application/octet-stream");
  g_autofree char *type = g_ascii_strdown(content_type, (gssize)len);
  g_autofree char *charset = charset_of(content_type + len);
  if (is_code(type))
    return g_strdup("text/plain; charset=utf-8");
  if (g_str_has_prefix(type, "text/") && charset && *charset != '\0')
    return g_strdup_printf("%s; charset=%s", type, charset);
  return g_steal_pointer(&type);
}

gboolean http_media_type_is_text(const char *content_type) {
  static const char *const prefixes[] = {"text/",           "application/json", "application/javascript",
                                         "application/xml", "image/svg+xml",    "application/openmetrics-text"};

  for (gsize i = 0; i < G_N_ELEMENTS(prefixes); i++)
    if (g_ascii_strncasecmp(content_type, prefixes[i], strlen(prefixes[i])) == 0)
      return TRUE;
  return FALSE;
}
