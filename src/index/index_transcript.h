#pragma once
/* What was said when messages came, and when something was rejected; kept beside the index and lost with it.
 *
 * Owns: the tables transcript and attempt; nothing else.
 * Thread: that of the connection; a task is made on the loop thread and runs on the updater's.
 * Errors: INBOX_ERROR from the database.
 * Units and limits: the last INBOX_ATTEMPTS_MAX attempts are kept. Transcripts are as long as syntax/transcript.h lets
 * them become.
 * Source: docs/smtp.md, "What was said". */
#include "base/found.h"
#include "inbox/attempt.h"
#include "index/updater.h"

extern const char index_transcript_schema[];

/* Tasks for updater_push(). `said` and the attempt are taken. A message that is not in the index keeps no transcript.
 */
IndexTask *index_transcript_task(const char *id, char *said);
IndexTask *index_attempt_task(InboxAttempt *attempt);

/* FOUND_NOTHING: it was not kept. The caller frees. */
Found index_transcript_read(sqlite3 *db, const char *id, char **out_said, GError **error);

/* At most `limit` of those with a number below `before`, 0: all, whose reply begins with `code`, NULL: any. The caller
 * clears the page. */
gboolean index_attempts_read(sqlite3 *db, const char *code, guint64 before, guint limit, InboxAttemptPage *out_page,
                             GError **error);

/* Removes all attempts; the numbers of later ones go on. */
gboolean index_attempts_clear(sqlite3 *db, guint64 *out_removed, GError **error);
