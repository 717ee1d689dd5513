#include "message/flowed_text.h"
#include <string.h>

/* Appends the marks of a quote as people know them. */
static void begin_line(GString *out, gsize depth) {
  for (gsize i = 0; i < depth; i++)
    g_string_append_c(out, '>');
  if (depth > 0)
    g_string_append_c(out, ' ');
}

char *flowed_text_join(const char *text, gboolean del_sp) {
  GString *out = g_string_sized_new(strlen(text));
  gboolean is_flowing = FALSE; /* the line before goes on in this one */
  gsize depth_before = 0;

  while (*text) {
    gsize depth = strspn(text, ">");
    const char *line = text + depth;
    line += *line == ' ';
    const char *end = line + strcspn(line, "\n");
    gboolean is_separator = end - line == 3 && memcmp(line, "-- ", 3) == 0;
    if (is_flowing && (depth != depth_before || is_separator)) {
      g_string_append_c(out, '\n');
      is_flowing = FALSE;
    }
    if (!is_flowing)
      begin_line(out, depth);
    gboolean is_flowed = end > line && end[-1] == ' ' && !is_separator && *end;
    g_string_append_len(out, line, end - line - (is_flowed && del_sp ? 1 : 0));
    if (*end && !is_flowed)
      g_string_append_c(out, '\n');
    is_flowing = is_flowed;
    depth_before = depth;
    text = *end ? end + 1 : end;
  }
  return g_string_free(out, FALSE);
}
