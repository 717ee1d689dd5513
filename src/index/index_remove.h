#pragma once
/* Messages that are to go: void in the journal, then their files, then their rows.
 *
 * Owns: an IndexRemoval its error.
 * Thread: the updater's.
 * Errors: INBOX_ERROR from the database. A file that cannot be removed stays listed, and the others go all the same.
 * Units and limits: INDEX_REMOVE_TOGETHER messages at once.
 * Source: docs/storage.md, "Deleting". */
#include "index/updater_task.h"

enum { INDEX_REMOVE_TOGETHER = 1000 };

typedef struct IndexRemoval {
  gboolean may_come_back; /* given: a power cut right now may undo it, so the journal is not waited for */
  guint64 n_messages;
  guint64 n_bytes;
  GError *error; /* of the first file that stays; NULL: none does */
} IndexRemoval;

void index_removal_clear(IndexRemoval *removal);

/* Adds what is removed to `removal`, and tells it. Messages that are gone meanwhile are left out. Without `with_rows`,
 * rows stay and nothing is told. */
gboolean index_remove_messages(Updater *updater, IndexSync *work, const gint64 *seqs, guint n_seqs, gboolean with_rows,
                               IndexRemoval *removal, GError **error);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(IndexRemoval, index_removal_clear)
