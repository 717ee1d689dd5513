#pragma once
/* Start-up after a crash: puts back the messages that are in the journal and not, or not whole, in the Maildir, and the
 * records of others that came with them.
 *
 * Thread: the loop thread, before the committer starts.
 * Errors: INBOX_ERROR; the journal then stays as it is, and the next start tries again.
 * Units and limits: reads at most JOURNAL_BYTES_MAX into memory, for as long as it runs.
 * Source: docs/storage.md, "Replay". */
#include "maildir/io.h"
#include "maildir/maildir.h"
#include <glib.h>

/* What stands in the journal's place and is not a file, in words for people: it is left alone, and there is no journal
 * then. NULL: there is no such thing. The caller frees. */
char *replay_obstacle(const Maildir *maildir);

/* Does nothing when there is no journal. Else all it tells of is lasting afterwards, and it is gone. `*out_recovered`
 * is the number of messages put back. Records of other places than `places`, which end with NULL, are dropped; NULL:
 * all are. */
gboolean replay_journal(const Maildir *maildir, const StoreIo *io, const char *const *places, guint *out_recovered,
                        GError **error);

/* Calls `found` for each message that would be put back, and changes nothing. `*out_is_there`: there is a journal. */
typedef void (*ReplayFound)(const char *file_name, gpointer user_data);
gboolean replay_check(const Maildir *maildir, const StoreIo *io, ReplayFound found, gpointer user_data,
                      gboolean *out_is_there, GError **error);
