#pragma once
/* What was rejected: sessions in which a client got a 4xx or 5xx.
 *
 * Owns: an InboxAttempt its texts.
 * Thread: whoever has it.
 * Units and limits: transcripts are as long as syntax/transcript.h lets them become. */
#include <glib.h>

enum { INBOX_ATTEMPTS_MAX = 1000 }; /* the last ones are kept */

/* All text is valid UTF-8 and never NULL, but where that is said. */
typedef struct InboxAttempt {
  guint64 number; /* grows from one to the next */
  gint64 time_us;
  char *peer;
  char *helo;           /* "": none was given */
  char *reverse_path;   /* of the transaction under way; NULL: there was none */
  char **forward_paths; /* those accepted before; NULL-terminated */
  char *command;        /* what was rejected; "": no command, as when the client was too slow */
  char *reply;          /* "550 5.1.1 text" */
  char *transcript;     /* see syntax/transcript.h */
} InboxAttempt;

/* How many attempts got a reply code. */
typedef struct InboxAttemptCode {
  char code[4]; /* "550" */
  guint64 n_attempts;
} InboxAttemptCode;

typedef struct InboxAttemptPage {
  GPtrArray *attempts; /* InboxAttempt *, the newest first */
  GArray *codes;       /* InboxAttemptCode, of all attempts there are, by code */
} InboxAttemptPage;

void inbox_attempt_free(InboxAttempt *attempt);
void inbox_attempt_page_clear(InboxAttemptPage *page);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(InboxAttempt, inbox_attempt_free)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(InboxAttemptPage, inbox_attempt_page_clear)
