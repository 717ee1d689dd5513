#pragma once
/* What was said when messages came, and when something was rejected; kept beside the index and lost with it.
 *
 * Owns: the tables transcript and attempt; an IndexAttempt its texts.
 * Thread: that of the connection; a task is made on the loop thread and runs on the updater's.
 * Errors: STORE_ERROR from the database.
 * Units and limits: the last INDEX_ATTEMPTS_MAX attempts are kept. Transcripts are as long as syntax/transcript.h lets
 * them become.
 * Source: docs/smtp.md, "What was said". */
#include "index/updater.h"

enum { INDEX_ATTEMPTS_MAX = 1000 };

/* Something a client was rejected. All text is valid UTF-8 and never NULL. */
typedef struct IndexAttempt {
  guint64 number; /* grows from one to the next */
  gint64 time_us;
  char *peer;
  char *helo;           /* "": none was given */
  char *reverse_path;   /* of the transaction under way; NULL: there was none */
  char **forward_paths; /* those taken before; NULL-terminated */
  char *command;        /* what was rejected; "": no command, as when the client was too slow */
  char *reply;          /* "550 5.1.1 text" */
  char *transcript;     /* see syntax/transcript.h */
} IndexAttempt;

/* How many attempts got a reply code. */
typedef struct IndexAttemptCode {
  char code[4]; /* "550" */
  guint64 n_attempts;
} IndexAttemptCode;

typedef struct IndexAttemptPage {
  GPtrArray *attempts; /* IndexAttempt *, the newest first */
  GArray *codes;       /* IndexAttemptCode, of all attempts there are, by code */
} IndexAttemptPage;

void index_attempt_free(IndexAttempt *attempt);
void index_attempt_page_clear(IndexAttemptPage *page);

extern const char index_transcript_schema[];

/* Tasks for updater_push(). `said` and the attempt are taken. A message that is not in the index keeps no transcript.
 */
IndexTask *index_transcript_task(const char *id, char *said);
IndexTask *index_attempt_task(IndexAttempt *attempt);

/* NULL without an error: there is none. The caller frees. */
char *index_transcript_read(sqlite3 *db, const char *id, GError **error);

/* At most `limit` of those with a number below `before`, 0: all, whose reply begins with `code`, NULL: any. The caller
 * clears the page. */
gboolean index_attempts_read(sqlite3 *db, const char *code, guint64 before, guint limit, IndexAttemptPage *out_page,
                             GError **error);

/* Removes all attempts; the numbers of later ones go on. */
gboolean index_attempts_clear(sqlite3 *db, guint64 *out_removed, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(IndexAttempt, index_attempt_free)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(IndexAttemptPage, index_attempt_page_clear)
