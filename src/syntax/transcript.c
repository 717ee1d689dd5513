#include "syntax/transcript.h"

#include <string.h>

typedef struct Stretch {
  GString *text;
  guint n_left_out; /* lines for which there was no room */
} Stretch;

struct Transcript {
  Stretch head;
  Stretch mail; /* its text is NULL until a message begins */
};

Transcript *transcript_new(void) {
  Transcript *transcript = g_new0(Transcript, 1);

  transcript->head.text = g_string_new(NULL);
  return transcript;
}

void transcript_free(Transcript *transcript) {
  if (!transcript)
    return;
  g_string_free(transcript->head.text, TRUE);
  if (transcript->mail.text)
    g_string_free(transcript->mail.text, TRUE);
  g_free(transcript);
}

static gboolean is_plain(const char *line, gsize len) {
  for (gsize i = 0; i < len; i++)
    if (!g_ascii_isprint(line[i]))
      return FALSE;
  return TRUE;
}

static void append_odd(GString *out, const char *line, gsize len) {
  g_autofree char *valid = g_utf8_make_valid(line, (gssize)len);

  for (const char *at = valid; *at != '\0'; at = g_utf8_next_char(at)) {
    gunichar c = g_utf8_get_char(at);
    g_string_append_unichar(out, g_unichar_iscntrl(c) || c == 0x2028 || c == 0x2029 ? 0xfffd : c);
  }
}

/* A dozen lines come with each message, so this is done without printf. */
static void append_time(GString *out, gint64 time_us) {
  char digits[24];
  char *at = digits + sizeof digits;

  do {
    *--at = (char)('0' + time_us % 10);
    time_us /= 10;
  } while (time_us > 0);
  g_string_append_len(out, at, digits + sizeof digits - at);
}

void transcript_add(Transcript *transcript, gint64 time_us, char side, const char *line, gsize len) {
  Stretch *stretch = transcript->mail.text ? &transcript->mail : &transcript->head;
  gsize n_kept = MIN(len, TRANSCRIPT_LINE_MAX);

  if (stretch->n_left_out > 0 || stretch->text->len >= TRANSCRIPT_BYTES_MAX) {
    stretch->n_left_out++;
    return;
  }
  append_time(stretch->text, MAX(time_us, 0));
  g_string_append_c(stretch->text, ' ');
  g_string_append_c(stretch->text, side);
  g_string_append_c(stretch->text, ' ');
  if (is_plain(line, n_kept))
    g_string_append_len(stretch->text, line, (gssize)n_kept);
  else
    append_odd(stretch->text, line, n_kept);
  g_string_append(stretch->text, len > n_kept ? "...\n" : "\n");
}

void transcript_begin_mail(Transcript *transcript) {
  if (!transcript->mail.text)
    transcript->mail.text = g_string_new(NULL);
  g_string_truncate(transcript->mail.text, 0);
  transcript->mail.n_left_out = 0;
}

static void print_stretch(const Stretch *stretch, GString *out) {
  if (!stretch->text)
    return;
  g_string_append_len(out, stretch->text->str, (gssize)stretch->text->len);
  if (stretch->n_left_out > 0) {
    gsize at = stretch->text->len - 1; /* the last line's time has to do for what is left out */
    while (at > 0 && stretch->text->str[at - 1] != '\n')
      at--;
    g_string_append_printf(out, "%" G_GINT64_FORMAT " * %u more lines\n",
                           g_ascii_strtoll(stretch->text->str + at, NULL, 10), stretch->n_left_out);
  }
}

char *transcript_print(const Transcript *transcript) {
  GString *out = g_string_new(NULL);

  print_stretch(&transcript->head, out);
  print_stretch(&transcript->mail, out);
  return g_string_free(out, FALSE);
}

gboolean transcript_next(const char **cursor, TranscriptLine *out_line) {
  char *after_time = NULL;
  gint64 time_us = g_ascii_strtoll(*cursor, &after_time, 10);

  if (after_time == *cursor || after_time[0] != ' ' || !strchr("CS*", after_time[1]) || after_time[1] == '\0' ||
      after_time[2] != ' ')
    return FALSE;
  gsize len = strcspn(after_time + 3, "\n");
  *out_line = (TranscriptLine){.time_us = time_us, .side = after_time[1], .text = after_time + 3, .len = len};
  *cursor = after_time + 3 + len + (after_time[3 + len] == '\n');
  return TRUE;
}
