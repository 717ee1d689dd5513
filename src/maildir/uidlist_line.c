#include "maildir/uidlist_line.h"

#include "maildir/io.h"
#include <string.h>

typedef enum { FIELD_NUMBER = 1 << 0, FIELD_UID = 1 << 1, FIELD_ID = 1 << 2, FIELD_TAGS = 1 << 3 } Field;

/* In this order in each line. */
static const struct {
  const char *word;
  guint fields;
} kinds[UIDLIST_KINDS_N] = {
    [UIDLIST_HEADER] = {"dsmtpd-uidlist-1", FIELD_UID | FIELD_ID},
    [UIDLIST_TOP] = {"top", FIELD_NUMBER | FIELD_UID},
    [UIDLIST_END] = {"end", FIELD_NUMBER | FIELD_UID},
    [UIDLIST_ADDED] = {"add", FIELD_UID | FIELD_ID},
    [UIDLIST_TAGGED] = {"tag", FIELD_UID | FIELD_ID | FIELD_TAGS},
    [UIDLIST_REMOVED] = {"del", FIELD_UID},
    [UIDLIST_CLEARED] = {"clear", 0},
};

/* Moves *at past the word and the space after it, which becomes its end. */
static char *next_word(char **at) {
  char *word = *at;
  char *space = word ? strchr(word, ' ') : NULL;

  if (space)
    *space = '\0';
  *at = space ? space + 1 : NULL;
  return word;
}

static gboolean read_number(char **at, guint64 min, guint64 max, guint64 *out_number) {
  const char *word = next_word(at);

  return word && g_ascii_string_to_unsigned(word, 10, min, max, out_number, NULL);
}

static gboolean is_id(const char *id) {
  gsize len = id ? strspn(id, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._~-") : 0;

  return len > 0 && id[len] == '\0' && len <= STORE_NAME_MAX;
}

/* Cuts the line apart. FALSE: it is none of ours. */
static gboolean parse(char *text, UidListLine *line) {
  char *at = text;
  const char *word = next_word(&at);

  line->kind = 0;
  while (line->kind < UIDLIST_KINDS_N && strcmp(word, kinds[line->kind].word) != 0)
    line->kind++;
  if (line->kind == UIDLIST_KINDS_N)
    return FALSE;
  guint fields = kinds[line->kind].fields;
  guint64 min_uid = line->kind == UIDLIST_TOP || line->kind == UIDLIST_END ? 0 : 1;
  guint64 max_uid = line->kind == UIDLIST_HEADER ? G_MAXUINT32 : UID_MAX;
  guint64 uid = 0;
  if (((fields & FIELD_NUMBER) && !read_number(&at, 0, UIDLIST_NUMBER_MAX, &line->number)) ||
      ((fields & FIELD_UID) && !read_number(&at, min_uid, max_uid, &uid)))
    return FALSE;
  line->uid = (guint32)uid;
  if (fields & FIELD_ID)
    line->id = next_word(&at);
  if (fields & FIELD_TAGS) {
    line->tags = at ? at : "";
    at = NULL;
  }
  gboolean is_named = !(fields & FIELD_ID) || is_id(line->id);
  gboolean is_long_enough = line->kind != UIDLIST_HEADER || (line->id && strlen(line->id) == UIDLIST_ID_DIGITS);
  return !at && is_named && is_long_enough;
}

void uidlist_reader_init(UidListReader *reader, UidListRead read, gpointer user_data) {
  *reader = (UidListReader){.part = g_string_new(NULL), .read = read, .user_data = user_data};
}

void uidlist_reader_clear(UidListReader *reader) {
  g_string_free(reader->part, TRUE);
}

static void end_line(UidListReader *reader) {
  UidListLine line = {0};
  gsize len = reader->part->len;

  reader->n_lines++;
  if (!reader->is_too_long && strlen(reader->part->str) == len && parse(reader->part->str, &line))
    reader->read(&line, reader->user_data);
  else
    reader->n_damaged++;
  g_string_truncate(reader->part, 0);
  reader->is_too_long = FALSE;
}

void uidlist_reader_feed(UidListReader *reader, const char *bytes, gsize n_bytes) {
  const char *end = bytes + n_bytes;

  while (bytes < end) {
    const char *lf = memchr(bytes, '\n', (gsize)(end - bytes));
    gsize len = (gsize)((lf ? lf : end) - bytes);
    reader->is_too_long |= reader->part->len + len > UIDLIST_LINE_BYTES_MAX;
    if (!reader->is_too_long)
      g_string_append_len(reader->part, bytes, (gssize)len);
    reader->n_bytes += len + (lf ? 1 : 0);
    if (!lf)
      return;
    end_line(reader);
    bytes = lf + 1;
  }
}

void uidlist_print(GString *out, const UidListLine *line) {
  guint fields = kinds[line->kind].fields;

  g_string_append(out, kinds[line->kind].word);
  if (fields & FIELD_NUMBER)
    g_string_append_printf(out, " %" G_GUINT64_FORMAT, line->number);
  if (fields & FIELD_UID)
    g_string_append_printf(out, " %" G_GUINT32_FORMAT, line->uid);
  if (fields & FIELD_ID)
    g_string_append_printf(out, " %s", line->id);
  if (fields & FIELD_TAGS)
    g_string_append_printf(out, " %s", line->tags);
  g_string_append_c(out, '\n');
}
