#include "index/index.h"

#include "inbox/error.h"
#include <pthread.h>

/* Something to read, maybe waiting for the updater. */
typedef struct Read {
  Index *index;
  guint64 ticket; /* what has to be done before */
  gint64 since_us;
  Strand *threads;
  IndexReadFunc work;
  JobFunc done;
  gpointer user_data;
  gboolean found_damage;
  gboolean is_second_try;
  guint generation; /* of the database it was read from */
} Read;

struct Index {
  const StoreParts *parts;
  LoopQueue *queue;       /* of the parts */
  gint is_closed;         /* atomic, for reader threads */
  UpdaterOptions options; /* of who opened it */
  IndexFile *file;
  Updater *updater;
  gint64 advanced_us;   /* when the updater had last done something */
  gint64 noted_late_us; /* when people were last told of reads that did not wait; 0: never */
  Strand *readers;
  Strand *file_readers;
  Strand *large_readers;
  guint generation; /* of the database at the last report */
  guint64 last_ticket;
  guint64 done_ticket;  /* of the last report */
  guint64 flush_ticket; /* of the last flush asked for */
  gboolean is_awaited;  /* somebody waits for messages */
  InboxReport report;   /* the last one, without events and problem */
  GQueue waiting;       /* Read *, in the order of their tickets */
  struct event *timer;
  pthread_mutex_t lock;
  GPtrArray *idle; /* IndexReader *; under the lock */
  gint n_open;     /* atomic: strands that have not ended yet */
  JobFunc ended;   /* set when it closes */
  gpointer ended_data;
};

/* --- reading */

/* Those of a database that is another one by now: they hold on to its file. Under the lock. */
static void drop_old_readers(Index *index) {
  for (guint i = index->idle->len; i-- > 0;)
    if (!index_reader_is_current(g_ptr_array_index(index->idle, i)))
      g_ptr_array_remove_index_fast(index->idle, i);
}

/* On the updater's strand. */
static void idle_cb(gpointer data) {
  Index *index = data;
  GPtrArray *unused = g_ptr_array_new_with_free_func((GDestroyNotify)index_reader_close);

  pthread_mutex_lock(&index->lock);
  g_ptr_array_extend_and_steal(unused, index->idle);
  index->idle = g_ptr_array_new_with_free_func((GDestroyNotify)index_reader_close);
  pthread_mutex_unlock(&index->lock);
  g_ptr_array_unref(unused);
}

static IndexReader *borrow(Index *index, GError **error) {
  pthread_mutex_lock(&index->lock);
  drop_old_readers(index);
  IndexReader *reader = index->idle->len > 0 ? g_ptr_array_steal_index_fast(index->idle, index->idle->len - 1) : NULL;
  pthread_mutex_unlock(&index->lock);
  return reader ? reader : index_reader_open(index->file, error);
}

static void give_back(Index *index, IndexReader *reader) {
  pthread_mutex_lock(&index->lock);
  g_ptr_array_add(index->idle, reader);
  pthread_mutex_unlock(&index->lock);
}

static void release_waiting(Index *index);

/* When a read does not wait any longer. A visitor has one thing to do, and it is to be about all messages. */
static gint64 last_moment_us(const Index *index, const Read *read) {
  if (index->parts->maildir->is_visited)
    return G_MAXINT64;
  return MIN(MAX(read->since_us, index->advanced_us) + INDEX_WAIT_US, read->since_us + INDEX_WAIT_LONG_US);
}

/* A damaged index is made again; that is worth a second try. */
static void try_again(Index *index, Read *read) {
  updater_push_damaged(index->updater, read->generation, ++index->last_ticket);
  read->is_second_try = TRUE;
  read->ticket = index->last_ticket;
  read->since_us = g_get_monotonic_time();
  g_queue_push_tail(&index->waiting, read);
  release_waiting(index);
}

static void read_done_cb(gpointer data) {
  Read *read = data;

  if (read->found_damage && !read->is_second_try && !read->index->is_closed) {
    try_again(read->index, read);
    return;
  }
  if (!read->index->is_closed)
    updater_use(read->index->updater); /* reading may have taken long */
  read->done(read->user_data);
  g_free(read);
}

static void read_job_cb(gpointer data) {
  Read *read = data;
  Index *index = read->index;
  g_autoptr(GError) error = NULL;

  read->generation = index_file_generation(index->file);
  IndexReader *reader = borrow(index, &error);
  read->work(reader, error, read->user_data);
  read->found_damage =
      reader ? index_reader_is_damaged(reader) : g_error_matches(error, INBOX_ERROR, INBOX_ERROR_DAMAGED);
  if (reader && read->found_damage)
    index_reader_close(reader);
  else if (reader)
    give_back(index, reader);
  loop_queue_post(index->queue, read_done_cb, read);
}

static void run(Read *read) {
  strand_run(read->threads, read_job_cb, read);
}

static gboolean is_in(const Index *index, const Read *read) {
  return index->report.is_ready && (index->done_ticket >= read->ticket || index->report.trouble);
}

static gboolean is_due(const Index *index, const Read *read, gint64 now_us) {
  gint64 due_us = last_moment_us(index, read);
  gboolean is_hopeless = due_us == G_MAXINT64 && index->report.trouble;

  return is_in(index, read) || is_hopeless || now_us >= due_us;
}

/* Whoever asked sees less than got its 250 before. */
static void note_late(Index *index, gint64 now_us) {
  if (index->noted_late_us != 0 && now_us - index->noted_late_us < INDEX_LATE_NOTE_US)
    return;
  index->noted_late_us = now_us;
  store_parts_notice(index->parts,
                     g_strdup_printf("lists are not complete: answered without waiting for %" G_GUINT64_FORMAT
                                     " messages and changes that the index does not have yet",
                                     index_backlog(index)));
}

static void release_waiting(Index *index) {
  gint64 now_us = g_get_monotonic_time();
  Read *read;

  while ((read = g_queue_peek_head(&index->waiting)) && is_due(index, read, now_us)) {
    if (index->report.is_ready && !is_in(index, read))
      note_late(index, now_us);
    run(g_queue_pop_head(&index->waiting));
  }
  event_del(index->timer);
  gint64 due_us = read ? last_moment_us(index, read) : G_MAXINT64;
  if (due_us == G_MAXINT64)
    return;
  gint64 left_us = MAX(due_us - now_us, 0);
  const struct timeval left = {.tv_sec = left_us / G_USEC_PER_SEC, .tv_usec = left_us % G_USEC_PER_SEC};
  event_add(index->timer, &left);
}

static void timer_cb(evutil_socket_t fd, short what, void *user_data) {
  release_waiting(user_data);
}

void index_refresh(Index *index) {
  index->flush_ticket = ++index->last_ticket;
  updater_push_flush(index->updater, index->flush_ticket);
}

void index_move(Index *index) {
  if (!index->is_closed)
    updater_push_moved(index->updater, ++index->last_ticket);
}

gboolean index_is_stopped(const Index *index) {
  return g_atomic_int_get(&index->is_closed);
}

/* What was given before may wait to be written together with more; somebody who reads should not. */
static void flush(Index *index) {
  if (index->done_ticket < index->last_ticket && index->flush_ticket != index->last_ticket)
    index_refresh(index);
}

/* Nor should somebody who waits for messages. One flush at a time, and none in a burst: what comes meanwhile is written
 * together. */
static void hurry(Index *index) {
  if (index->is_awaited && index->done_ticket >= index->flush_ticket && index_backlog(index) <= INDEX_HURRY_MAX)
    flush(index);
}

void index_set_awaited(Index *index, gboolean is_awaited) {
  index->is_awaited = is_awaited;
  updater_set_awaited(index->updater, is_awaited);
}

static void read_on(Index *index, Strand *threads, IndexReadFunc work, JobFunc done, gpointer user_data) {
  updater_use(index->updater);
  flush(index);
  Read *read = g_new0(Read, 1);
  *read = (Read){
      .index = index,
      .ticket = index->last_ticket,
      .threads = threads,
      .since_us = g_get_monotonic_time(),
      .work = work,
      .done = done,
      .user_data = user_data,
  };
  g_queue_push_tail(&index->waiting, read);
  release_waiting(index);
}

void index_read(Index *index, IndexReadFunc work, JobFunc done, gpointer user_data) {
  read_on(index, index->readers, work, done, user_data);
}

void index_read_file(Index *index, gboolean is_large, IndexReadFunc work, JobFunc done, gpointer user_data) {
  read_on(index, is_large ? index->large_readers : index->file_readers, work, done, user_data);
}

/* --- writing */

static void advance(Index *index, guint64 ticket) {
  index->advanced_us = g_get_monotonic_time();
  if (index->options.advanced)
    index->options.advanced(ticket, index->options.reported_data);
}

static void advanced_cb(guint64 ticket, gpointer user_data) {
  Index *index = user_data;

  if (!index->is_closed)
    advance(index, ticket);
}

guint64 index_now(Index *index) {
  return uidlist_now(index->parts->uids);
}

guint64 index_add(Index *index, const char *file_name, GString *block, GByteArray *body, guint64 number) {
  index->last_ticket++;
  updater_push_delivered(index->updater, file_name, block, body, number, index->last_ticket, index_backlog(index));
  hurry(index);
  return index->last_ticket;
}

void index_change(Index *index, InboxChange *change, InboxChanged changed, gpointer user_data) {
  index_change_push(change, index->updater, index->queue, ++index->last_ticket, changed, user_data);
}

void index_retention_step(Index *index, const InboxLimits *limits, InboxRetentionDone done, gpointer user_data) {
  index_retention_push(limits, index->updater, index->queue, ++index->last_ticket, done, user_data);
}

static gboolean may_keep(const Index *index) {
  return !index->is_closed && index_backlog(index) < INDEX_NOTES_MAX;
}

void index_keep_transcript(Index *index, const char *id, char *said) {
  if (may_keep(index))
    updater_push_patiently(index->updater, index_transcript_task(id, said), ++index->last_ticket);
  else
    g_free(said);
}

void index_keep_attempt(Index *index, InboxAttempt *attempt) {
  if (may_keep(index))
    updater_push(index->updater, index_attempt_task(attempt), ++index->last_ticket);
  else
    inbox_attempt_free(attempt);
}

void index_set_rest(Index *index, gboolean may_rest) {
  updater_set_rest(index->updater, may_rest);
}

guint64 index_backlog(const Index *index) {
  return index->last_ticket - MIN(index->done_ticket, index->last_ticket);
}

const InboxReport *index_report(const Index *index) {
  return &index->report;
}

/* They take the room of a database that is another one by now, on disk or in memory. */
static void drop_readers_of_before(Index *index) {
  guint generation = index_file_generation(index->file);

  if (generation == index->generation)
    return;
  index->generation = generation;
  pthread_mutex_lock(&index->lock);
  drop_old_readers(index);
  pthread_mutex_unlock(&index->lock);
}

static void reported_cb(const InboxReport *report, guint64 done_ticket, gpointer user_data) {
  Index *index = user_data;

  if (index->is_closed)
    return;
  drop_readers_of_before(index);
  g_free(index->report.trouble);
  index->report = *report;
  index->report.trouble = g_strdup(report->trouble);
  index->report.problem = NULL;
  index->report.events = NULL;
  if (done_ticket > index->done_ticket)
    advance(index, done_ticket);
  index->done_ticket = done_ticket;
  uidlist_raise_number(index->parts->uids, report->totals.last_seq);
  index->options.reported(report, done_ticket, index->options.reported_data);
  release_waiting(index);
  hurry(index);
}

/* --- opening and closing */

Index *index_open(const StoreParts *parts, const UpdaterOptions *options) {
  Index *index = g_new0(Index, 1);

  index->parts = parts;
  index->queue = parts->queue;
  index->options = *options;
  index->file = index_file_new(parts->maildir);
  index->readers = strand_new(loop_queue_crew(parts->queue), INDEX_READERS_MAX, STRAND_LONG);
  index->file_readers = strand_new(loop_queue_crew(parts->queue), INDEX_READERS_MAX, STRAND_LONG);
  index->large_readers = strand_new(loop_queue_crew(parts->queue), INDEX_READERS_MAX, STRAND_LONG);
  index->timer = evtimer_new(loop_queue_base(parts->queue), timer_cb, index);
  index->idle = g_ptr_array_new_with_free_func((GDestroyNotify)index_reader_close);
  pthread_mutex_init(&index->lock, NULL);
  UpdaterOptions updater_options = *options;
  updater_options.reported = reported_cb;
  updater_options.reported_data = index;
  updater_options.advanced = advanced_cb;
  updater_options.idle = idle_cb;
  updater_options.idle_data = index;
  index->updater = updater_start(parts, index->file, &updater_options);
  return index;
}

static void strand_ended_cb(gpointer data) {
  Index *index = data;

  if (!g_atomic_int_dec_and_test(&index->n_open))
    return;
  g_ptr_array_unref(index->idle);
  index_file_free(index->file);
  index->ended(index->ended_data);
}

static void updater_stopped_cb(gpointer data) {
  Index *index = data;
  Strand *const strands[] = {index->readers, index->file_readers, index->large_readers};

  for (Read *read; (read = g_queue_pop_head(&index->waiting));) /* the loop leaves them alone: see is_closed */
    run(read);
  index->n_open = G_N_ELEMENTS(strands);
  for (gsize i = 0; i < G_N_ELEMENTS(strands); i++)
    strand_close(strands[i], strand_ended_cb, index);
}

void index_close(Index *index, JobFunc ended, gpointer user_data) {
  index->ended = ended;
  index->ended_data = user_data;
  g_atomic_int_set(&index->is_closed, TRUE);
  event_del(index->timer);
  updater_stop(index->updater, updater_stopped_cb, index);
}

void index_free(Index *index) {
  if (!index)
    return;
  event_free(index->timer);
  pthread_mutex_destroy(&index->lock);
  g_free(index->report.trouble);
  g_free(index);
}
