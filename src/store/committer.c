#include "store/committer.h"

#include "inbox/error.h"
#include "store/batch.h"
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
  Journal *journal;    /* the thread's */
  StorageWatch *watch; /* the thread's */
  pthread_t thread;
  pthread_mutex_t lock;
  pthread_cond_t wake;
  pthread_cond_t forgotten;
  /* under the lock */
  DeliveryList waiting;
  Forget *forgets;
  guint n_announced;
  gboolean stopping;
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

/* Step 5: told */

static void report_cb(gpointer data) {
  Delivery *next = NULL;
  for (Delivery *delivery = data; delivery; delivery = next) {
    next = delivery->next;
    delivery_finish(delivery);
  }
}

static void report(const Committer *committer, Batch *batch) {
  for (guint i = 0; i < batch->n_messages; i++)
    batch->messages[i]->next = i + 1 < batch->n_messages ? batch->messages[i + 1] : NULL;
  loop_queue_post(committer->parts->queue, report_cb, batch->messages[0]);
}

/* The thread */

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

/* Waits for messages until something else is due. The real clock is the one that pthread_cond_timedwait() has
 * everywhere; should it be set back, a checkpoint is late, which costs nothing but time at a start after a crash. */
static void wait_for_work(Committer *committer, gint64 due_us) {
  gint64 until_us = g_get_real_time() + MAX(due_us - g_get_monotonic_time(), 0);
  struct timespec until = {.tv_sec = until_us / G_USEC_PER_SEC, .tv_nsec = (until_us % G_USEC_PER_SEC) * 1000};
  pthread_cond_timedwait(&committer->wake, &committer->lock, &until);
}

/* Returns the messages that wait, and those to be forgotten; NULL when something else is due instead. FALSE in
 * *out_more: there will be none. */
static Delivery *take_waiting(Committer *committer, Forget **out_forgets, gboolean *out_more) {
  gint64 due_us = next_due_us(committer);
  pthread_mutex_lock(&committer->lock);
  gboolean ended = FALSE;
  while (!committer->waiting.first && !committer->forgets) {
    ended = committer->stopping && committer->n_announced == 0;
    if (ended || g_get_monotonic_time() >= due_us)
      break;
    wait_for_work(committer, due_us);
  }
  Delivery *first = committer->waiting.first;
  list_clear(&committer->waiting);
  *out_forgets = committer->forgets;
  committer->forgets = NULL;
  pthread_mutex_unlock(&committer->lock);
  *out_more = !ended;
  return first;
}

/* Deleting */

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
  pthread_cond_broadcast(&committer->forgotten);
  pthread_mutex_unlock(&committer->lock);
}

void committer_forget(Committer *committer, const char *const *names, guint n_names) {
  Forget forget = {.names = names, .n_names = n_names};
  pthread_mutex_lock(&committer->lock);
  forget.next = committer->forgets;
  committer->forgets = &forget; /* cppcheck-suppress autoVariables ; nobody has it any more when this returns */
  pthread_cond_signal(&committer->wake);
  while (!forget.is_done)
    pthread_cond_wait(&committer->forgotten, &committer->lock);
  pthread_mutex_unlock(&committer->lock);
}

void committer_forget_soon(Committer *committer, const char *const *names, guint n_names) {
  Forget *forget = g_new0(Forget, 1);
  forget->owned = g_new0(char *, n_names + 1);
  for (guint i = 0; i < n_names; i++)
    forget->owned[i] = g_strdup(names[i]);
  forget->names = (const char *const *)forget->owned;
  forget->n_names = n_names;
  pthread_mutex_lock(&committer->lock);
  forget->next = committer->forgets;
  committer->forgets = forget;
  pthread_cond_signal(&committer->wake);
  pthread_mutex_unlock(&committer->lock);
}

static void *committer_main(void *data) {
  Committer *committer = data;
  gboolean more = TRUE;
  while (more) {
    Forget *forgets;
    store_all(committer, take_waiting(committer, &forgets, &more));
    forget_all(committer, forgets);
    gint64 due_us = journal_checkpoint_due_us(committer->journal);
    if (due_us >= 0 && g_get_monotonic_time() >= due_us)
      journal_checkpoint(committer->journal);
    storage_watch_do_due(committer->watch, committer->journal);
  }
  journal_close(committer->journal);
  storage_watch_free(committer->watch);
  return NULL;
}

Committer *committer_start(const StoreParts *parts, InboxStorageChanged changed, gpointer user_data, GError **error) {
  Committer *committer = g_new0(Committer, 1);
  committer->parts = parts;
  committer->journal = journal_new(parts);
  committer->watch = storage_watch_new(parts, changed, user_data);
  list_clear(&committer->waiting);
  pthread_mutex_init(&committer->lock, NULL);
  pthread_cond_init(&committer->wake, NULL);
  pthread_cond_init(&committer->forgotten, NULL);
  int error_number = job_start_thread(&committer->thread, NULL, committer_main, committer);
  if (error_number != 0) {
    inbox_set_errno(error, error_number, "cannot start a thread");
    journal_close(committer->journal);
    storage_watch_free(committer->watch);
    pthread_cond_destroy(&committer->wake);
    pthread_cond_destroy(&committer->forgotten);
    pthread_mutex_destroy(&committer->lock);
    g_free(committer);
    return NULL;
  }
  return committer;
}

void committer_stop(Committer *committer) {
  pthread_mutex_lock(&committer->lock);
  committer->stopping = TRUE;
  pthread_cond_signal(&committer->wake);
  pthread_mutex_unlock(&committer->lock);
  pthread_join(committer->thread, NULL);
  pthread_cond_destroy(&committer->wake);
  pthread_cond_destroy(&committer->forgotten);
  pthread_mutex_destroy(&committer->lock);
  g_free(committer);
}

void committer_announce(Committer *committer) {
  pthread_mutex_lock(&committer->lock);
  committer->n_announced++;
  pthread_mutex_unlock(&committer->lock);
}

void committer_push(Committer *committer, Delivery *delivery, gboolean announced) {
  pthread_mutex_lock(&committer->lock);
  gboolean was_empty = committer->waiting.first == NULL;
  list_append(&committer->waiting, delivery);
  committer->n_announced -= announced ? 1 : 0;
  if (was_empty)
    pthread_cond_signal(&committer->wake);
  pthread_mutex_unlock(&committer->lock);
}
