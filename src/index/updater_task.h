#pragma once
/* What the tasks of the updater may use of it, on its thread.
 *
 * Thread: the updater's. */
#include "index/updater.h"

/* NULL: the index cannot be written now. A transaction is under way. */
IndexSync *updater_work(Updater *updater);

/* The index does not have the message of this transcript yet: it is taken in when all are compared. */
void updater_note_early(Updater *updater, const char *id, const char *said);

/* A change failed: the transaction is undone. Takes the error. */
void updater_fail(Updater *updater, GError *error);

/* Takes in what other programs did up to now. */
void updater_catch_up(Updater *updater);

/* Ends the transaction and reports. FALSE: it failed, which was dealt with. */
gboolean updater_commit(Updater *updater);

/* To be called between messages: ends the transaction when it is long enough. */
gboolean updater_commit_if_long(Updater *updater);

/* Deletes all messages that the index knows, by putting their directories and the index aside. FALSE: that is not to be
 * had here, and nothing was changed. The transaction was ended. */
gboolean updater_put_aside(Updater *updater, guint64 *out_n_messages);

/* The index may not say what is in the Maildir: they are to be compared. */
void updater_compare(Updater *updater);

/* FALSE: there may be messages it does not know, or knows and are gone. */
gboolean updater_is_whole(const Updater *updater);

/* Keeps a task until the index is whole, or cannot be written, and runs it again then. FALSE: the task is not kept, as
 * there is nothing to wait for or the end has come. */
gboolean updater_park(Updater *updater, IndexTask *task);

/* The count in the name of the last message that we began, see maildir_count_in_name(). Loop thread. */
guint updater_last_count(const Updater *updater);

/* Makes names void in the journal, see UpdaterForget. */
void updater_forget(Updater *updater, const char *const *names, guint n_names, gboolean waits);
