#pragma once
/* What happened to a mail in the Maildir, taken into the index: one transaction's worth, and the events it makes.
 *
 * Owns: an IndexWork its events; the rest is lent.
 * Thread: the indexer's.
 * Errors: STORE_ERROR from the database. A mail that is gone meanwhile, or cannot be read, is no error: it is left out.
 * Units and limits: none of its own.
 * Source: docs/storage.md, "The index". */
#include "store/index_write.h"
#include "store/parts.h"

typedef enum {
  INDEX_EVENT_NEW,             /* a mail came */
  INDEX_EVENT_CHANGED,         /* its marks or tags */
  INDEX_EVENT_DELETED,         /* it is gone; there is its id alone */
  INDEX_EVENT_CLEARED,         /* all mails are gone */
  INDEX_EVENT_MANY,            /* more changed at once than is reported one by one: list again */
  INDEX_EVENT_REFUSED,         /* a client was refused something, which is kept (store/index_dialogue.h) */
  INDEX_EVENT_ATTEMPTS_CLEARED /* all of that is gone */
} IndexEventKind;

typedef struct IndexEvent {
  IndexEventKind kind;
  IndexMail *mail; /* NEW, CHANGED */
  char *id;        /* DELETED */
} IndexEvent;

typedef struct IndexWork {
  const StoreParts *parts;
  IndexWriter *writer;
  GPtrArray *events;    /* IndexEvent *, of the transaction under way */
  gint64 live_since_us; /* a mail not known yet and written before was there all the time, and is no news */
  guint own_count;      /* the largest maildir_count_in_name() of the mails handed over as delivered */
} IndexWork;

void index_event_free(IndexEvent *event);

/* Takes the mail. */
void index_work_tell(IndexWork *work, IndexEventKind kind, IndexMail *mail, const char *id);

/* A mail we delivered: `octets` of its file, NULL: to be read. `cursor` is when it was reported. */
gboolean index_work_deliver(IndexWork *work, const MailFile *file, GBytes *octets, guint64 cursor, GError **error);

/* There is a file of this name now: a new mail, or one that was moved. */
gboolean index_work_appear(IndexWork *work, const MailFile *file, GError **error);

/* A file met while going through the folders, of a mail the index may know: moved, if it has moved; of two files of one
 * mail the one known stays. `*out_seq` is what the mail has in the index; 0: it is not there. */
gboolean index_work_meet(IndexWork *work, const MailFile *file, gint64 *out_seq, GError **error);

/* The same for one that it may not know: added. With `expects`, mails of ours not yet handed over are left alone. */
gboolean index_work_find(IndexWork *work, const MailFile *file, gboolean expects, gint64 *out_seq, GError **error);

/* There is none any more; of no account when the mail is somewhere else by now. */
gboolean index_work_vanish(IndexWork *work, const MailFile *file, GError **error);

/* Somebody wrote to a file: it is read again. */
gboolean index_work_rewrite(IndexWork *work, const MailFile *file, GError **error);

/* Takes a mail out and tells it. */
gboolean index_work_remove(IndexWork *work, const IndexEntry *entry, const char *id, GError **error);

/* Tells that a mail has changed. */
gboolean index_work_tell_changed(IndexWork *work, gint64 seq, GError **error);
