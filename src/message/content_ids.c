#include "message/content_ids.h"
#include <string.h>

enum { SCHEME_LEN = sizeof "cid:" - 1 };

/* Behind what opens a value, in an attribute or a style. */
static gboolean begins_value(const char *html, const char *at) {
  return at > html && (strchr("\"'=(,", at[-1]) || g_ascii_isspace(at[-1]));
}

gboolean content_ids_next(const char *html, const char **cursor, ContentIdReference *reference) {
  for (const char *at = *cursor; *at != '\0'; at++) {
    if (g_ascii_strncasecmp(at, "cid:", SCHEME_LEN) != 0 || !begins_value(html, at))
      continue;
    reference->start = at;
    reference->id = at + SCHEME_LEN;
    reference->id_len = strcspn(reference->id, "\"'<>() \t\r\n");
    *cursor = reference->id + reference->id_len;
    return TRUE;
  }
  return FALSE;
}

char *content_ids_read(const ContentIdReference *reference) {
  return g_uri_unescape_segment(reference->id, reference->id + reference->id_len, NULL);
}
