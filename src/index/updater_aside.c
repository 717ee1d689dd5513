/* Deleting all messages at once: their directories and the index are put aside, and empty ones take the place. */
#include "index/updater_private.h"

#include "inbox/error.h"

typedef struct PutAside {
  Updater *updater;
  Gone *gone;
  gboolean is_done;
} PutAside;

/* Nobody stores messages meanwhile. What other programs store before the directories change places is not in the index,
 * and gets back. When the index has moved, it is decided; before that, all goes back. */
static void exchange_cb(gpointer data) {
  PutAside *aside = data;
  const StoreParts *parts = aside->updater->parts;

  aside->is_done = gone_exchange(aside->gone, MAIL_DIRECTORY_NEW, NULL) &&
                   gone_exchange(aside->gone, MAIL_DIRECTORY_CUR, NULL) &&
                   index_gone_move_index(aside->gone, parts->durable);
  if (!aside->is_done)
    (void)gone_undo(aside->gone, NULL);
}

static gboolean put_aside(Updater *updater, Gone *gone, const InboxEvent *event) {
  PutAside aside = {.updater = updater, .gone = gone};

  return index_file_make_next(updater->file, gone->name, gone->dir_fd, INDEX_NEXT_NAME, event, NULL) &&
         updater->options.between(exchange_cb, &aside, updater->options.forget_data) && aside.is_done;
}

/* In the file of UIDs, too, all messages are gone. */
static void clear_uids(Updater *updater) {
  IndexSync *work = updater_work(updater);
  g_autoptr(GError) error = NULL;

  if (!work)
    return; /* lines that mean nothing any more do no harm */
  index_uids_clear(index_write_uids(work->writer));
  if (!index_uids_commit(index_write_uids(work->writer), 0, &error))
    updater_fail(updater, g_steal_pointer(&error));
}

static gboolean can_put_aside(const Updater *updater, guint64 n_messages) {
  return updater->gone && n_messages >= updater->options.aside_messages && index_file_can_be_put_aside(updater->file);
}

gboolean updater_put_aside(Updater *updater, guint64 *out_n_messages) {
  *out_n_messages = index_write_totals(updater->work.writer)->n_messages;
  if (!can_put_aside(updater, *out_n_messages) || !updater_commit(updater))
    return FALSE;
  Gone *gone = gone_make(updater->parts->maildir, updater->parts->io, NULL);
  sqlite3 *list = gone ? index_file_open_aside(updater->parts->maildir, NULL, NULL) : NULL;
  InboxEvent *event = index_sync_new_event(&updater->work, INBOX_EVENT_CLEARED);
  if (!list || !put_aside(updater, gone, event)) {
    inbox_event_free(event);
    sqlite3_close(list);
    if (gone)
      index_gone_drop(gone);
    return FALSE;
  }
  g_ptr_array_add(updater->work.events, event);
  index_gone_add(updater->gone, gone, list);
  updater_reopen(updater);
  clear_uids(updater);
  updater_watch_renew(updater);
  return TRUE;
}
