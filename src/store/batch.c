#include "store/batch.h"

#include "inbox/error.h"
#include "store/record_files.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>

static gboolean is_small(const Delivery *delivery) {
  return delivery->tmp_name == NULL;
}

static const char *tmp_name(const Delivery *delivery) {
  return is_small(delivery) ? delivery->file_name : delivery->tmp_name;
}

/* Of a small message in the journal, with the records of others that it brings. */
static gsize content_bytes(const Delivery *delivery) {
  gsize n_bytes = delivery->block->len + delivery->body->len;

  return n_bytes + (delivery->records ? delivery_records_bytes(delivery->records) : 0);
}

static gsize record_bytes(const Delivery *delivery) {
  return journal_record_bytes(strlen(delivery->file_name), content_bytes(delivery));
}

static void close_file(const StoreIo *io, Delivery *delivery) {
  if (delivery->fd >= 0) {
    (void)io->close(io, delivery->fd);
    delivery->fd = -1;
  }
}

/* The first error counts; nothing of the message stays. */
static void fail(const Batch *batch, Delivery *delivery, const char *step) {
  const StoreParts *parts = batch->parts;

  inbox_set_errno(&delivery->error, errno, "cannot %s %s/tmp/%s", step, parts->maildir->path, tmp_name(delivery));
  close_file(parts->io, delivery);
  (void)parts->io->remove(parts->io, parts->maildir->tmp_fd, tmp_name(delivery));
  if (delivery->records)
    record_files_discard(parts, delivery->records);
}

/* --- step 1: files in tmp/ */

static void write_file(const Batch *batch, Delivery *delivery) {
  const StoreIo *io = batch->parts->io;
  const Maildir *maildir = batch->parts->maildir;

  delivery->fd = maildir_create(maildir, io, maildir->tmp_fd, tmp_name(delivery), O_WRONLY);
  if (delivery->fd < 0) {
    fail(batch, delivery, "make");
    return;
  }
  struct iovec content[] = {{delivery->block->str, delivery->block->len}, {delivery->body->data, delivery->body->len}};
  if (store_io_write_all(io, delivery->fd, content, G_N_ELEMENTS(content), 0) < 0)
    fail(batch, delivery, "write");
}

static void write_records(const Batch *batch, Delivery *delivery) {
  if (delivery->records && !delivery->error && record_files_write(batch->parts, delivery->records) < 0)
    fail(batch, delivery, "write the records of");
}

/* --- step 2: lasting */

static void sync_file(const Batch *batch, Delivery *delivery) {
  const StoreIo *io = batch->parts->io;

  if (io->sync(io, delivery->fd) < 0) {
    fail(batch, delivery, "sync");
    return;
  }
  int fd = delivery->fd;
  delivery->fd = -1;
  if (io->close(io, fd) < 0)
    fail(batch, delivery, "close");
}

/* With the records of others in front, if there are any: printed into `lists`, to be freed by them. */
static JournalEntry entry_for(const Delivery *delivery, GPtrArray *lists) {
  GByteArray *list = delivery->records ? delivery_records_print(delivery->records) : NULL;
  JournalEntry entry = {.name = delivery->file_name, .records = delivery->records};

  if (list) {
    g_ptr_array_add(lists, list);
    entry.content[0] = (struct iovec){list->data, list->len};
  }
  entry.kind = list ? JOURNAL_DELIVER_RECORDS : JOURNAL_DELIVER;
  return entry;
}

static GPtrArray *lists_new(void) {
  return g_ptr_array_new_with_free_func((GDestroyNotify)g_byte_array_unref);
}

static gboolean append_to_journal(Batch *batch) {
  g_autoptr(GPtrArray) lists = lists_new();
  JournalEntry entries[JOURNAL_BATCH_MAX];
  Delivery *appended[JOURNAL_BATCH_MAX];
  guint n_entries = 0;

  for (guint i = 0; i < batch->n_messages; i++) {
    Delivery *mail = batch->messages[i];
    if (is_small(mail) && !mail->error && content_bytes(mail) <= JOURNAL_CONTENT_MAX &&
        record_bytes(mail) <= batch->record_bytes_max) {
      JournalEntry entry = entry_for(mail, lists);
      entry.content[1] = (struct iovec){mail->block->str, mail->block->len};
      entry.content[2] = (struct iovec){mail->body->data, mail->body->len};
      appended[n_entries] = mail;
      entries[n_entries++] = entry;
    }
  }
  if (n_entries == 0)
    return TRUE;
  if (!journal_append(batch->journal, entries, n_entries, NULL))
    return FALSE; /* each file is synced instead, and reports its own error */
  for (guint i = 0; i < n_entries; i++)
    appended[i]->journalled = TRUE;
  return TRUE;
}

static void make_lasting(Batch *batch) {
  if (batch->record_bytes_max > 0)
    (void)append_to_journal(batch);
  for (guint i = 0; i < batch->n_messages; i++) {
    Delivery *mail = batch->messages[i];
    if (is_small(mail) && !mail->error && !mail->journalled)
      sync_file(batch, mail);
  }
}

/* Messages that bring records and are not in the journal become visible together with them by this: TRUE when there are
 * such messages. */
static gboolean note_pending(Batch *batch) {
  g_autoptr(GPtrArray) lists = lists_new();
  JournalEntry entries[JOURNAL_BATCH_MAX];
  Delivery *noted[JOURNAL_BATCH_MAX];
  guint n_entries = 0;

  for (guint i = 0; i < batch->n_messages; i++) {
    Delivery *mail = batch->messages[i];
    if (!mail->records || mail->journalled || mail->error)
      continue;
    if (record_files_close(batch->parts, mail->records) < 0) {
      fail(batch, mail, "write the records of");
      continue;
    }
    noted[n_entries] = mail;
    entries[n_entries] = entry_for(mail, lists);
    entries[n_entries++].kind = JOURNAL_RECORDS;
  }
  if (n_entries == 0 || journal_write_pending(batch->parts, entries, n_entries) == 0)
    return n_entries > 0;
  for (guint i = 0, error_number = (guint)errno; i < n_entries; i++) {
    errno = (int)error_number;
    fail(batch, noted[i], "note the records of");
  }
  return FALSE;
}

/* Without syncing: closing is what may tell that a file was not written. */
static void close_files(Batch *batch) {
  const StoreIo *io = batch->parts->io;

  for (guint i = 0; i < batch->n_messages; i++) {
    Delivery *mail = batch->messages[i];
    if (mail->fd >= 0) {
      int fd = mail->fd;
      mail->fd = -1;
      if (io->close(io, fd) < 0)
        fail(batch, mail, "close");
    }
  }
}

/* --- step 3: visible */

/* Takes back what may be visible already. */
static void take_back(const Batch *batch, Delivery *delivery) {
  const StoreParts *parts = batch->parts;

  close_file(parts->io, delivery);
  (void)parts->io->remove(parts->io, parts->maildir->new_fd, delivery->file_name);
  if (delivery->records)
    record_files_discard(parts, delivery->records);
}

static void hand_to_journal(const Batch *batch, Delivery *delivery) {
  journal_stored(batch->journal, delivery->fd);
  delivery->fd = -1;
  for (guint i = 0; delivery->records && i < delivery->records->len; i++) {
    DeliveryRecord *record = g_ptr_array_index(delivery->records, i);
    journal_stored(batch->journal, record->fd);
    record->fd = -1;
  }
}

/* The message first: whether it is there says after a crash whether its records belong there. */
static void show(const Batch *batch, Delivery *delivery) {
  const StoreParts *parts = batch->parts;
  const StoreIo *io = parts->io;
  const Maildir *maildir = parts->maildir;

  if (io->rename(io, maildir->tmp_fd, tmp_name(delivery), maildir->new_fd, delivery->file_name) < 0) {
    fail(batch, delivery, "move to new");
  } else if (delivery->records && record_files_show(parts, delivery->records) < 0) {
    inbox_set_errno(&delivery->error, errno, "cannot store the records of %s/new/%s", maildir->path,
                    delivery->file_name);
    take_back(batch, delivery);
  } else if (delivery->journalled) {
    hand_to_journal(batch, delivery);
  }
}

/* Whoever sent it is told that it failed, so it must not come back after a crash. */
static void forget_failed(Batch *batch) {
  JournalEntry entries[JOURNAL_BATCH_MAX];
  guint n_entries = 0;

  for (guint i = 0; i < batch->n_messages; i++) {
    const Delivery *mail = batch->messages[i];
    if (mail->journalled && mail->error)
      entries[n_entries++] =
          (JournalEntry){.kind = mail->records ? JOURNAL_UNDO : JOURNAL_FORGET, .name = mail->file_name};
  }
  if (n_entries > 0 && journal_batch_bytes(batch->journal) > 0)
    (void)journal_append(batch->journal, entries, n_entries, NULL);
}

/* Step 4: names lasting, where no journal knows them */
static void sync_names(Batch *batch, gboolean has_pending) {
  const StoreParts *parts = batch->parts;
  const StoreIo *io = parts->io;
  const Maildir *maildir = parts->maildir;
  gboolean needed = FALSE;

  for (guint i = 0; i < batch->n_messages; i++)
    needed |= !batch->messages[i]->journalled && !batch->messages[i]->error;
  if (!needed || (io->sync(io, maildir->new_fd) == 0 &&
                  (!has_pending || record_directories_sync(maildir, io, parts->places) == 0)))
    return;
  int error_number = errno;
  for (guint i = 0; i < batch->n_messages; i++) {
    Delivery *mail = batch->messages[i];
    if (!mail->journalled && !mail->error) {
      inbox_set_errno(&mail->error, error_number, "cannot sync %s/new", maildir->path);
      take_back(batch, mail);
    }
  }
}

void batch_store(Batch *batch) {
  for (guint i = 0; i < batch->n_messages; i++) {
    if (is_small(batch->messages[i]))
      write_file(batch, batch->messages[i]);
    write_records(batch, batch->messages[i]);
  }
  if (batch->parts->durable)
    make_lasting(batch);
  else
    close_files(batch);
  gboolean has_pending = note_pending(batch);
  for (guint i = 0; i < batch->n_messages; i++)
    if (!batch->messages[i]->error)
      show(batch, batch->messages[i]);
  if (batch->parts->durable) {
    forget_failed(batch);
    sync_names(batch, has_pending);
  }
  if (has_pending)
    journal_remove_pending(batch->parts);
}

void batch_refuse(Batch *batch, const GError *error) {
  const StoreParts *parts = batch->parts;

  for (guint i = 0; i < batch->n_messages; i++) {
    Delivery *mail = batch->messages[i];
    if (!is_small(mail))
      (void)parts->io->remove(parts->io, parts->maildir->tmp_fd, mail->tmp_name);
    if (!mail->error)
      mail->error = g_error_copy(error);
  }
}

void batch_fill(Batch *batch, Delivery **from) {
  while (*from) {
    Delivery *delivery = *from;
    guint n_files = 1 + (delivery->records ? delivery->records->len : 0);
    if (batch->n_files + n_files > JOURNAL_BATCH_MAX)
      break;
    gsize n_bytes = is_small(delivery) ? record_bytes(delivery) : 0;
    if (n_bytes <= batch->record_bytes_max) { /* else it is synced by itself */
      if (batch->record_bytes + n_bytes > batch->record_bytes_max)
        break;
      batch->record_bytes += n_bytes;
    }
    batch->n_files += n_files;
    batch->messages[batch->n_messages++] = delivery;
    *from = delivery->next;
  }
}
