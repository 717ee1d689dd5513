#include "store/committer.h"

#include "inbox/error.h"
#include "store/batch.h"
#include "store/handover.h"
#include <errno.h>
#include <pthread.h>
#include <string.h>

typedef struct DeliveryList {
  Delivery *first;
  Delivery **end;
} DeliveryList;

/* What is to be void in the journal. */
typedef struct Forget {
  struct Forget *next;
  const char *const *names; /* of messages, or keys of records */
  guint n_names;
  GStrv owned; /* the names, when nobody waits; else NULL */
  gboolean is_done;
} Forget;

struct Committer {
  const StoreParts *parts;
  Strand *strand;
  Journal *journal; /* of who has the pass, as is the next */
  StorageWatch *watch;
  pthread_mutex_t lock;
  pthread_cond_t changed; /* a pass has ended */
  /* under the lock */
  gboolean is_queued;  /* a pass is to come, beside the one that is set for a time */
  gboolean is_running; /* somebody has the pass */
  DeliveryList waiting;
  Forget *forgets;
  guint n_announced;
  JobFunc stopped; /* NULL: it goes on */
  gpointer stopped_data;
  gboolean is_ended;
};

/* Files that were deleted keep their room while the journal holds them open. */
static void make_room(const Committer *committer, const Batch *batch) {
  for (guint i = 0; i < batch->n_messages; i++) {
    if (g_error_matches(batch->messages[i]->error, INBOX_ERROR, INBOX_ERROR_NO_SPACE)) {
      journal_checkpoint(committer->journal);
      return;
    }
  }
}

static void note_outcome(const Committer *committer, const Batch *batch) {
  const GError *failure = NULL;
  gboolean any_stored = FALSE;

  for (guint i = 0; i < batch->n_messages; i++) {
    any_stored |= batch->messages[i]->error == NULL;
    failure = failure ? failure : batch->messages[i]->error;
  }
  storage_watch_note(committer->watch, any_stored, failure);
}

/* --- step 5: told */

static void report_cb(gpointer data) {
  Delivery *next = NULL;

  for (Delivery *delivery = data; delivery; delivery = next) {
    next = delivery->next;
    handover_take(delivery);
  }
}

static void report(const Committer *committer, Batch *batch) {
  for (guint i = 0; i < batch->n_messages; i++)
    batch->messages[i]->next = i + 1 < batch->n_messages ? batch->messages[i + 1] : NULL;
  loop_queue_post(committer->parts->queue, report_cb, batch->messages[0]);
}

/* --- waiting messages */

static void list_clear(DeliveryList *list) {
  list->first = NULL;
  list->end = &list->first;
}

static void list_append(DeliveryList *list, Delivery *delivery) {
  delivery->next = NULL;
  *list->end = delivery;
  list->end = &delivery->next;
}

static void store_all(const Committer *committer, Delivery *first) {
  while (first) {
    g_autoptr(GError) error = NULL;
    gboolean is_in_place = storage_watch_look(committer->watch, committer->journal, &error);
    gboolean has_journal = is_in_place && committer->parts->journal;
    Batch batch = {.parts = committer->parts,
                   .journal = committer->journal,
                   .record_bytes_max = has_journal ? journal_batch_bytes(committer->journal) : 0};
    batch_fill(&batch, &first);
    if (is_in_place) {
      batch_store(&batch);
      make_room(committer, &batch);
      note_outcome(committer, &batch);
    } else {
      batch_refuse(&batch, error);
    }
    report(committer, &batch);
  }
}

/* When something other than messages has to be done. */
static gint64 next_due_us(const Committer *committer) {
  gint64 checkpoint_us = journal_checkpoint_due_us(committer->journal);
  gint64 watch_us = storage_watch_due_us(committer->watch);

  return checkpoint_us >= 0 ? MIN(checkpoint_us, watch_us) : watch_us;
}

/* --- deleting */

/* The key of a record has a slash, as no name of a message has. */
static JournalEntry forget_entry(const char *name) {
  const char *slash = strchr(name, '/');

  if (!slash)
    return (JournalEntry){.kind = JOURNAL_FORGET, .name = name};
  return (JournalEntry){
      .kind = JOURNAL_FORGET_RECORD, .name = slash + 1, .content = {{(gpointer)name, (gsize)(slash - name)}}};
}

static void append_forgets(const Committer *committer, GPtrArray *names) {
  JournalEntry entries[JOURNAL_BATCH_MAX];

  for (guint i = 0; i < names->len; i++)
    entries[i] = forget_entry(g_ptr_array_index(names, i));
  if (names->len > 0)
    (void)journal_append(committer->journal, entries, names->len, NULL);
  g_ptr_array_set_size(names, 0);
}

/* Most messages are long out of the journal, and need nothing. */
static void forget(const Committer *committer, const Forget *forget) {
  g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);

  for (guint i = 0; i < forget->n_names; i++) {
    const char *name = forget->names[i];
    gsize len = strchr(name, '/') ? strlen(name) : maildir_id_length(name);
    if ((strchr(name, '/') || maildir_name_is_sane(name, len)) && journal_holds(committer->journal, name))
      g_ptr_array_add(names, g_strndup(name, len));
    if (names->len == JOURNAL_BATCH_MAX)
      append_forgets(committer, names);
  }
  append_forgets(committer, names);
}

static void forget_all(Committer *committer, Forget *forgets) {
  if (!forgets)
    return;
  for (Forget *at = forgets; at; at = at->next)
    forget(committer, at);
  pthread_mutex_lock(&committer->lock);
  for (Forget *at = forgets, *next = NULL; at; at = next) {
    next = at->next; /* who waits frees it as soon as the lock is free */
    at->is_done = TRUE;
    if (at->owned) {
      g_strfreev(at->owned);
      g_free(at);
    }
  }
  pthread_mutex_unlock(&committer->lock);
}

/* --- passes. One at a time, by a thread of the crew or one that waits for its outcome */

/* Called with the lock held. FALSE: one is to come already. */
static gboolean queue_pass(Committer *committer) {
  gboolean is_new = !committer->is_queued && !committer->is_running;

  committer->is_queued |= is_new;
  return is_new;
}

static void timed_pass_cb(gpointer data);

static void do_due(Committer *committer) {
  gint64 due_us = journal_checkpoint_due_us(committer->journal);

  if (due_us >= 0 && g_get_monotonic_time() >= due_us)
    journal_checkpoint(committer->journal);
  storage_watch_do_due(committer->watch, committer->journal);
  strand_run_at(committer->strand, next_due_us(committer), timed_pass_cb, committer);
}

/* Called and left with the lock held. */
static void run_pass(Committer *committer) {
  Delivery *first = committer->waiting.first;
  Forget *forgets = committer->forgets;

  list_clear(&committer->waiting);
  committer->forgets = NULL;
  committer->is_running = TRUE;
  pthread_mutex_unlock(&committer->lock);

  store_all(committer, first);
  forget_all(committer, forgets);
  do_due(committer);

  pthread_mutex_lock(&committer->lock);
  committer->is_running = FALSE;
  pthread_cond_broadcast(&committer->changed);
}

static gboolean has_work(const Committer *committer) {
  return committer->waiting.first || committer->forgets;
}

static void ended_cb(gpointer data) {
  Committer *committer = data;
  JobFunc stopped = committer->stopped;
  gpointer user_data = committer->stopped_data;

  journal_close(committer->journal);
  storage_watch_free(committer->watch);
  pthread_cond_destroy(&committer->changed);
  pthread_mutex_destroy(&committer->lock);
  g_free(committer);
  stopped(user_data);
}

/* Who queued a pass still has to give it to the strand; and once, as a pass that was set for a time may still come. */
static gboolean is_to_end(const Committer *committer) {
  return committer->stopped && !committer->is_ended && !committer->is_running && !committer->is_queued &&
         !has_work(committer) && committer->n_announced == 0;
}

static void pass_cb(gpointer data);

static void pass(Committer *committer, gboolean was_queued) {
  pthread_mutex_lock(&committer->lock);
  committer->is_queued &= !was_queued;
  if (!committer->is_running) /* else whoever has the pass sees to the next */
    run_pass(committer);
  gboolean is_new = !committer->is_running && has_work(committer) && queue_pass(committer);
  gboolean ends = is_to_end(committer);
  committer->is_ended |= ends;
  pthread_mutex_unlock(&committer->lock);
  if (is_new)
    strand_run(committer->strand, pass_cb, committer);
  if (ends)
    strand_close(committer->strand, ended_cb, committer);
}

static void pass_cb(gpointer data) {
  pass(data, TRUE);
}

static void timed_pass_cb(gpointer data) {
  pass(data, FALSE);
}

/* Called with the lock held, and gives it back. `needs_pass`: there is something for one. */
static void leave(Committer *committer, gboolean needs_pass) {
  gboolean is_new = needs_pass && queue_pass(committer);

  pthread_mutex_unlock(&committer->lock);
  if (is_new)
    strand_run(committer->strand, pass_cb, committer);
}

static void add_forget(Committer *committer, Forget *forget) {
  forget->next = committer->forgets;
  committer->forgets = forget;
}

/* It does not wait for a thread that may never be free: all of them may be here. */
void committer_forget(Committer *committer, const char *const *names, guint n_names) {
  Forget forget = {.names = names, .n_names = n_names};

  pthread_mutex_lock(&committer->lock);
  add_forget(committer, &forget); /* cppcheck-suppress autoVariables ; nobody has it any more when this returns */
  while (!forget.is_done) {
    if (committer->is_running)
      pthread_cond_wait(&committer->changed, &committer->lock);
    else
      run_pass(committer);
  }
  leave(committer, has_work(committer) || committer->stopped);
}

gboolean committer_between(Committer *committer, JobFunc work, gpointer data) {
  pthread_mutex_lock(&committer->lock);
  while (committer->is_running)
    pthread_cond_wait(&committer->changed, &committer->lock);
  committer->is_running = TRUE;
  pthread_mutex_unlock(&committer->lock);

  gboolean is_in_place = maildir_is_in_place(committer->parts->maildir);
  if (is_in_place) {
    journal_restart(committer->journal, FALSE);
    work(data);
  }

  pthread_mutex_lock(&committer->lock);
  committer->is_running = FALSE;
  pthread_cond_broadcast(&committer->changed);
  leave(committer, has_work(committer) || committer->stopped);
  return is_in_place;
}

void committer_forget_soon(Committer *committer, const char *const *names, guint n_names) {
  Forget *forget = g_new0(Forget, 1);

  forget->owned = g_new0(char *, n_names + 1);
  for (guint i = 0; i < n_names; i++)
    forget->owned[i] = g_strdup(names[i]);
  forget->names = (const char *const *)forget->owned;
  forget->n_names = n_names;
  pthread_mutex_lock(&committer->lock);
  add_forget(committer, forget);
  leave(committer, TRUE);
}

Committer *committer_start(const StoreParts *parts, InboxStorageChanged changed, gpointer user_data) {
  Committer *committer = g_new0(Committer, 1);

  committer->parts = parts;
  committer->strand = strand_new(loop_queue_crew(parts->queue), 1, STRAND_SHORT);
  committer->journal = journal_new(parts);
  committer->watch = storage_watch_new(parts, changed, user_data);
  list_clear(&committer->waiting);
  pthread_mutex_init(&committer->lock, NULL);
  pthread_cond_init(&committer->changed, NULL);
  strand_run_at(committer->strand, next_due_us(committer), timed_pass_cb, committer);
  return committer;
}

void committer_stop(Committer *committer, JobFunc stopped, gpointer user_data) {
  pthread_mutex_lock(&committer->lock);
  committer->stopped = stopped;
  committer->stopped_data = user_data;
  leave(committer, TRUE);
}

void committer_announce(Committer *committer) {
  pthread_mutex_lock(&committer->lock);
  committer->n_announced++;
  pthread_mutex_unlock(&committer->lock);
}

void committer_push(Committer *committer, Delivery *delivery, gboolean announced) {
  pthread_mutex_lock(&committer->lock);
  list_append(&committer->waiting, delivery);
  committer->n_announced -= announced ? 1 : 0;
  leave(committer, TRUE);
}
