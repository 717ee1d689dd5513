#include "syntax/mbox_read.h"
#include "syntax/smtp_command.h"
#include <string.h>

struct MboxReader {
  MboxKind kind;
  gsize mail_max;
  GByteArray *line;       /* the beginning of one whose end has not come */
  gboolean is_in_line;    /* behind MBOX_LINE_MAX bytes of one */
  gboolean is_after_line; /* a line that is not blank comes before */
  guint depth;            /* how often that line was quoted */
  /* the message under way */
  gboolean is_in_mail;
  GByteArray *mail;
  gboolean is_too_long;
  const char *held; /* a blank line, which may be none of the message's; NULL: none */
  char *sender;
  /* lines that tell the kinds apart */
  guint64 n_rd, n_o;
};

void mbox_mail_clear(MboxMail *mail) {
  g_clear_pointer(&mail->bytes, g_bytes_unref);
  g_clear_pointer(&mail->sender, g_free);
}

MboxReader *mbox_reader_new(MboxKind kind, gsize mail_max) {
  MboxReader *reader = g_new0(MboxReader, 1);

  reader->kind = kind;
  reader->mail_max = mail_max;
  reader->line = g_byte_array_new();
  reader->mail = g_byte_array_new();
  return reader;
}

void mbox_reader_free(MboxReader *reader) {
  if (!reader)
    return;
  g_byte_array_unref(reader->line);
  g_byte_array_unref(reader->mail);
  g_free(reader->sender);
  g_free(reader);
}

/* --- separators */

static gboolean is_one_of(const char *text, const char *names) {
  for (; *names != '\0'; names += 3)
    if (memcmp(text, names, 3) == 0)
      return TRUE;
  return FALSE;
}

/* Where " Tue Nov " is, at which a separator's date begins; NULL: nowhere. */
static const char *find_date(const char *text, gsize len) {
  static const gsize date_len = sizeof " Tue Nov " - 1;

  for (const char *at = text; (gsize)(text + len - at) >= date_len; at++)
    if (at[0] == ' ' && at[4] == ' ' && at[8] == ' ' && is_one_of(at + 1, "MonTueWedThuFriSatSun") &&
        is_one_of(at + 5, "JanFebMarAprMayJunJulAugSepOctNovDec"))
      return at;
  return NULL;
}

/* Its date, or NULL when it is no separator. */
static const char *read_separator(const char *line, gsize len) {
  return len > 5 && memcmp(line, "From ", 5) == 0 ? find_date(line + 4, len - 4) : NULL;
}

/* Many programs write MAILER-DAEMON, or the name of a user, for whomever: the message knows better. */
static char *read_sender(const char *line, const char *date) {
  const char *start = line + 5;
  g_autofree char *name = date > start ? g_strndup(start, (gsize)(date - start)) : g_strdup("");

  return *g_strstrip(name) != '\0' ? smtp_address_parse(name, SMTP_PATH_REVERSE, SMTP_LENIENT_DOTS) : NULL;
}

gboolean mbox_begins(const char *bytes, gsize len) {
  const char *lf = memchr(bytes, '\n', MIN(len, (gsize)MBOX_LINE_MAX));

  return lf && read_separator(bytes, (gsize)(lf - bytes));
}

/* --- lines of a message */

static void append(MboxReader *reader, const char *bytes, gsize len) {
  if (!reader->is_in_mail || reader->is_too_long)
    return;
  reader->is_too_long = len > reader->mail_max - reader->mail->len;
  if (!reader->is_too_long)
    g_byte_array_append(reader->mail, (const guint8 *)bytes, (guint)len);
  else
    g_byte_array_set_size(reader->mail, 0);
}

static guint count_quotes(const char *line, gsize len) {
  guint n_quotes = 0;

  while (n_quotes < len && line[n_quotes] == '>')
    n_quotes++;
  return n_quotes;
}

static gboolean is_quoted_from(const char *line, gsize len, guint n_quotes) {
  return n_quotes > 0 && len - n_quotes >= 5 && memcmp(line + n_quotes, "From ", 5) == 0;
}

/* See mbox_reader_guess(). */
static void weigh(MboxReader *reader, guint n_quotes) {
  if (reader->depth == n_quotes)
    reader->n_o++;
  else if (n_quotes > 1 && reader->depth == n_quotes - 1)
    reader->n_rd++;
}

static void append_line(MboxReader *reader, const char *line, gsize len) {
  guint n_quotes = count_quotes(line, len);
  gboolean is_quoted = is_quoted_from(line, len, n_quotes);
  gboolean is_bare = is_quoted && (n_quotes == 1 || reader->kind == MBOX_KIND_RD);

  if (is_quoted)
    weigh(reader, n_quotes);
  reader->depth = n_quotes;
  append(reader, line + is_bare, len - is_bare);
}

/* "\n" or "\r\n" as they are; NULL: the line is none. */
static const char *read_blank(const char *line, gsize len) {
  if (len == 1 && line[0] == '\n')
    return "\n";
  return len == 2 && line[0] == '\r' && line[1] == '\n' ? "\r\n" : NULL;
}

static void add_line(MboxReader *reader, const char *line, gsize len) {
  const char *blank = read_blank(line, len);

  if (reader->held)
    append(reader, reader->held, strlen(reader->held));
  reader->held = blank;
  reader->is_after_line = !blank;
  if (blank)
    reader->depth = 0;
  else
    append_line(reader, line, len);
}

/* --- messages */

static gboolean end_mail(MboxReader *reader, MboxMail *out_mail) {
  gboolean was_in_mail = reader->is_in_mail;

  if (was_in_mail) {
    out_mail->bytes = reader->is_too_long ? NULL : g_byte_array_free_to_bytes(reader->mail);
    out_mail->sender = g_steal_pointer(&reader->sender);
    if (!reader->is_too_long)
      reader->mail = g_byte_array_new();
  }
  reader->held = NULL;
  reader->is_in_mail = reader->is_too_long = FALSE;
  return was_in_mail;
}

static gboolean begin_mail(MboxReader *reader, const char *line, const char *date, MboxMail *out_mail) {
  gboolean has_ended = end_mail(reader, out_mail);

  reader->sender = read_sender(line, date);
  reader->is_in_mail = TRUE;
  reader->is_after_line = FALSE;
  reader->depth = 0;
  return has_ended;
}

/* The rest of a line of which enough was seen; how much of it was there. */
static gsize pass_on(MboxReader *reader, const char *bytes, gsize len) {
  const char *lf = memchr(bytes, '\n', len);
  gsize n = lf ? (gsize)(lf + 1 - bytes) : len;

  append(reader, bytes, n);
  reader->is_in_line = !lf;
  return n;
}

/* A line, or its first MBOX_LINE_MAX bytes. TRUE: a message ends before it. */
static gboolean take_line(MboxReader *reader, const char *line, gsize len, MboxMail *out_mail) {
  gboolean is_whole = line[len - 1] == '\n';
  const char *date = is_whole && !reader->is_after_line ? read_separator(line, len) : NULL;

  reader->is_in_line = !is_whole;
  if (date)
    return begin_mail(reader, line, date, out_mail);
  add_line(reader, line, len);
  return FALSE;
}

/* The same for a line of which some came before. */
static gboolean take_kept_line(MboxReader *reader, MboxMail *out_mail) {
  gboolean has_ended = take_line(reader, (const char *)reader->line->data, reader->line->len, out_mail);

  g_byte_array_set_size(reader->line, 0);
  return has_ended;
}

gboolean mbox_reader_take(MboxReader *reader, const char *bytes, gsize len, gsize *out_taken, MboxMail *out_mail) {
  gboolean has_ended = FALSE;
  gsize at = 0;

  while (at < len && !has_ended) {
    if (reader->is_in_line) {
      at += pass_on(reader, bytes + at, len - at);
      continue;
    }
    gsize room = MIN(len - at, MBOX_LINE_MAX - reader->line->len);
    const char *lf = memchr(bytes + at, '\n', room);
    gsize n = lf ? (gsize)(lf + 1 - bytes) - at : room;
    gboolean is_enough = lf || reader->line->len + n == MBOX_LINE_MAX;
    if (is_enough && reader->line->len == 0) {
      has_ended = take_line(reader, bytes + at, n, out_mail);
    } else {
      g_byte_array_append(reader->line, (const guint8 *)bytes + at, (guint)n);
      has_ended = is_enough && take_kept_line(reader, out_mail);
    }
    at += n;
  }
  *out_taken = at;
  return has_ended;
}

gboolean mbox_reader_end(MboxReader *reader, MboxMail *out_mail) {
  if (reader->line->len > 0)
    (void)take_kept_line(reader, out_mail); /* which has no end, and so is no separator */
  return end_mail(reader, out_mail);
}

MboxKind mbox_reader_guess(const MboxReader *reader) {
  return reader->n_o > reader->n_rd ? MBOX_KIND_O : MBOX_KIND_RD;
}
