#include "message/source_line.h"

#include "base/utf8.h"
#include <string.h>

static guint count_lines(const char *at, const char *end) {
  guint n = 1;

  while ((at = memchr(at, '\n', (gsize)(end - at)))) {
    n++;
    at++;
  }
  return n;
}

static char *tidy(const char *text, gsize len) {
  char *valid = g_utf8_make_valid(text, (gssize)len);

  for (char *at = valid; *at != '\0'; at++)
    if (g_ascii_iscntrl(*at))
      *at = ' ';
  return g_strstrip(valid);
}

char *source_line_read(const char *source, gsize len, gsize offset, guint *out_number) {
  const char *end = source + len;
  const char *at = source + MIN(offset, len);
  const char *lf = memchr(at, '\n', (gsize)(end - at));
  const char *line_end = lf ? lf : end;
  const char *line = at;

  while (line > source && line[-1] != '\n')
    line--;
  *out_number = count_lines(source, line);
  const char *start = line_end - line <= SOURCE_LINE_BYTES_MAX ? line : at;
  const char *stop = line_end;
  if (stop - start > SOURCE_LINE_BYTES_MAX)
    stop = start + utf8_cut(start, SOURCE_LINE_BYTES_MAX);
  g_autofree char *text = tidy(start, (gsize)(stop - start));
  return g_strconcat(start > line ? "…" : "", text, stop < line_end ? "…" : "", NULL);
}
