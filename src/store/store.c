#include "store/store.h"

#include "inbox/error.h"
#include "store/record_files.h"
#include "store/replay.h"
#include <sys/statvfs.h>

struct Store {
  StoreParts parts;
  Followers *own_followers; /* NULL: they are lent */
  Committer *committer;     /* NULL: not started */
  Index *index;             /* NULL: none */
  InboxStorageChanged storage_changed;
  gpointer storage_changed_data;
  gint closing; /* atomic: a count under way is to end */
};

static void forget_cb(const char *const *names, guint n_names, gboolean waits, gpointer user_data) {
  Store *store = user_data;
  if (store->parts.journal)
    (waits ? committer_forget : committer_forget_soon)(store->committer, names, n_names);
}

static void storage_changed_cb(const InboxStorageChange *change, gpointer user_data) {
  Store *store = user_data;
  if (g_atomic_int_get(&store->closing))
    return;
  if (change->is_elsewhere && store->index)
    index_move(store->index);
  if (store->storage_changed)
    store->storage_changed(change, store->storage_changed_data);
}

static void open_index(Store *store, const StoreOptions *options) {
  const UpdaterOptions index_options = {
      .reported = options->reported,
      .reported_data = options->reported_data,
      .forget = forget_cb,
      .forget_data = store,
  };
  store->index = index_open(&store->parts, &index_options);
}

static gboolean replay(Store *store, guint *out_recovered, GError **error) {
  store_parts_notice(&store->parts, replay_obstacle(store->parts.maildir));
  return replay_journal(store->parts.maildir, store->parts.io, store->parts.places, out_recovered, error);
}

static gboolean open_maildir(Store *store, const StoreOptions *options, guint *out_recovered, GError **error) {
  *out_recovered = 0;
  store->parts.maildir = options->visits ? maildir_visit(options->place, error)
                                         : maildir_open(options->place, options->making, options->io, error);
  const Maildir *maildir = store->parts.maildir;
  if (maildir && options->file_mode != 0)
    maildir_set_file_mode(store->parts.maildir, options->file_mode);
  if (!maildir || !options->visits)
    return maildir && replay(store, out_recovered, error);
  if (!maildir->is_writable || !maildir_take_messages(maildir))
    return TRUE;
  gboolean is_replayed = replay(store, out_recovered, error);
  maildir_give_messages(maildir);
  return is_replayed;
}

Store *store_open(const StoreOptions *options, LoopQueue *queue, guint *out_recovered, GError **error) {
  g_autoptr(Store) store = g_new0(Store, 1);
  store->parts = (StoreParts){.io = options->io,
                              .queue = queue,
                              .durable = options->durable,
                              .journal = options->durable && !options->visits,
                              .places = options->places,
                              .ignored = options->ignored,
                              .noticed = options->noticed,
                              .noticed_data = options->noticed_data};
  if (!open_maildir(store, options, out_recovered, error))
    return NULL;
  store->parts.uids = uidlist_new(store->parts.maildir, store->parts.io, store->parts.durable);
  store->parts.writers = strand_new(loop_queue_crew(queue), STORE_WRITERS_MAX, STRAND_SHORT);
  store->own_followers = options->followers ? NULL : followers_new(queue);
  store->parts.followers = options->followers ? options->followers : store->own_followers;
  store->storage_changed = options->storage_changed;
  store->storage_changed_data = options->storage_changed_data;
  store->committer = committer_start(&store->parts, storage_changed_cb, store, error);
  if (!store->committer)
    return NULL;
  if (options->reported)
    open_index(store, options);
  return g_steal_pointer(&store);
}

/* What was posted to the loop comes before, and finds a store that is closing. */
static void free_cb(gpointer data) {
  g_free(data);
}

void store_close(Store *store) {
  if (!store)
    return;
  g_atomic_int_set(&store->closing, TRUE);
  index_stop(store->index); /* first: deleting needs the committer */
  if (store->committer)
    committer_stop(store->committer); /* then: it gives the writers work */
  strand_free(store->parts.writers);
  index_free(store->index);
  followers_free(store->own_followers);
  uidlist_free(store->parts.uids);
  maildir_close(store->parts.maildir);
  loop_queue_post(store->parts.queue, free_cb, store);
}

const char *store_path(const Store *store) {
  return store->parts.maildir->path;
}

const char *store_host(const Store *store) {
  return store->parts.maildir->host;
}

const Maildir *store_maildir(const Store *store) {
  return store->parts.maildir;
}

Index *store_index(Store *store) {
  return store->index;
}

struct event_base *store_loop(const Store *store) {
  return loop_queue_base(store->parts.queue);
}

char *store_next_id(Store *store) {
  return maildir_next_id(store->parts.maildir);
}

void store_deliver(Store *store, Delivery *delivery) {
  delivery->index = store->index;
  delivery->n_bytes = delivery->block->len + delivery->body->len;
  delivery->file_name = maildir_file_name(delivery->id, delivery->n_bytes);
  committer_push(store->committer, delivery, FALSE);
}

Spool *store_spool_new(Store *store, const char *id, JobFunc resume, gpointer resume_data) {
  return spool_new(&store->parts, id, resume, resume_data);
}

void store_spool_commit(Store *store, Spool *spool, Delivery *delivery, GString *new_block, gsize old_block_len) {
  delivery->index = store->index;
  spool_commit(spool, store->committer, delivery, new_block, old_block_len);
}

/* Records of others */

gboolean store_add_record(const Store *store, GPtrArray **records, const char *place, const char *name, GBytes *bytes,
                          GError **error) {
  /* What a crash leaves of them is the server's to put in order. */
  const char *const *places = store->parts.maildir->is_visited ? NULL : store->parts.places;
  return delivery_records_add(records, places, place, name, bytes, error);
}

GPtrArray *store_read_records(const Store *store, const char *place, GError **error) {
  return record_files_read(&store->parts, place, error);
}

gboolean store_delete_record(const Store *store, const char *place, const char *name, GError **error) {
  g_autofree char *key = delivery_record_key(place, name);
  if (store->parts.journal)
    committer_forget(store->committer, (const char *const[]){key}, 1);
  return record_files_remove(&store->parts, place, name, error);
}

/* Counting */

typedef struct Count {
  Store *store;
  StoreCounted counted;
  gpointer user_data;
  guint64 n_messages;
} Count;

static void counted_cb(gpointer data) {
  g_autofree Count *count = data;
  count->counted(count->n_messages, count->user_data);
}

static gboolean count_one(const char *file_name, gpointer user_data) {
  Count *count = user_data;
  count->n_messages++;
  return !g_atomic_int_get(&count->store->closing);
}

static void count_job_cb(gpointer data) {
  Count *count = data;
  const StoreParts *parts = &count->store->parts;
  (void)maildir_for_each(parts->maildir->new_fd, count_one, count, NULL);
  (void)maildir_for_each(parts->maildir->cur_fd, count_one, count, NULL);
  maildir_sweep_tmp(parts->maildir, parts->io, &count->store->closing);
  loop_queue_post(parts->queue, counted_cb, count);
}

void store_count(Store *store, StoreCounted counted, gpointer user_data) {
  Count *count = g_new0(Count, 1);
  count->store = store;
  count->counted = counted;
  count->user_data = user_data;
  strand_run(store->parts.writers, count_job_cb, count);
}

/* Space left */

typedef struct Measure {
  Store *store;
  StoreSpaceMeasured measured;
  gpointer user_data;
  guint64 free_bytes;
} Measure;

static void measured_cb(gpointer data) {
  g_autofree Measure *measure = data;
  measure->measured(measure->free_bytes, measure->user_data);
}

static void measure_job_cb(gpointer data) {
  Measure *measure = data;
  const StoreParts *parts = &measure->store->parts;
  struct statvfs disk;
  gboolean told = fstatvfs(parts->maildir->new_fd, &disk) == 0;
  measure->free_bytes = told ? (guint64)disk.f_bavail * disk.f_frsize : G_MAXUINT64;
  loop_queue_post(parts->queue, measured_cb, measure);
}

void store_measure_space(Store *store, StoreSpaceMeasured measured, gpointer user_data) {
  Measure *measure = g_new0(Measure, 1);
  measure->store = store;
  measure->measured = measured;
  measure->user_data = user_data;
  strand_run(store->parts.writers, measure_job_cb, measure);
}
