#pragma once
/* Whether messages can be stored, and whether the directories that are open are still those at the Maildir's path.
 * Somebody may remove or move a Maildir, or a part of it, while it is served: messages would be lost in a directory
 * that nobody looks into. What stands at the path then is opened instead, with its own lock and a new journal, once it
 * is a Maildir.
 *
 * Owns: nothing of the store but the right to replace the descriptors of the Maildir.
 * Thread: the committer's, between two batches; changes are reported on the loop thread, by the queue of the parts.
 * Errors: storage_watch_look() says in words why nothing can be stored.
 * Units and limits: looks every STORAGE_LOOK_US, and before each batch, which costs four calls of stat(2); while
 *         storing fails it tries a write of STORAGE_PROBE_BYTES as often.
 * Source: docs/storage.md, "While it runs". */
#include "inbox/report.h"
#include "maildir/parts.h"
#include "store/journal.h"

enum { STORAGE_LOOK_US = 5 * 1000 * 1000, STORAGE_PROBE_BYTES = 64 * 1024 };

typedef struct StorageWatch StorageWatch;

StorageWatch *storage_watch_new(const StoreParts *parts, InboxStorageChanged changed, gpointer user_data);
void storage_watch_free(StorageWatch *watch);

/* To be called before a batch. FALSE: what is at the path is not a Maildir that can be used. */
gboolean storage_watch_look(StorageWatch *watch, Journal *journal, GError **error);

/* To be called after a batch: whether some mail was stored, and an error of one that was not, or NULL. */
void storage_watch_note(StorageWatch *watch, gboolean any_stored, const GError *failure);

/* When storage_watch_do_due() has something to do, on the clock of g_get_monotonic_time(). */
gint64 storage_watch_due_us(const StorageWatch *watch);
void storage_watch_do_due(StorageWatch *watch, Journal *journal);
