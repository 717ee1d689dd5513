#pragma once
/* Messages that were put aside to be deleted (maildir/gone.h), with the index that says which: those that it lists are
 * removed, in the background; others came in between, and get back to their place.
 *
 * Owns: an IndexGone its strand, and what is put aside.
 * Thread: index_gone_recover() before anything else uses the Maildir; the rest is the updater's.
 * Errors: INBOX_ERROR. What cannot be removed stays until the next start.
 * Units and limits: INDEX_GONE_SLICE_US of work, then a pause as long. Directories stay for INDEX_GONE_GRACE_US.
 * Source: docs/storage.md, "Deleting all". */
#include "maildir/gone.h"
#include "maildir/parts.h"
#include <sqlite3.h>

/* What the index that takes the place is called until then. */
#define INDEX_NEXT_NAME "dsmtpd.index-next"

enum { INDEX_GONE_SLICE_US = 10 * 1000, INDEX_GONE_GRACE_US = 1000 * 1000 };

typedef struct IndexGone IndexGone;

/* Ends what a crash left half done: the directories go back to their place, or the index goes after them. */
gboolean index_gone_recover(Maildir *maildir, const StoreIo *io, GError **error);

/* Moves the index to the directories it lists, for which there is INDEX_NEXT_NAME, and that to its place. FALSE with
 * errno: the index stayed. */
gboolean index_gone_move_index(const Gone *gone, gboolean syncs);

/* Removes what was made for nothing, and frees. */
void index_gone_drop(Gone *gone);

/* Goes on with what is there. */
IndexGone *index_gone_new(const StoreParts *parts);

/* Ends and frees; `closed(user_data)` runs on a thread of the crew. */
void index_gone_close(IndexGone *gone, JobFunc closed, gpointer user_data);

/* Takes both: what was put aside, and a connection that reads its index. */
void index_gone_add(IndexGone *gone, Gone *aside, sqlite3 *list);

/* Another Maildir took the place: goes on with what is there, and leaves the rest. NULL is fine, as below. */
void index_gone_move(IndexGone *gone);

/* TRUE: the file was put aside without being deleted, and is in its place again. */
gboolean index_gone_get_back(IndexGone *gone, const MailFile *file);
