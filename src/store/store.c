#include "store/store_private.h"

#include "inbox/error.h"
#include "index/index_gone.h"
#include "store/record_files.h"
#include "store/replay.h"
#include <sys/statvfs.h>

static void forget_cb(const char *const *names, guint n_names, gboolean waits, gpointer user_data) {
  Store *store = user_data;

  if (store->parts.journal)
    (waits ? committer_forget : committer_forget_soon)(store->committer, names, n_names);
}

static gboolean between_cb(JobFunc work, gpointer data, gpointer user_data) {
  return committer_between(((Store *)user_data)->committer, work, data);
}

static void storage_changed_cb(const InboxStorageChange *change, gpointer user_data) {
  Store *store = user_data;

  if (g_atomic_int_get(&store->closing))
    return;
  if (change->is_elsewhere && store->index)
    index_move(store->index);
  if (store->keeper.callbacks.storage_changed)
    store->keeper.callbacks.storage_changed(change, store->keeper.callbacks.user_data);
}

static void advanced_cb(guint64 ticket, gpointer user_data) {
  handover_advance(((Store *)user_data)->handover, ticket);
}

static void reported_cb(const InboxReport *report, guint64 done_ticket, gpointer user_data) {
  const Store *store = user_data;
  const InboxKeeperCallbacks *callbacks = &store->keeper.callbacks;

  if (callbacks->reported)
    callbacks->reported(report, callbacks->user_data);
  handover_note_report(store->handover, report);
}

static void noticed_cb(const char *text, gpointer user_data) {
  const InboxKeeperCallbacks *callbacks = &((Store *)user_data)->keeper.callbacks;

  if (callbacks->noticed)
    callbacks->noticed(text, callbacks->user_data);
}

static void slowed_cb(const InboxIntake *intake, gpointer user_data) {
  const InboxKeeperCallbacks *callbacks = &((Store *)user_data)->keeper.callbacks;

  if (callbacks->slowed)
    callbacks->slowed(intake, callbacks->user_data);
}

/* What the committer has stored goes by the hand-over to the index, which says how it gets on. */
static void open_index(Store *store, guint64 aside_messages) {
  const UpdaterOptions index_options = {
      .advanced = advanced_cb,
      .reported = reported_cb,
      .reported_data = store,
      .forget = forget_cb,
      .between = between_cb,
      .forget_data = store,
      .aside_messages = aside_messages,
  };

  store->index = index_open(&store->parts, &index_options);
  store->handover = handover_new(&store->parts, store->index, slowed_cb, store);
}

static SummaryIgnored ignored_of(StoreAutoTags tags) {
  static const SummaryIgnored ignored[] = {
      [STORE_AUTO_TAGS_ALL] = 0,
      [STORE_AUTO_TAGS_X_TAGS] = SUMMARY_IGNORE_PLUS,
      [STORE_AUTO_TAGS_PLUS] = SUMMARY_IGNORE_X_TAGS,
      [STORE_AUTO_TAGS_OFF] = SUMMARY_IGNORE_PLUS | SUMMARY_IGNORE_X_TAGS,
  };

  return ignored[tags];
}

/* --- opening */

/* What is there is opened and put in order by a thread of the crew, the rest starts on the loop. */
typedef struct Opening {
  Store *store;
  StoreOptions options;
  gboolean with_index;
  StoreOpened opened;
  gpointer user_data;
  guint n_recovered;
  char *notice; /* NULL: none */
  GError *error;
} Opening;

static gboolean replay(Opening *opening) {
  const StoreParts *parts = &opening->store->parts;

  opening->notice = replay_obstacle(parts->maildir);
  return index_gone_recover(parts->maildir, parts->io, &opening->error) &&
         replay_journal(parts->maildir, parts->io, parts->places, &opening->n_recovered, &opening->error);
}

static gboolean open_maildir(Opening *opening) {
  const StoreOptions *options = &opening->options;
  StoreParts *parts = &opening->store->parts;

  parts->maildir = options->visits ? maildir_visit(options->directory, &opening->error)
                                   : maildir_open(options->directory, options->making, parts->io, &opening->error);
  Maildir *maildir = parts->maildir;
  if (maildir && options->file_mode != 0)
    maildir_set_file_mode(maildir, options->file_mode);
  if (!maildir || !options->visits)
    return maildir && replay(opening);
  if (!maildir->is_writable || !maildir_take_messages(maildir))
    return TRUE;
  gboolean is_replayed = replay(opening);
  maildir_give_messages(maildir);
  return is_replayed;
}

static void store_free(Store *store) {
  handover_free(store->handover);
  index_free(store->index);
  followers_free(store->own_followers);
  if (store->parts.maildir)
    maildir_close(store->parts.maildir);
  g_free(store);
}

static void start(Store *store, const Opening *opening) {
  LoopQueue *queue = store->parts.queue;

  store->parts.uids = uidlist_new(store->parts.maildir, store->parts.io, store->parts.durable);
  store->parts.writers = strand_new(loop_queue_crew(queue), STORE_WRITERS_MAX, STRAND_SHORT);
  store->own_followers = opening->options.followers ? NULL : followers_new(queue);
  store->parts.followers = opening->options.followers ? opening->options.followers : store->own_followers;
  store->committer = committer_start(&store->parts, storage_changed_cb, store);
  if (opening->with_index)
    open_index(store, opening->options.aside_messages > 0 ? opening->options.aside_messages : STORE_ASIDE_MESSAGES);
}

static void opened_cb(gpointer data) {
  Opening *opening = data;
  Store *store = opening->store;

  if (opening->error) {
    store_free(store);
    opening->opened(NULL, 0, opening->error, opening->user_data);
    g_free(opening->notice);
  } else {
    start(store, opening);
    store_parts_notice(&store->parts, opening->notice);
    opening->opened(&store->keeper, opening->n_recovered, NULL, opening->user_data);
  }
  g_clear_error(&opening->error);
  g_free(opening);
}

static void open_job_cb(gpointer data) {
  Opening *opening = data;

  (void)open_maildir(opening);
  loop_queue_post(opening->store->parts.queue, opened_cb, opening);
}

void store_open_with(const StoreOptions *options, const StoreIo *io, gboolean with_index, LoopQueue *queue,
                     StoreOpened opened, gpointer user_data) {
  Store *store = g_new0(Store, 1);
  Opening *opening = g_new(Opening, 1);
  gboolean is_durable = options->sync == STORE_SYNC_ALWAYS;
  Strand *strand = strand_new(loop_queue_crew(queue), 1, STRAND_LONG);

  store->keeper.table = &store_keeper_table;
  store->parts = (StoreParts){.io = io,
                              .queue = queue,
                              .durable = is_durable,
                              .journal = is_durable && !options->visits,
                              .places = options->places,
                              .ignored = ignored_of(options->auto_tags),
                              .noticed = noticed_cb,
                              .noticed_data = store};
  *opening = (Opening){
      .store = store, .options = *options, .with_index = with_index, .opened = opened, .user_data = user_data};
  strand_run(strand, open_job_cb, opening);
  strand_close(strand, NULL, NULL);
}

void store_open(const StoreOptions *options, LoopQueue *queue, StoreOpened opened, gpointer user_data) {
  store_open_with(options, store_io_system(), TRUE, queue, opened, user_data);
}

typedef struct Outcome {
  InboxKeeper *keeper;
  guint n_recovered;
  GError *error;
} Outcome;

static void came_out_cb(InboxKeeper *keeper, guint n_recovered, const GError *error, gpointer user_data) {
  *(Outcome *)user_data = (Outcome){keeper, n_recovered, error ? g_error_copy(error) : NULL};
}

Store *store_new(const StoreOptions *options, const StoreIo *io, gboolean with_index, LoopQueue *queue,
                 guint *out_recovered, GError **error) {
  Outcome outcome = {0};

  store_open_with(options, io, with_index, queue, came_out_cb, &outcome);
  while (!outcome.keeper && !outcome.error)
    event_base_loop(loop_queue_base(queue), EVLOOP_ONCE);
  if (out_recovered)
    *out_recovered = outcome.n_recovered;
  if (outcome.error)
    g_propagate_error(error, outcome.error);
  return (Store *)outcome.keeper;
}

InboxKeeper *store_open_now(const StoreOptions *options, LoopQueue *queue, guint *out_recovered, GError **error) {
  Store *store = store_new(options, store_io_system(), TRUE, queue, out_recovered, error);

  return store ? &store->keeper : NULL;
}

/* --- closing: each part ends when those that give it work have, and says so to the next */

/* What was posted to the loop was before. */
static void closed_cb(gpointer data) {
  Store *store = data;
  JobFunc closed = store->closed;
  gpointer user_data = store->closed_data;

  store_free(store);
  closed(user_data);
}

static void writers_closed_cb(gpointer data) {
  Store *store = data;

  uidlist_free(store->parts.uids);
  loop_queue_post(store->parts.queue, closed_cb, store);
}

/* The committer gave the writers work. */
static void committer_stopped_cb(gpointer data) {
  strand_close(((Store *)data)->parts.writers, writers_closed_cb, data);
}

/* To delete, the index needed the committer. */
static void index_ended_cb(gpointer data) {
  committer_stop(((Store *)data)->committer, committer_stopped_cb, data);
}

void store_close(Store *store, JobFunc closed, gpointer user_data) {
  store->closed = closed;
  store->closed_data = user_data;
  store->keeper.callbacks = (InboxKeeperCallbacks){0};
  g_atomic_int_set(&store->closing, TRUE);
  if (store->index)
    index_close(store->index, index_ended_cb, store);
  else
    index_ended_cb(store);
  handover_stop(store->handover);
}

guint store_held_descriptors(guint64 limit) {
  return journal_held_max(limit);
}

const char *store_host(const Store *store) {
  return store->parts.maildir->host;
}

Index *store_index(Store *store) {
  return store->index;
}

char *store_next_id(Store *store) {
  return maildir_next_id(store->parts.maildir);
}

void store_deliver(Store *store, Delivery *delivery) {
  delivery->handover = store->handover;
  delivery->n_bytes = delivery->block->len + delivery->body->len;
  delivery->file_name = maildir_file_name(delivery->id, delivery->n_bytes);
  committer_push(store->committer, delivery, FALSE);
}

Spool *store_spool_new(Store *store, const char *id, JobFunc resume, gpointer resume_data) {
  return spool_new(&store->parts, id, resume, resume_data);
}

void store_spool_commit(Store *store, Spool *spool, Delivery *delivery, GString *new_block, gsize old_block_len) {
  delivery->handover = store->handover;
  spool_commit(spool, store->committer, delivery, new_block, old_block_len);
}

/* --- records of others */

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

/* --- counting */

typedef struct Count {
  Store *store;
  InboxCounted counted;
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

void store_count(Store *store, InboxCounted counted, gpointer user_data) {
  Count *count = g_new0(Count, 1);

  count->store = store;
  count->counted = counted;
  count->user_data = user_data;
  strand_run(store->parts.writers, count_job_cb, count);
}

/* --- space left */

typedef struct Measure {
  Store *store;
  InboxSpaceMeasured measured;
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

void store_measure_space(Store *store, InboxSpaceMeasured measured, gpointer user_data) {
  Measure *measure = g_new0(Measure, 1);

  measure->store = store;
  measure->measured = measured;
  measure->user_data = user_data;
  strand_run(store->parts.writers, measure_job_cb, measure);
}
