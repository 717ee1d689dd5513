#include "message/header_fields.h"
#include <string.h>

/* Behind the line end, or `end`. */
static const char *next_line(const char *at, const char *end) {
  const char *lf = memchr(at, '\n', (gsize)(end - at));

  return lf ? lf + 1 : end;
}

static gboolean is_blank(char c) {
  return c == ' ' || c == '\t';
}

static gsize length_without_line_end(const char *line, const char *line_end) {
  gsize len = (gsize)(line_end - line);

  if (len > 0 && line[len - 1] == '\n')
    len--;
  if (len > 0 && line[len - 1] == '\r')
    len--;
  return len;
}

/* Files that were put together, and editors, leave such a mark. */
static const char *skip_mark(const char *at, const char *end) {
  static const char mark[] = "\uFEFF";

  return (gsize)(end - at) >= strlen(mark) && memcmp(at, mark, strlen(mark)) == 0 ? at + strlen(mark) : at;
}

/* Where the colon of a field is whose name begins at `line`; NULL when it is no field. */
static const char *find_colon(const char *line, const char *line_end, gsize *name_len) {
  const char *at = line;

  while (at < line_end && g_ascii_isgraph(*at) && *at != ':')
    at++;
  *name_len = (gsize)(at - line);
  while (at < line_end && is_blank(*at))
    at++;
  return *name_len > 0 && at < line_end && *at == ':' ? at : NULL;
}

static gboolean is_field(const char *line, const char *end) {
  gsize name_len;

  return find_colon(skip_mark(line, end), next_line(line, end), &name_len) != NULL;
}

/* Behind what may stand in front of the first field. */
static const char *skip_envelope_line(const char *at, const char *end) {
  const char *behind = next_line(at, end);
  gsize n_bytes = (gsize)(end - at);

  if ((n_bytes >= 5 && memcmp(at, "From ", 5) == 0) || (n_bytes >= 6 && memcmp(at, ">From ", 6) == 0))
    return is_field(behind, end) && !is_field(at, end) ? behind : at;
  const char *line = at;
  while (line < end && is_blank(*line))
    line = next_line(line, end);
  return line > at && is_field(line, end) ? line : at;
}

/* After a blank line there is a body, unless a field follows that hardly any body begins with. */
static gboolean is_usual_field(const char *line, const char *end) {
  static const char *const names[] = {"From",     "To",          "Subject",       "Date",         "Message-ID",
                                      "Received", "Return-Path", "MIME-Version",  "Content-Type", "X-Mailer",
                                      "Reply-To", "Sender",      "DKIM-Signature"};
  HeaderField field = {.name = line};

  if (!find_colon(line, next_line(line, end), &field.name_len))
    return FALSE;
  for (gsize i = 0; i < G_N_ELEMENTS(names); i++)
    if (header_field_is(&field, names[i])) {
      const char *next = next_line(line, end);
      return is_field(next, end) || (next < end && is_blank(*next));
    }
  return FALSE;
}

const char *header_fields_find_start(const char *at, const char *end, HeaderLeads *leads) {
  const char *start = skip_mark(at, end);
  const char *line = start;

  *leads = start > at ? HEADER_LEAD_MARK : 0;
  while (line < end && length_without_line_end(line, next_line(line, end)) == 0)
    line = next_line(line, end);
  if (line > start && is_usual_field(skip_mark(line, end), end)) {
    *leads |= HEADER_LEAD_BLANK;
    start = line;
  }
  if (skip_envelope_line(start, end) > start)
    *leads |= HEADER_LEAD_LINE;
  return start;
}

const char *header_fields_split(const char *at, const char *end, HeaderStopFunc stop, gpointer stop_data,
                                GArray *fields) {
  HeaderField *last = NULL; /* NULL also when the last was one too many */
  gboolean any = FALSE;

  at = skip_envelope_line(at, end);
  while (at < end) {
    const char *line_end = next_line(at, end);
    gsize len = length_without_line_end(at, line_end);
    gsize name_len;
    const char *colon;
    if (stop && stop(at, len, stop_data))
      return at;
    if (len == 0)
      return line_end;
    if (is_blank(*at) && any) {
      if (last)
        last->raw_len = (gsize)(at + len - last->raw);
    } else if ((colon = find_colon(skip_mark(at, line_end), line_end, &name_len))) {
      HeaderField field = {skip_mark(at, line_end), name_len, colon + 1, (gsize)(at + len - colon - 1)};
      any = TRUE;
      last = NULL;
      if (fields->len < HEADER_FIELDS_MAX) {
        g_array_append_val(fields, field);
        last = &g_array_index(fields, HeaderField, fields->len - 1);
      }
    } else {
      return at;
    }
    at = line_end;
  }
  return end;
}

gboolean header_field_is(const HeaderField *field, const char *name) {
  return field->name_len == strlen(name) && g_ascii_strncasecmp(field->name, name, field->name_len) == 0;
}

const HeaderField *header_fields_first(const GArray *fields, const char *name) {
  for (guint i = 0; i < fields->len; i++) {
    const HeaderField *field = &g_array_index(fields, HeaderField, i);
    if (header_field_is(field, name))
      return field;
  }
  return NULL;
}
