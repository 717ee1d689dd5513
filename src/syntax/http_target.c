#include "syntax/http_target.h"
#include <string.h>

static HttpRejection bad(const char *text) {
  return (HttpRejection){400, text};
}

/* Decodes `text`; NULL: an escape is broken, is a NUL, or the outcome is not UTF-8. */
static char *decode(const char *text, gsize len, gboolean plus_is_space) {
  g_autofree char *written = g_strndup(text, len);
  g_autofree char *decoded = g_uri_unescape_string(plus_is_space ? g_strdelimit(written, "+", ' ') : written, NULL);

  return decoded && g_utf8_validate(decoded, -1, NULL) ? g_steal_pointer(&decoded) : NULL;
}

static const char *why_no_segment(const char *segment) {
  if (!segment)
    return "the path has an invalid escape, or is not UTF-8";
  if (strcmp(segment, ".") == 0 || strcmp(segment, "..") == 0)
    return "the path contains . or ..";
  for (const char *at = segment; *at != '\0'; at = g_utf8_next_char(at))
    if (*at == '/' || g_unichar_iscntrl(g_utf8_get_char(at)))
      return "the path has an escaped slash or control character";
  return NULL;
}

GStrv http_target_split(const char *path, HttpRejection *out_rejection) {
  g_autoptr(GPtrArray) segments = g_ptr_array_new_with_free_func(g_free);

  while (*path == '/') {
    gsize len = strcspn(path + 1, "/");
    char *segment = decode(path + 1, len, FALSE);
    const char *problem = why_no_segment(segment);
    if (problem) {
      *out_rejection = bad(problem);
      g_free(segment);
      return NULL;
    }
    g_ptr_array_add(segments, segment);
    path += 1 + len;
  }
  g_ptr_array_add(segments, NULL);
  return (GStrv)g_ptr_array_steal(segments, NULL);
}

GStrv http_query_parse(const char *query, HttpRejection *out_rejection) {
  g_autoptr(GPtrArray) texts = g_ptr_array_new_with_free_func(g_free);
  const char *at = query ? query + strspn(query, "&") : "";

  while (*at != '\0') {
    gsize len = strcspn(at, "&");
    const char *equals = memchr(at, '=', len);
    gsize name_len = equals ? (gsize)(equals - at) : len;
    char *name = decode(at, name_len, TRUE);
    char *value = equals ? decode(equals + 1, len - name_len - 1, TRUE) : g_strdup("");

    g_ptr_array_add(texts, name);
    g_ptr_array_add(texts, value);
    if (!name || !value) {
      *out_rejection = bad("the query has an invalid escape (write % as %25), a NUL, or is not UTF-8");
      return NULL;
    }
    if (texts->len > 2 * HTTP_QUERY_PARAMETERS_MAX) {
      *out_rejection = bad("the query has more than 100 parameters");
      return NULL;
    }
    at += len;
    at += strspn(at, "&");
  }
  g_ptr_array_add(texts, NULL);
  return (GStrv)g_ptr_array_steal(texts, NULL);
}
