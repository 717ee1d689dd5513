#pragma once
/* Changes somebody asks for: marks, tags, deleting, also of rejected attempts.
 *
 * Owns: an IndexChange what it was given.
 * Thread: made on the loop thread, done on the updater's, answered on the loop thread.
 * Errors: STORE_ERROR, told when it is done: NOT_FOUND and EXISTS of tags, NO_SPACE and FAILED of the disk; what could
 *         be done before is done. IDs that are not there are none.
 * Units and limits: INDEX_CHANGE_TOLD_MAX changes of one call are told one by one, more as one INDEX_EVENT_MANY.
 * Source: maildir(5) for marks; docs/storage.md, "Deleting". */
#include "index/updater.h"

enum { INDEX_CHANGE_TOLD_MAX = 1000 };

/* Which messages: those of `ids` (char *), else those `query` finds, else all. Both are taken. */
typedef struct IndexSelection {
  GPtrArray *ids;
  SearchQuery *query;
} IndexSelection;

typedef struct IndexChange IndexChange;

/* On the loop thread. `error` is lent. */
typedef void (*IndexChanged)(guint64 n_changed, const GError *error, gpointer user_data);

/* Sets some marks and takes others away. */
IndexChange *index_change_mark(IndexSelection selection, MailFlags set, MailFlags clear);
IndexChange *index_change_delete(IndexSelection selection);
/* In place of those the messages have; takes the tags (char *). */
IndexChange *index_change_tag(IndexSelection selection, GPtrArray *tags);
/* Takes some off those the messages have and adds others; takes both lists. */
IndexChange *index_change_retag(IndexSelection selection, GPtrArray *added, GPtrArray *taken_off);
IndexChange *index_change_rename_tag(const char *old_name, const char *new_name);
IndexChange *index_change_remove_tag(const char *name);
/* Of rejected attempts, all; no message changes. */
IndexChange *index_change_clear_attempts(void);

/* Takes the change. */
void index_change_push(IndexChange *change, Updater *updater, LoopQueue *queue, guint64 ticket, IndexChanged changed,
                       gpointer user_data);
