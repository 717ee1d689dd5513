#pragma once
/* What was said on a connection: the lines of both sides, with their times, up to a mail or a refusal.
 *
 * A connection may carry many mails. Kept are how it began (its head: greeting, EHLO, login) and what was said since
 * the last mail began; so each mail gets a whole story of bounded length.
 *
 * Owns: a Dialogue owns its text.
 * Thread: one at a time; pure, times are the caller's.
 * Errors: none. What passes the limits is counted, and said in a line of its own.
 * Units and limits: DIALOGUE_OCTETS_MAX octets of head and as many behind; a line is cut at DIALOGUE_LINE_MAX octets.
 *         Times in microseconds since the connection began.
 * Source: docs/smtp.md, "What was said". Passwords are masked by who adds the lines. */
#include <glib.h>

enum { DIALOGUE_OCTETS_MAX = 16 * 1024, DIALOGUE_LINE_MAX = 512 };

typedef struct Dialogue Dialogue;

Dialogue *dialogue_new(void);
void dialogue_free(Dialogue *dialogue);

/* A line of the client ('C'), the server ('S') or about the connection ('*'): any octets; control characters and what
 * is no UTF-8 become U+FFFD. */
void dialogue_add(Dialogue *dialogue, gint64 time_us, char side, const char *line, gsize len);

/* A mail begins: the head is over, and what was said of the mail before is dropped. */
void dialogue_begin_mail(Dialogue *dialogue);

/* All there is, one line each: "12345 C EHLO client.example". The caller frees. */
char *dialogue_print(const Dialogue *dialogue);

typedef struct DialogueLine {
  gint64 time_us;
  char side;
  const char *text; /* not terminated */
  gsize len;
} DialogueLine;

/* Takes the next line off what dialogue_print() gave. FALSE at the end, or where it is none. */
gboolean dialogue_next(const char **cursor, DialogueLine *out_line);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Dialogue, dialogue_free)
