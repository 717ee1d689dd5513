#include "syntax/smtp_data.h"

#include <string.h>

/* Where the input stands. Only CRLF leads to LINE_START, so that a bare LF or CR neither starts a line whose dot would
 * count nor ends the data: taking either for a line end is what lets a message be smuggled in behind another. */
enum {
  STATE_LINE_START,
  STATE_TEXT,
  STATE_CR,     /* a CR is held back: half a line end, or bare */
  STATE_DOT,    /* a dot at the start of a line was read and dropped: half the end, or stuffing */
  STATE_DOT_CR, /* ... and the CR behind it is held back */
};

void smtp_data_init(SmtpData *data, SmtpDataForm form) {
  *data = (SmtpData){.form = form, .state = STATE_LINE_START, .tail = "\r\n", .tail_bytes = 2};
}

void smtp_data_clear(SmtpData *data) {
  if (data->bare_lf)
    g_string_free(data->bare_lf, TRUE);
  data->bare_lf = NULL;
}

static void print_run(GString *list, guint64 first, guint64 last) {
  const char *separator = list->len > 0 ? " " : "";

  g_string_append_printf(list, "%s%" G_GUINT64_FORMAT, separator, first);
  if (last > first)
    g_string_append_printf(list, "-%" G_GUINT64_FORMAT, last);
}

static void note_bare_lf(SmtpData *data) {
  guint64 ordinal = ++data->n_lines;

  data->n_bare_lf++;
  if (data->bare_lf_too_many)
    return;
  if (!data->bare_lf) {
    data->bare_lf = g_string_new(NULL);
    data->bare_lf_first = ordinal;
  } else if (ordinal != data->bare_lf_last + 1) {
    print_run(data->bare_lf, data->bare_lf_first, data->bare_lf_last);
    data->bare_lf_too_many = data->bare_lf->len > SMTP_DATA_BARE_LF_MAX;
    data->bare_lf_first = ordinal;
  }
  data->bare_lf_last = ordinal;
}

char *smtp_data_bare_lf(const SmtpData *data) {
  if (!data->bare_lf)
    return NULL;
  if (data->bare_lf_too_many)
    return g_strdup("*");
  GString *list = g_string_new_len(data->bare_lf->str, (gssize)data->bare_lf->len);
  print_run(list, data->bare_lf_first, data->bare_lf_last);
  if (list->len > SMTP_DATA_BARE_LF_MAX)
    g_string_assign(list, "*");
  return g_string_free(list, FALSE);
}

/* --- the put_ functions write to `out` and return the place behind */

/* `text` is without CRs, so every LF in it is bare. */
static guint8 *put_text(SmtpData *data, guint8 *out, const guint8 *text, gsize len) {
  const guint8 *end = text + len;

  for (const guint8 *lf = memchr(text, '\n', len); lf; lf = memchr(lf + 1, '\n', (gsize)(end - lf - 1)))
    note_bare_lf(data);
  memcpy(out, text, len);
  data->size_bytes += len;
  data->line_bytes += len;
  return out + len;
}

static guint8 *put_bare_cr(SmtpData *data, guint8 *out) {
  data->n_bare_cr++;
  data->size_bytes++;
  data->line_bytes++;
  *out = '\r';
  return out + 1;
}

static guint8 *put_line_end(SmtpData *data, guint8 *out) {
  data->n_lines++;
  data->size_bytes += 2;
  data->longest_line_bytes = MAX(data->longest_line_bytes, data->line_bytes);
  data->line_bytes = 0;
  *out = '\n';
  return out + 1;
}

static gboolean has_8bit(const guint8 *bytes, gsize len) {
  const guint64 high_bits = G_GUINT64_CONSTANT(0x8080808080808080);
  guint64 seen = 0;

  for (; len >= sizeof seen; bytes += sizeof seen, len -= sizeof seen) {
    guint64 word;
    memcpy(&word, bytes, sizeof word);
    seen |= word;
  }
  for (; len > 0; bytes++, len--)
    seen |= *bytes;
  return (seen & high_bits) != 0;
}

/* What does not depend on where lines begin is counted over whole pieces: that is faster than line by line. */
static void count_odd_bytes(SmtpData *data, const guint8 *bytes, gsize len) {
  const guint8 *end = bytes + len;

  for (const guint8 *nul = memchr(bytes, 0, len); nul; nul = memchr(nul + 1, 0, (gsize)(end - nul - 1)))
    data->n_nul++;
  data->has_8bit = data->has_8bit || has_8bit(bytes, len);
}

static void keep_tail(SmtpData *data, const guint8 *bytes, gsize len) {
  gsize n_new = MIN(len, SMTP_DATA_TAIL);
  gsize n_old = MIN(data->tail_bytes, SMTP_DATA_TAIL - n_new);

  memmove(data->tail, data->tail + data->tail_bytes - n_old, n_old);
  memcpy(data->tail + n_old, bytes + len - n_new, n_new);
  data->tail_bytes = n_old + n_new;
}

gsize smtp_data_feed(SmtpData *data, const guint8 *in, gsize in_len, guint8 *out, gsize *out_len) {
  const guint8 *at = in;
  const guint8 *end = in + in_len;
  guint8 *out_at = out;

  while (at < end && !data->complete) {
    switch (data->state) {
    case STATE_LINE_START:
      data->state = STATE_TEXT;
      if (data->form == SMTP_DATA_DOTTED && *at == '.') {
        data->state = STATE_DOT;
        at++;
      }
      break;
    case STATE_TEXT: {
      const guint8 *cr = memchr(at, '\r', (gsize)(end - at));
      const guint8 *text_end = cr ? cr : end;
      out_at = put_text(data, out_at, at, (gsize)(text_end - at));
      data->state = cr ? STATE_CR : STATE_TEXT;
      at = cr ? cr + 1 : end;
      break;
    }
    case STATE_DOT:
      data->state = STATE_TEXT;
      if (*at == '\r') {
        data->state = STATE_DOT_CR;
        at++;
      }
      break;
    case STATE_CR:
    case STATE_DOT_CR:
      if (*at != '\n') {
        out_at = put_bare_cr(data, out_at);
        data->state = STATE_TEXT;
        break;
      }
      at++;
      if (data->state == STATE_DOT_CR)
        data->complete = TRUE;
      else
        out_at = put_line_end(data, out_at);
      data->state = STATE_LINE_START;
      break;
    }
  }
  data->longest_line_bytes = MAX(data->longest_line_bytes, data->line_bytes);
  count_odd_bytes(data, in, (gsize)(at - in));
  if (data->form == SMTP_DATA_DOTTED)
    keep_tail(data, in, (gsize)(at - in));
  *out_len = (gsize)(out_at - out);
  return (gsize)(at - in);
}

gsize smtp_data_finish(SmtpData *data, guint8 *out) {
  if (data->state != STATE_CR)
    return 0;
  put_bare_cr(data, out);
  data->state = STATE_TEXT;
  data->longest_line_bytes = MAX(data->longest_line_bytes, data->line_bytes);
  return 1;
}

/* The name of the line end that the bytes before `end` make; NULL: none. */
static const char *line_end_before(const guint8 *text, const guint8 *end) {
  if (end > text && end[-1] == '\n')
    return end - text > 1 && end[-2] == '\r' ? "CR LF" : "LF";
  return end > text && end[-1] == '\r' ? "CR" : NULL;
}

/* The same for the bytes from `at` on; "": there are none yet. */
static const char *line_end_at(const guint8 *at, const guint8 *end) {
  if (at == end)
    return "";
  if (*at == '\r')
    return end - at > 1 && at[1] == '\n' ? "CR LF" : "CR";
  return *at == '\n' ? "LF" : NULL;
}

#define NEEDED "only CR LF . CR LF ends a message"

char *smtp_data_explain_no_end(const SmtpData *data) {
  const guint8 *end = data->tail + data->tail_bytes;

  for (const guint8 *dot = end; dot-- > data->tail;) {
    const char *before = *dot == '.' ? line_end_before(data->tail, dot) : NULL;
    const char *behind = before ? line_end_at(dot + 1, end) : NULL;
    if (!behind)
      continue;
    if (*behind == '\0')
      return g_strdup_printf("it ended with %s . and no line end; " NEEDED, before);
    return g_strdup_printf("it ended with %s . %s; " NEEDED, before, behind);
  }
  if (data->n_bare_lf > 0)
    return g_strdup_printf("lines ended with LF alone: %" G_GUINT64_FORMAT "; " NEEDED, data->n_bare_lf);
  if (data->n_bare_cr > 0)
    return g_strdup_printf("lines ended with CR alone: %" G_GUINT64_FORMAT "; " NEEDED, data->n_bare_cr);
  return NULL;
}
