#pragma once
/* Messages that are made lasting together and become visible together with their records.
 *
 * Owns: nothing.
 * Thread: the committer's.
 * Errors: each delivery carries its own.
 * Units and limits: files of at most JOURNAL_BATCH_MAX messages and records.
 * Source: docs/storage.md, "From the last byte to 250". */
#include "maildir/parts.h"
#include "store/delivery.h"
#include "store/journal.h"

typedef struct Batch {
  const StoreParts *parts;
  Journal *journal;
  Delivery *messages[JOURNAL_BATCH_MAX];
  guint n_messages;
  guint n_files;          /* of messages and records */
  gsize record_bytes;     /* what the journal will get */
  gsize record_bytes_max; /* what it takes; 0: there is none */
} Batch;

/* Moves messages from the front of the list to the batch, as many as still fit. */
void batch_fill(Batch *batch, Delivery **from);

/* Steps 1 to 4: each message is in new/ afterwards with its records in their places, or has its error. */
void batch_store(Batch *batch);

/* Where there is no Maildir any more nothing is stored, for it would be in a directory that nobody looks into. */
void batch_refuse(Batch *batch, const GError *error);
