#pragma once
/* What was said on a connection: the lines of both sides, with their times, up to a message or a rejection.
 *
 * A connection may carry many messages. Kept are how it began (its head: greeting, EHLO, login) and what was said since
 * the last message began; so each message gets a whole story of bounded length.
 *
 * Owns: a Transcript owns its text.
 * Thread: one at a time; pure, times are the caller's.
 * Errors: none. What passes the limits is counted, and said in a line of its own.
 * Units and limits: DIALOGUE_BYTES_MAX bytes of head and as many behind; a line is cut at DIALOGUE_LINE_MAX bytes.
 *         Times in microseconds since the connection began.
 * Source: docs/smtp.md, "What was said". Passwords are masked by who adds the lines. */
#include <glib.h>

enum { TRANSCRIPT_BYTES_MAX = 16 * 1024, TRANSCRIPT_LINE_MAX = 512 };

typedef struct Transcript Transcript;

Transcript *transcript_new(void);
void transcript_free(Transcript *transcript);

/* A line of the client ('C'), the server ('S') or about the connection ('*'): any bytes; control characters and what
 * is not UTF-8 become U+FFFD. */
void transcript_add(Transcript *transcript, gint64 time_us, char side, const char *line, gsize len);

/* A message begins: the head is over, and what was said of the message before is dropped. */
void transcript_begin_mail(Transcript *transcript);

/* All there is, one line each: "12345 C EHLO client.example". The caller frees. */
char *transcript_print(const Transcript *transcript);

typedef struct TranscriptLine {
  gint64 time_us;
  char side;
  const char *text; /* not terminated */
  gsize len;
} TranscriptLine;

/* Takes the next line off what transcript_print() gave. FALSE at the end, or where it is none. */
gboolean transcript_next(const char **cursor, TranscriptLine *out_line);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Transcript, transcript_free)
