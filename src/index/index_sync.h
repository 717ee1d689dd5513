#pragma once
/* What happened to a message in the Maildir, taken into the index: one transaction's worth, and the events it makes.
 *
 * Owns: an IndexSync its events; the rest is lent.
 * Thread: the updater's.
 * Errors: INBOX_ERROR from the database. A message that is gone meanwhile, or cannot be read, is not an error: it
 *         is left out.
 * Source: docs/storage.md, "The index". */
#include "inbox/event.h"
#include "index/index_gone.h"
#include "index/index_write.h"
#include "maildir/parts.h"

typedef struct IndexSync {
  const StoreParts *parts;
  IndexWriter *writer;
  IndexGone *gone;      /* NULL: no messages were put aside */
  GPtrArray *events;    /* InboxEvent *, of the transaction under way */
  gint64 live_since_us; /* a message not known yet and written before was there all the time, and is no news */
  guint own_count;      /* the largest maildir_count_in_name() of the messages handed over as delivered */
} IndexSync;

/* Tells what leaves no message behind, under a number of its own. `id` and `uid` of a message that is gone. */
gboolean index_sync_tell(IndexSync *work, InboxEventKind kind, const char *id, guint32 uid, GError **error);

/* The same for the caller to keep and to tell: an event and its number. */
InboxEvent *index_sync_new_event(IndexSync *work, InboxEventKind kind);

/* A message we delivered: `bytes` of its file, NULL: to be read. `cursor` is when it was reported. */
gboolean index_sync_deliver(IndexSync *work, const MailFile *file, GBytes *bytes, guint64 cursor, GError **error);

/* There is a file of this name now: a new message, or one that was moved. */
gboolean index_sync_appear(IndexSync *work, const MailFile *file, GError **error);

/* A file met while going through the directories, of a message the index may know: moved, if it has moved; of two files
 * of one message the one known stays. `*out_seq` is what the message has in the index; 0: it is not there. */
gboolean index_sync_meet(IndexSync *work, const MailFile *file, gint64 *out_seq, GError **error);

/* The same for one that it may not know: added. With `expects`, messages of ours not yet handed over are left alone. */
gboolean index_sync_find(IndexSync *work, const MailFile *file, gboolean expects, gint64 *out_seq, GError **error);

/* There is none any more; of no account when the message is somewhere else by now. */
gboolean index_sync_vanish(IndexSync *work, const MailFile *file, GError **error);

/* Somebody wrote to a file: it is read again. */
gboolean index_sync_rewrite(IndexSync *work, const MailFile *file, GError **error);

/* Takes a message out and tells it. */
gboolean index_sync_remove(IndexSync *work, const IndexEntry *entry, const char *id, GError **error);

/* A message has changed, under a number of its own; and tells that. */
gboolean index_sync_note_changed(IndexSync *work, gint64 seq, guint64 *out_number, GError **error);
gboolean index_sync_tell_changed(IndexSync *work, gint64 seq, GError **error);
