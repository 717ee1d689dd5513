#include "store/committer.h"

#include "inbox/error.h"
#include "store/journal.h"
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <string.h>

typedef struct DeliveryList {
  Delivery *first;
  Delivery **end;
} DeliveryList;

/* What is stored together. */
typedef struct Batch {
  Delivery *messages[JOURNAL_BATCH_MAX];
  guint n_messages;
  gsize record_bytes;     /* what the journal will get */
  gsize record_bytes_max; /* what it takes; 0: there is none */
} Batch;

/* Messages to be void in the journal. */
typedef struct Forget {
  struct Forget *next;
  const char *const *names;
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

static gboolean is_small(const Delivery *delivery) {
  return delivery->tmp_name == NULL;
}

static const char *tmp_name(const Delivery *delivery) {
  return is_small(delivery) ? delivery->file_name : delivery->tmp_name;
}

static gsize record_bytes(const Delivery *delivery) {
  return journal_record_bytes(strlen(delivery->file_name), delivery->block->len + delivery->body->len);
}

static void close_file(const StoreIo *io, Delivery *delivery) {
  if (delivery->fd >= 0) {
    (void)io->close(io, delivery->fd);
    delivery->fd = -1;
  }
}

/* The first error counts; nothing of the message stays. */
static void fail(const Committer *committer, Delivery *delivery, const char *step) {
  const StoreParts *parts = committer->parts;
  inbox_set_errno(&delivery->error, errno, "cannot %s %s/tmp/%s", step, parts->maildir->path, tmp_name(delivery));
  close_file(parts->io, delivery);
  (void)parts->io->remove(parts->io, parts->maildir->tmp_fd, tmp_name(delivery));
}

/* Step 1: files in tmp/ */

static void write_file(const Committer *committer, Delivery *delivery) {
  const StoreIo *io = committer->parts->io;
  const Maildir *maildir = committer->parts->maildir;
  delivery->fd = maildir_create(maildir, io, maildir->tmp_fd, tmp_name(delivery), O_WRONLY);
  if (delivery->fd < 0) {
    fail(committer, delivery, "make");
    return;
  }
  struct iovec content[] = {{delivery->block->str, delivery->block->len}, {delivery->body->data, delivery->body->len}};
  if (store_io_write_all(io, delivery->fd, content, G_N_ELEMENTS(content), 0) < 0)
    fail(committer, delivery, "write");
}

/* Step 2: lasting */

static void sync_file(const Committer *committer, Delivery *delivery) {
  const StoreIo *io = committer->parts->io;
  if (io->sync(io, delivery->fd) < 0) {
    fail(committer, delivery, "sync");
    return;
  }
  int fd = delivery->fd;
  delivery->fd = -1;
  if (io->close(io, fd) < 0)
    fail(committer, delivery, "close");
}

static gboolean append_to_journal(const Committer *committer, Batch *batch) {
  JournalEntry entries[JOURNAL_BATCH_MAX];
  Delivery *appended[JOURNAL_BATCH_MAX];
  guint n_entries = 0;
  for (guint i = 0; i < batch->n_messages; i++) {
    Delivery *mail = batch->messages[i];
    if (is_small(mail) && !mail->error && mail->block->len + mail->body->len <= JOURNAL_CONTENT_MAX &&
        record_bytes(mail) <= batch->record_bytes_max) {
      appended[n_entries] = mail;
      entries[n_entries++] = (JournalEntry){
          .kind = JOURNAL_DELIVER,
          .name = mail->file_name,
          .content = {{mail->block->str, mail->block->len}, {mail->body->data, mail->body->len}},
      };
    }
  }
  if (n_entries == 0)
    return TRUE;
  if (!journal_append(committer->journal, entries, n_entries, NULL))
    return FALSE; /* each file is synced instead, and reports its own error */
  for (guint i = 0; i < n_entries; i++)
    appended[i]->journalled = TRUE;
  return TRUE;
}

static void make_lasting(const Committer *committer, Batch *batch) {
  if (batch->record_bytes_max > 0)
    (void)append_to_journal(committer, batch);
  for (guint i = 0; i < batch->n_messages; i++) {
    Delivery *mail = batch->messages[i];
    if (is_small(mail) && !mail->error && !mail->journalled)
      sync_file(committer, mail);
  }
}

/* Without syncing: closing is what may tell that a file was not written. */
static void close_files(const Committer *committer, Batch *batch) {
  const StoreIo *io = committer->parts->io;
  for (guint i = 0; i < batch->n_messages; i++) {
    Delivery *mail = batch->messages[i];
    if (mail->fd >= 0) {
      int fd = mail->fd;
      mail->fd = -1;
      if (io->close(io, fd) < 0)
        fail(committer, mail, "close");
    }
  }
}

/* Step 3: visible */

static void show(const Committer *committer, Delivery *delivery) {
  const StoreIo *io = committer->parts->io;
  const Maildir *maildir = committer->parts->maildir;
  if (io->rename(io, maildir->tmp_fd, tmp_name(delivery), maildir->new_fd, delivery->file_name) < 0) {
    fail(committer, delivery, "move to new");
  } else if (delivery->journalled) {
    journal_stored(committer->journal, delivery->fd);
    delivery->fd = -1;
  }
}

/* Whoever sent it is told that it failed, so it must not come back after a crash. */
static void forget_failed(const Committer *committer, Batch *batch) {
  JournalEntry entries[JOURNAL_BATCH_MAX];
  guint n_entries = 0;
  for (guint i = 0; i < batch->n_messages; i++)
    if (batch->messages[i]->journalled && batch->messages[i]->error)
      entries[n_entries++] = (JournalEntry){.kind = JOURNAL_FORGET, .name = batch->messages[i]->file_name};
  if (n_entries > 0 && journal_batch_bytes(committer->journal) > 0)
    (void)journal_append(committer->journal, entries, n_entries, NULL);
}

/* Step 4: names in new/ lasting, where no journal knows them */
static void sync_names(const Committer *committer, Batch *batch) {
  const StoreIo *io = committer->parts->io;
  const Maildir *maildir = committer->parts->maildir;
  gboolean needed = FALSE;
  for (guint i = 0; i < batch->n_messages; i++)
    needed |= !batch->messages[i]->journalled && !batch->messages[i]->error;
  if (!needed || io->sync(io, maildir->new_fd) == 0)
    return;
  int error_number = errno;
  for (guint i = 0; i < batch->n_messages; i++) {
    Delivery *mail = batch->messages[i];
    if (!mail->journalled && !mail->error) {
      inbox_set_errno(&mail->error, error_number, "cannot sync %s/new", maildir->path);
      (void)io->remove(io, maildir->new_fd, mail->file_name);
    }
  }
}

static void store_batch(const Committer *committer, Batch *batch) {
  for (guint i = 0; i < batch->n_messages; i++)
    if (is_small(batch->messages[i]))
      write_file(committer, batch->messages[i]);
  if (committer->parts->durable)
    make_lasting(committer, batch);
  else
    close_files(committer, batch);
  for (guint i = 0; i < batch->n_messages; i++)
    if (!batch->messages[i]->error)
      show(committer, batch->messages[i]);
  if (committer->parts->durable) {
    forget_failed(committer, batch);
    sync_names(committer, batch);
  }
}

/* Files that were deleted keep their room while the journal holds them open. */
static void make_room(const Committer *committer, const Batch *batch) {
  for (guint i = 0; i < batch->n_messages; i++) {
    if (g_error_matches(batch->messages[i]->error, INBOX_ERROR, INBOX_ERROR_NO_SPACE)) {
      journal_checkpoint(committer->journal);
      return;
    }
  }
}

/* Where there is no Maildir any more nothing is stored, for it would be in a directory that nobody looks into. */
static void refuse(const Committer *committer, Batch *batch, const GError *error) {
  const StoreParts *parts = committer->parts;
  for (guint i = 0; i < batch->n_messages; i++) {
    Delivery *mail = batch->messages[i];
    if (!is_small(mail))
      (void)parts->io->remove(parts->io, parts->maildir->tmp_fd, mail->tmp_name);
    if (!mail->error)
      mail->error = g_error_copy(error);
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

/* Moves messages from the front of the list to the batch, as many as still fit. */
static void fill_batch(Batch *batch, Delivery **from) {
  while (*from && batch->n_messages < JOURNAL_BATCH_MAX) {
    Delivery *delivery = *from;
    gsize n_bytes = is_small(delivery) ? record_bytes(delivery) : 0;
    if (n_bytes <= batch->record_bytes_max) { /* else it is synced by itself */
      if (batch->record_bytes + n_bytes > batch->record_bytes_max)
        break;
      batch->record_bytes += n_bytes;
    }
    batch->messages[batch->n_messages++] = delivery;
    *from = delivery->next;
  }
}

static void store_all(const Committer *committer, Delivery *first) {
  while (first) {
    g_autoptr(GError) error = NULL;
    gboolean is_in_place = storage_watch_look(committer->watch, committer->journal, &error);
    Batch batch = {.record_bytes_max =
                       is_in_place && committer->parts->journal ? journal_batch_bytes(committer->journal) : 0};
    fill_batch(&batch, &first);
    if (is_in_place) {
      store_batch(committer, &batch);
      make_room(committer, &batch);
      note_outcome(committer, &batch);
    } else {
      refuse(committer, &batch, error);
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

static void append_forgets(const Committer *committer, GPtrArray *ids) {
  JournalEntry entries[JOURNAL_BATCH_MAX];
  for (guint i = 0; i < ids->len; i++)
    entries[i] = (JournalEntry){.kind = JOURNAL_FORGET, .name = g_ptr_array_index(ids, i)};
  if (ids->len > 0)
    (void)journal_append(committer->journal, entries, ids->len, NULL);
  g_ptr_array_set_size(ids, 0);
}

/* Most messages are long out of the journal, and need nothing. */
static void forget(const Committer *committer, const Forget *forget) {
  g_autoptr(GPtrArray) ids = g_ptr_array_new_with_free_func(g_free);
  for (guint i = 0; i < forget->n_names; i++) {
    gsize len = maildir_id_length(forget->names[i]);
    if (maildir_name_is_sane(forget->names[i], len) && journal_holds(committer->journal, forget->names[i]))
      g_ptr_array_add(ids, g_strndup(forget->names[i], len));
    if (ids->len == JOURNAL_BATCH_MAX)
      append_forgets(committer, ids);
  }
  append_forgets(committer, ids);
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
