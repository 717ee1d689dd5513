#pragma once
/* The index as the loop sees it: messages and changes go in, readers get what was there when they asked.
 *
 * Owns: the updater, the strands that read and their connections, reads that wait.
 * Thread: the loop thread, but for what is read: that runs on a reader thread.
 * Errors: INBOX_ERROR. Damage and full disks are dealt with by the updater and show in the report.
 * Units and limits: INDEX_READERS_MAX reads of the index at a time, and as many of files. A
 *         read waits for what came before it to be taken in. It reads what there is when the updater has done nothing
 *         of that for INDEX_WAIT_US, at the latest after INDEX_WAIT_LONG_US; a visitor's waits as long as it takes.
 *         While somebody waits for messages, up to INDEX_HURRY_MAX tasks are written one by one.
 * Source: docs/design.md, "Threads"; docs/storage.md, "The index". */
#include "index/index_change.h"
#include "index/index_read.h"
#include "index/index_retention.h"
#include "index/index_transcript.h"
#include "index/updater.h"

enum {
  INDEX_READERS_MAX = 2,
  INDEX_WAIT_US = 2 * 1000 * 1000,
  INDEX_WAIT_LONG_US = 10 * 1000 * 1000,
  INDEX_LATE_NOTE_US = 10 * 1000 * 1000, /* between notices that a read did not wait */
  INDEX_NOTES_MAX = 30 * 1000,
  INDEX_HURRY_MAX = 32
};

typedef struct Index Index;

Index *index_open(const StoreParts *parts, const UpdaterOptions *options);

/* No more can be given. Every read and every change is done first, and its callback posted; `ended` then runs on a
 * thread of the crew. */
void index_close(Index *index, JobFunc ended, gpointer user_data);

/* Loop thread, after that, when what was posted to the queue has been delivered. NULL is fine. */
void index_free(Index *index);

/* A message has been stored as new/`file_name`, with this number of its arrival. Takes block and body, which may be
 * NULL. Returns its ticket: the index tells up to which it has got. */
guint64 index_add(Index *index, const char *file_name, GString *block, GByteArray *body, guint64 number);

/* Takes the change. `changed` comes after the report of the events it makes. */
void index_change(Index *index, InboxChange *change, InboxChanged changed, gpointer user_data);

/* Removes what is over the limits, in one step; see index/index_retention.h. `done` comes after the report of the
 * events. */
void index_retention_step(Index *index, const InboxLimits *limits, InboxRetentionDone done, gpointer user_data);

/* Keeps what was said when the message came, or something was rejected. Both are taken; and dropped when
 * INDEX_NOTES_MAX messages and changes wait, which are worth more. */
void index_keep_transcript(Index *index, const char *id, char *said);
void index_keep_attempt(Index *index, InboxAttempt *attempt);

/* `work` runs on a reader thread, when all that was given before is taken in; `reader` is NULL, and `error` lent, when
 * the index cannot be read. It runs a second time when the index was found to be damaged. `done` follows on the loop
 * thread. */
typedef void (*IndexReadFunc)(IndexReader *reader, const GError *error, gpointer user_data);
void index_read(Index *index, IndexReadFunc work, JobFunc done, gpointer user_data);

/* The same for work that reads a message's file, on a strand of its own, so that lists need not wait for it. Large
 * files have others again, so that small ones need not wait for them. */
void index_read_file(Index *index, gboolean is_large, IndexReadFunc work, JobFunc done, gpointer user_data);

/* Other directories took the place of those of the Maildir. */
void index_move(Index *index);

/* Reads given from now on wait until what other programs did before is taken in, too. */
void index_refresh(Index *index);

/* Whether somebody waits for messages: they are then not held back to be written together with more, unless more than
 * INDEX_HURRY_MAX wait to be taken in. */
void index_set_awaited(Index *index, gboolean is_awaited);

/* Whether the updater rests between its turns while messages come: see updater_set_rest(). */
void index_set_rest(Index *index, gboolean may_rest);

/* TRUE: no more can be given. Any thread. */
gboolean index_is_stopped(const Index *index);

/* The place in the order of messages that is now: those reported from now on come behind it, and those before in front.
 */
guint64 index_now(Index *index);

/* The last report, without `problem`; lent until the next. */
const InboxReport *index_report(const Index *index);

/* How many messages and changes wait to be taken in. */
guint64 index_backlog(const Index *index);
