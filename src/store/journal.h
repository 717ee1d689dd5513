#pragma once
/* The journal: one file in which small messages are made lasting many at a time, by a single fdatasync, until a
 * checkpoint has made their own files so.
 *
 * Owns: the file dsmtpd.journal and its room on disk; descriptors of messages not yet checkpointed.
 * Thread: the committer's; checkpoints run on a writer.
 * Errors: INBOX_ERROR. After a failed write or sync the journal is given up: messages have to be synced one by one
 * until, a minute later, a fresh one is tried.
 * Units and limits: at most JOURNAL_BYTES_MAX and a 16th of the free
 * space; a message is in the journal alone for at most JOURNAL_CHECKPOINT_US.
 * Source: docs/storage.md. */
#include "maildir/parts.h"
#include "store/journal_format.h"
#include <glib.h>

#define JOURNAL_NAME "dsmtpd.journal"

/* Tells of the records of others that a batch brings whose messages are not in the journal, while the batch is made
 * visible; of the form of one segment. */
#define JOURNAL_PENDING_NAME "dsmtpd.pending"

enum {
  JOURNAL_BYTES_MAX = 16 * 1024 * 1024,
  JOURNAL_BYTES_MIN = 256 * 1024,
  JOURNAL_SEGMENTS = 2,
  JOURNAL_BATCH_MAX = 64, /* records in one append */
  JOURNAL_CHECKPOINT_US = 5 * 1000 * 1000
};

typedef struct Journal Journal;

/* What is to be appended. All is lent for the call. */
typedef struct JournalEntry {
  JournalKind kind;
  const char *name;
  struct iovec content[3];
  const GPtrArray *records; /* those of others, which the content begins with; NULL: none */
} JournalEntry;

/* How many files of messages a journal keeps open at most, where the process may open `limit` files. */
guint journal_held_max(guint64 limit);

/* Touches no disk: the file is made at the first message, so that start-up need not wait for it. */
Journal *journal_new(const StoreParts *parts);

/* Makes what the journal holds lasting elsewhere, removes the file and frees. No message may be under way. */
void journal_close(Journal *journal);

/* Between two batches, when other directories are about to take the place of those the journal is for: ends the file
 * like journal_close(); the next one is made at the next mail. `is_elsewhere`: in another directory, where no file
 * that had to be kept is in the way. */
void journal_restart(Journal *journal, gboolean is_elsewhere);

/* How many bytes of records (journal_record_bytes()) one append may have; 0: there is no journal now. Makes the file
 * when it is due. */
gsize journal_batch_bytes(Journal *journal);

/* Appends up to JOURNAL_BATCH_MAX records of at most journal_batch_bytes() together and syncs. */
gboolean journal_append(Journal *journal, const JournalEntry *entries, guint n_entries, GError **error);

/* To be called for each file of what was appended, as soon as it has its name in new/ or in the directory of its place.
 * Takes the descriptor. */
void journal_stored(Journal *journal, int fd);

/* TRUE when a crash may bring the message of this name, or the record of this key, back out of the journal; sometimes
 * also when not. */
gboolean journal_holds(Journal *journal, const char *name);

/* When journal_checkpoint() is due, on the clock of g_get_monotonic_time(); -1: not at all. */
gint64 journal_checkpoint_due_us(const Journal *journal);

/* Starts a checkpoint of what was stored. Not while a batch is between append and stored. */
void journal_checkpoint(Journal *journal);

/* Writes the file of JOURNAL_PENDING_NAME with up to JOURNAL_BATCH_MAX entries of JOURNAL_RECORDS, and syncs it if
 * parts->durable. -1 with errno, and there is none. */
int journal_write_pending(const StoreParts *parts, const JournalEntry *entries, guint n_entries);
void journal_remove_pending(const StoreParts *parts);
