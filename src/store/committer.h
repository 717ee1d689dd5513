#pragma once
/* What stores messages: a strand that takes all that wait as one batch, makes them lasting together and shows them in
 * new/, and only then reports them.
 *
 * Owns: its strand, the deliveries pushed and not yet reported, the journal.
 * Thread: started and stopped by the loop thread; the rest by any thread.
 * Errors: each delivery carries its own; none ends it.
 * Units and limits: the queue is as long as messages are under way; a batch is at most JOURNAL_BATCH_MAX messages.
 * Source: docs/storage.md, "From the last byte to 250". */
#include "maildir/parts.h"
#include "store/delivery.h"
#include "store/storage_watch.h"

typedef struct Committer Committer;

/* `changed` as in store/storage_watch.h. */
Committer *committer_start(const StoreParts *parts, InboxStorageChanged changed, gpointer user_data);

/* Stores what was announced or pushed, and closes the journal; `stopped` then runs on a thread of the crew. Until then
 * the writers must run. */
void committer_stop(Committer *committer, JobFunc stopped, gpointer user_data);

/* Says that a writer will push a delivery later: stopping waits for it. */
void committer_announce(Committer *committer);

/* Makes sure that these messages, and records by their keys, do not come back out of the journal, and waits for that,
 * or does it: for a thread that is about to delete them. Best effort, as deleting is. */
void committer_forget(Committer *committer, const char *const *names, guint n_names);

/* The same without waiting: a crash of the machine in between may bring the messages back. */
void committer_forget_soon(Committer *committer, const char *const *names, guint n_names);

/* Runs `work(data)` between two batches, when nothing more can come back out of the journal: for a thread that is about
 * to put the directories of messages aside. FALSE: it did not run, for the directories are no longer at the path. */
gboolean committer_between(Committer *committer, JobFunc work, gpointer data);

/* Takes the delivery. `announced`: committer_announce() was called for it. */
void committer_push(Committer *committer, Delivery *delivery, gboolean announced);
