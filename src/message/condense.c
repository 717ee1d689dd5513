#include "message/condense.h"
#include <string.h>

/* By its first bytes it is decided whether a line is kept. */
enum { LINE_START_MAX = 64 };

struct Condenser {
  GByteArray *kept;
  gsize n_head;
  gsize n_read;
  gsize n_text_left;
  gsize n_header_left;
  gboolean in_header;
  gboolean is_text; /* the part whose header or body this is */
  char line_start[LINE_START_MAX];
  gsize line_start_len;
  gboolean is_decided; /* the line's start is dealt with, the rest goes the same way */
  gsize *budget;       /* of this line; NULL: it is left out */
};

void condenser_free(Condenser *condenser) {
  if (!condenser)
    return;
  g_byte_array_unref(condenser->kept);
  g_free(condenser);
}

/* Fields by which a part is not text; one that is taken for text in error costs some of what may be kept. */
static gboolean says_no_text(const char *line, gsize len) {
  static const char *const starts[] = {"content-type:application/",     "content-type:image/", "content-type:audio/",
                                       "content-type:video/",           "content-type:font/",  "content-type:message/",
                                       "content-disposition:attachment"};
  char squeezed[LINE_START_MAX + 1];
  gsize n = 0;

  for (gsize i = 0; i < len; i++)
    if (line[i] != ' ' && line[i] != '\t')
      squeezed[n++] = g_ascii_tolower(line[i]);
  squeezed[n] = '\0';
  for (gsize i = 0; i < G_N_ELEMENTS(starts); i++)
    if (g_str_has_prefix(squeezed, starts[i]))
      return TRUE;
  return FALSE;
}

static gboolean is_empty(const char *line, gsize len) {
  return len > 0 && (line[0] == '\n' || (len > 1 && line[0] == '\r' && line[1] == '\n'));
}

/* What the line is taken for. */
static gsize *choose_budget(Condenser *condenser) {
  const char *line = condenser->line_start;
  gsize len = condenser->line_start_len;

  if (len >= 2 && line[0] == '-' && line[1] == '-') {
    condenser->in_header = condenser->is_text = TRUE;
    return &condenser->n_header_left;
  }
  if (!condenser->in_header)
    return condenser->is_text ? &condenser->n_text_left : NULL;
  if (is_empty(line, len))
    condenser->in_header = FALSE;
  else if (says_no_text(line, len))
    condenser->is_text = FALSE;
  return &condenser->n_header_left;
}

/* The head is there already, whatever it is, and costs nothing. */
static void keep(Condenser *condenser, const char *bytes, gsize len) {
  gsize n_head = condenser->n_read < condenser->n_head ? MIN(len, condenser->n_head - condenser->n_read) : 0;
  gsize n_more = condenser->budget ? MIN(len - n_head, *condenser->budget) : 0;

  condenser->n_read += len;
  if (n_more == 0)
    return;
  *condenser->budget -= n_more;
  g_byte_array_append(condenser->kept, (const guint8 *)bytes + n_head, (guint)n_more);
}

static void decide(Condenser *condenser) {
  condenser->budget = choose_budget(condenser);
  const GByteArray *kept = condenser->kept;
  /* The line in front may have been cut, and this one is to stay a line. */
  if (condenser->n_read >= condenser->n_head && condenser->budget && kept->len > 0 && kept->data[kept->len - 1] != '\n')
    g_byte_array_append(condenser->kept, (const guint8 *)"\n", 1);
  keep(condenser, condenser->line_start, condenser->line_start_len);
  condenser->line_start_len = 0;
  condenser->is_decided = TRUE;
}

void condenser_feed(Condenser *condenser, const char *bytes, gsize n_bytes) {
  const char *end = bytes + n_bytes;

  while (bytes < end) {
    const char *lf = memchr(bytes, '\n', (gsize)(end - bytes));
    gsize len = (gsize)((lf ? lf + 1 : end) - bytes);
    if (!condenser->is_decided) {
      gsize n_start = MIN(len, LINE_START_MAX - condenser->line_start_len);
      memcpy(condenser->line_start + condenser->line_start_len, bytes, n_start);
      condenser->line_start_len += n_start;
      bytes += n_start;
      len -= n_start;
      if (condenser->line_start_len == LINE_START_MAX || (lf && len == 0))
        decide(condenser);
    }
    if (len > 0)
      keep(condenser, bytes, len);
    bytes += len;
    if (lf)
      condenser->is_decided = FALSE;
  }
}

Condenser *condenser_new(GByteArray *head) {
  Condenser *condenser = g_new0(Condenser, 1);

  condenser->kept = head;
  condenser->n_head = head->len;
  condenser->n_text_left = CONDENSE_TEXT_BYTES_MAX;
  condenser->n_header_left = CONDENSE_HEADER_BYTES_MAX;
  condenser->in_header = condenser->is_text = TRUE;
  /* Nothing is appended for it, so the head does not move while it is read. */
  condenser_feed(condenser, (const char *)head->data, head->len);
  return condenser;
}

GBytes *condenser_end(Condenser *condenser) {
  if (condenser->line_start_len > 0)
    decide(condenser);
  GByteArray *kept = condenser->kept;
  condenser->kept = g_byte_array_new();
  return g_byte_array_free_to_bytes(kept);
}
