#pragma once
/* What the tasks of the indexer may use of it, on its thread.
 *
 * Owns: see store/indexer.h.
 * Thread: the indexer's.
 * Errors: see store/indexer.h.
 * Units and limits: see store/indexer.h.
 * Source: see store/indexer.h. */
#include "store/indexer.h"

/* NULL: the index cannot be written now. A transaction is under way. */
IndexWork *indexer_work(Indexer *indexer);

/* A change failed: the transaction is undone. Takes the error. */
void indexer_fail(Indexer *indexer, GError *error);

/* Takes in what other programs did up to now. */
void indexer_catch_up(Indexer *indexer);

/* Ends the transaction and reports. FALSE: it failed, which was dealt with. */
gboolean indexer_commit(Indexer *indexer);

/* To be called between mails: ends the transaction when it is long enough. */
gboolean indexer_commit_if_long(Indexer *indexer);

/* The index may not say what is in the Maildir: they are to be compared. */
void indexer_compare(Indexer *indexer);

/* FALSE: there may be mails it does not know, or knows and are gone. */
gboolean indexer_is_whole(const Indexer *indexer);

/* Keeps a task until the index is whole, or cannot be written, and runs it again then. FALSE: the task is not kept, as
 * there is nothing to wait for or the end has come. */
gboolean indexer_park(Indexer *indexer, IndexTask *task);

/* The count in the name of the last mail that we began, see maildir_count_in_name(). Loop thread. */
guint indexer_last_count(const Indexer *indexer);

/* Makes names void in the journal, see IndexerForget. */
void indexer_forget(Indexer *indexer, const char *const *names, guint n_names, gboolean waits);
