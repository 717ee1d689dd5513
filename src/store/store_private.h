#pragma once
/* What the files of store/ share: one Maildir with its journal, its committer, its writers and its index.
 *
 * Owns: all of them.
 * Thread: the loop thread. Results come by the queue the store was opened with.
 * Errors: INBOX_ERROR.
 * Units and limits: STORE_WRITERS_MAX writer threads and one committer; those of the index.
 * Source: docs/storage.md. */
#include "index/index.h"
#include "store/committer.h"
#include "store/delivery_record.h"
#include "store/handover.h"
#include "store/spool.h"
#include "store/storage_watch.h"
#include "store/store.h"

enum { STORE_WRITERS_MAX = 4 };

struct Store {
  InboxKeeper keeper; /* first */
  StoreParts parts;
  Followers *own_followers; /* NULL: they are borrowed */
  Committer *committer;     /* NULL: not started */
  Index *index;             /* NULL: none */
  Handover *handover;       /* NULL: none */
  gint closing;             /* atomic: a count under way is to end */
  JobFunc closed;
  gpointer closed_data;
};

/* As store_open(), with the functions of `io`, which must outlive the store. Without an index, nothing can be read or
 * changed, and no more is reported than what becomes of drafts. */
void store_open_with(const StoreOptions *options, const StoreIo *io, gboolean with_index, LoopQueue *queue,
                     StoreOpened opened, gpointer user_data);

/* The same, turning the loop until it is open. */
Store *store_new(const StoreOptions *options, const StoreIo *io, gboolean with_index, LoopQueue *queue,
                 guint *out_recovered, GError **error);

/* See InboxKeeperTable. */
void store_close(Store *store, JobFunc closed, gpointer user_data);

/* Borrowed until the store is closed. */
const char *store_host(const Store *store);
Index *store_index(Store *store);

/* A name for a new message. The caller frees. */
char *store_next_id(Store *store);

/* Takes the delivery of a small message, with `id`, `block` and `body` set. */
void store_deliver(Store *store, Delivery *delivery);

/* Long messages: see store/spool.h. */
Spool *store_spool_new(Store *store, const char *id, JobFunc resume, gpointer resume_data);
void store_spool_commit(Store *store, Spool *spool, Delivery *delivery, GString *new_block, gsize old_block_len);

/* Adds a record of others to the array that becomes `records` of a delivery; see store/delivery_record.h. INVALID for
 * who visits, too. */
gboolean store_add_record(const Store *store, GPtrArray **records, const char *place, const char *name, GBytes *bytes,
                          GError **error);

/* For any thread that may block: all records of a place, as an array of DeliveryRecord that the caller frees; and one
 * that is done with, which does not come back then. NULL and FALSE: *error is set. */
GPtrArray *store_read_records(const Store *store, const char *place, GError **error);
gboolean store_delete_record(const Store *store, const char *place, const char *name, GError **error);

/* Counts the messages in new/ and cur/ and clears tmp/ in the background. A directory that cannot be read counts as
 * empty. */
void store_count(Store *store, InboxCounted counted, gpointer user_data);

/* Asks in the background how much an ordinary user may still write; G_MAXUINT64 when the disk does not say. */
void store_measure_space(Store *store, InboxSpaceMeasured measured, gpointer user_data);

/* What the table of a keeper has (store/keeper.c) where it is more than a line. */
InboxDraft *store_draft_new(InboxKeeper *keeper, const Envelope *envelope, JobFunc resume, gpointer resume_data);
gboolean store_draft_append(InboxDraft *draft, const guint8 *bytes, gsize n_bytes);
gboolean store_draft_add_record(InboxDraft *draft, const char *place, const char *name, GBytes *bytes, GError **error);
void store_draft_commit(InboxDraft *draft, const char *bare_lf, InboxDelivered delivered, gpointer user_data);
void store_draft_discard(InboxDraft *draft);
void store_ask(InboxKeeper *keeper, InboxLane lane, InboxWork work, InboxAnswered answered, gpointer user_data);

extern const InboxKeeperTable store_keeper_table;
