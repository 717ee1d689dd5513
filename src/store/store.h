#pragma once
/* Messages on disk: one Maildir with its journal, its committer, its writers and its index.
 *
 * Owns: all of them.
 * Thread: the loop thread. Results come by the queue the store was opened with.
 * Errors: INBOX_ERROR.
 * Units and limits: STORE_WRITERS_MAX writer threads and one committer; those of the index.
 * Source: docs/storage.md. */
#include "index/delivery.h"
#include "index/index.h"
#include "store/delivery_record.h"
#include "store/spool.h"
#include "store/storage_watch.h"

enum { STORE_WRITERS_MAX = 4 };

typedef struct Store Store;

typedef struct StoreOptions {
  const char *place; /* NULL: the current directory */
  MaildirMaking making;
  guint file_mode; /* see maildir_set_file_mode(); 0: not said */
  gboolean durable;
  const char *const
      *places;            /* of records that messages may bring, ending with NULL; must outlive the store; NULL: none */
  SummaryIgnored ignored; /* what messages ask for tags with */
  gboolean visits;        /* beside whoever else has it open; see store_open() */
  const StoreIo *io;      /* must outlive the store */
  Followers *followers;   /* of the process; NULL: the store has some of its own */
  UpdaterReported reported; /* what becomes of the index; NULL: there is to be none */
  gpointer reported_data;
  InboxNoticed noticed; /* NULL: not wanted */
  gpointer noticed_data;
  InboxStorageChanged storage_changed; /* NULL: not wanted */
  gpointer storage_changed_data;
} StoreOptions;

/* Opens or makes the Maildir and replays what a crash left. Who visits makes none, needs no right to write, has no
 * journal, and replays only when there is no server, and keeps the index in memory where it cannot be written, or
 * another process writes it; what is read and changed waits until all that was there is in the index. */
Store *store_open(const StoreOptions *options, LoopQueue *queue, guint *out_recovered, GError **error);

/* Stores what was given, makes it lasting, and closes. Spools must be ended. NULL is fine. */
void store_close(Store *store);

/* Lent until the store is closed. */
const char *store_path(const Store *store);
const char *store_host(const Store *store);
const Maildir *store_maildir(const Store *store);
Index *store_index(Store *store);
struct event_base *store_loop(const Store *store);

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
typedef void (*StoreCounted)(guint64 n_messages, gpointer user_data);
void store_count(Store *store, StoreCounted counted, gpointer user_data);

/* Asks in the background how much an ordinary user may still write; G_MAXUINT64 when the disk does not say. */
typedef void (*StoreSpaceMeasured)(guint64 free_bytes, gpointer user_data);
void store_measure_space(Store *store, StoreSpaceMeasured measured, gpointer user_data);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Store, store_close)
