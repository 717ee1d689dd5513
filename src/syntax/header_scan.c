#include "syntax/header_scan.h"

#include <string.h>

enum {
  STATE_START, /* a byte order mark may stand here, which is stepped over */
  STATE_LINE_START,
  STATE_NAME,
  STATE_NAME_END, /* white space between name and colon (RFC 5322 4.5.8) */
  STATE_VALUE,
};

/* Fields whose number is asked for. */
static const struct {
  const char *name;
  gsize counter_offset;
} counted_fields[] = {
    {"From", G_STRUCT_OFFSET(HeaderScan, n_from)},
    {"Date", G_STRUCT_OFFSET(HeaderScan, n_date)},
    {"Message-ID", G_STRUCT_OFFSET(HeaderScan, n_message_id)},
};

void header_scan_init(HeaderScan *scan) {
  *scan = (HeaderScan){.state = STATE_START};
}

void header_scan_clear(HeaderScan *scan) {
  if (scan->subject)
    g_string_free(scan->subject, TRUE);
  scan->subject = NULL;
}

static gboolean is_blank(guint8 byte) {
  return byte == ' ' || byte == '\t';
}

static gboolean name_is(const HeaderScan *scan, const char *name) {
  return scan->name_len == strlen(name) && g_ascii_strncasecmp(scan->name, name, scan->name_len) == 0;
}

static void begin_value(HeaderScan *scan) {
  scan->state = STATE_VALUE;
  scan->n_fields++;
  for (gsize i = 0; i < G_N_ELEMENTS(counted_fields); i++)
    if (name_is(scan, counted_fields[i].name))
      G_STRUCT_MEMBER(guint, scan, counted_fields[i].counter_offset)++;

  scan->in_subject = !scan->subject && name_is(scan, "Subject");
  if (scan->in_subject)
    scan->subject = g_string_new(NULL);
}

/* One byte of a name, or the colon behind it. What can be neither ends the header: the LF of a blank line, a blank
 * before the first field, the second word of an mbox "From " line or of any other text. */
static void feed_name(HeaderScan *scan, guint8 byte) {
  if (byte == ':' && scan->name_len > 0) {
    begin_value(scan);
  } else if (is_blank(byte) && scan->name_len > 0) {
    scan->state = STATE_NAME_END;
  } else if (scan->state == STATE_NAME && byte != ':' && g_ascii_isgraph((char)byte)) {
    if (scan->name_len < sizeof scan->name)
      scan->name[scan->name_len] = (char)byte;
    if (scan->name_len <= sizeof scan->name) /* counted one too far, a longer name equals none of ours */
      scan->name_len++;
  } else {
    scan->complete = TRUE;
  }
}

/* Keeps the white space that folds a line, and leaves out what is in front of the text. */
static void keep_subject(GString *subject, const guint8 *bytes, gsize len) {
  for (gsize i = 0; i < len && subject->len < HEADER_SCAN_SUBJECT_MAX; i++)
    if (bytes[i] != '\r' && (subject->len > 0 || !is_blank(bytes[i])))
      g_string_append_c(subject, (char)bytes[i]);
}

/* Bytes up to the end of the line, if it is among them. Returns how many were read. */
static gsize feed_value(HeaderScan *scan, const guint8 *bytes, gsize len) {
  const guint8 *lf = memchr(bytes, '\n', len);
  gsize value_len = lf ? (gsize)(lf - bytes) : len;

  for (gsize i = 0; i < value_len && !scan->has_8bit; i++)
    scan->has_8bit = bytes[i] > 127;
  if (scan->in_subject)
    keep_subject(scan->subject, bytes, value_len);
  if (!lf)
    return value_len;
  scan->state = STATE_LINE_START;
  return value_len + 1;
}

void header_scan_feed(HeaderScan *scan, const guint8 *bytes, gsize n_bytes) {
  gsize at = 0;

  while (at < n_bytes && !scan->complete) {
    switch (scan->state) {
    case STATE_START:
      if (bytes[at] == (guint8) "\uFEFF"[scan->n_mark_bytes]) {
        at++;
        scan->state = ++scan->n_mark_bytes == strlen("\uFEFF") ? STATE_LINE_START : STATE_START;
      } else {
        scan->complete = scan->n_mark_bytes > 0;
        scan->state = STATE_LINE_START;
      }
      break;
    case STATE_LINE_START:
      if (is_blank(bytes[at]) && scan->n_fields > 0) {
        scan->state = STATE_VALUE;
      } else {
        scan->state = STATE_NAME;
        scan->name_len = 0;
      }
      break;
    case STATE_NAME:
    case STATE_NAME_END:
      feed_name(scan, bytes[at++]);
      break;
    case STATE_VALUE:
      at += feed_value(scan, bytes + at, n_bytes - at);
      break;
    }
  }
}
