#include "store/storage_watch.h"

#include "inbox/error.h"
#include "index/index_gone.h"
#include "store/replay.h"
#include <errno.h>
#include <fcntl.h>

#define PROBE_NAME "dsmtpd.probe"

struct StorageWatch {
  const StoreParts *parts;
  InboxStorageChanged changed;
  gpointer user_data;
  gint64 due_us;
  char *trouble; /* the last one reported; NULL: none */
};

/* --- reports */

typedef struct Report {
  InboxStorageChange change; /* with a trouble of its own */
  InboxStorageChanged changed;
  gpointer user_data;
} Report;

static void report_cb(gpointer data) {
  Report *report = data;

  report->changed(&report->change, report->user_data);
  g_free((char *)report->change.trouble);
  g_free(report);
}

static void post(StorageWatch *watch, gboolean is_elsewhere, guint n_recovered) {
  Report *report = g_new0(Report, 1);

  report->change = (InboxStorageChange){
      .trouble = g_strdup(watch->trouble), .is_elsewhere = is_elsewhere, .n_recovered = n_recovered};
  report->changed = watch->changed;
  report->user_data = watch->user_data;
  loop_queue_post(watch->parts->queue, report_cb, report);
}

static void set_trouble(StorageWatch *watch, const char *trouble) {
  if (g_strcmp0(trouble, watch->trouble) == 0)
    return;
  g_free(watch->trouble);
  watch->trouble = g_strdup(trouble);
  post(watch, FALSE, 0);
}

/* --- looking */

/* What a crash left there. A visitor leaves that to a server. */
static gboolean recover(const StoreParts *parts, Maildir *there, guint *out_recovered, GError **error) {
  return there->is_visited || (index_gone_recover(there, parts->io, error) &&
                               replay_journal(there, parts->io, parts->places, out_recovered, error));
}

static gboolean open_what_is_there(StorageWatch *watch, Journal *journal, GError **error) {
  const StoreParts *parts = watch->parts;
  gboolean is_elsewhere = FALSE;
  guint n_recovered = 0;
  g_autoptr(Maildir) there = maildir_reopen(parts->maildir, parts->io, &is_elsewhere, error);

  if (!there || (is_elsewhere && !recover(parts, there, &n_recovered, error)))
    return FALSE;
  journal_restart(journal, is_elsewhere); /* while the directories are those it was written for */
  if (!maildir_replace(parts->maildir, there, is_elsewhere, error))
    return FALSE;
  g_clear_pointer(&watch->trouble, g_free);
  post(watch, TRUE, n_recovered);
  return TRUE;
}

gboolean storage_watch_look(StorageWatch *watch, Journal *journal, GError **error) {
  g_autoptr(GError) reason = NULL;

  if (maildir_is_in_place(watch->parts->maildir) || open_what_is_there(watch, journal, &reason))
    return TRUE;
  set_trouble(watch, reason->message);
  g_propagate_error(error, g_steal_pointer(&reason));
  return FALSE;
}

/* --- trying */

static gboolean fill(const StoreIo *io, int fd, gboolean durable) {
  g_autofree guint8 *zeros = g_malloc0(STORAGE_PROBE_BYTES);
  struct iovec content = {zeros, STORAGE_PROBE_BYTES};

  return store_io_write_all(io, fd, &content, 1, 0) == 0 && (!durable || io->sync(io, fd) == 0);
}

/* What a message would need. A rename into new/ would show other programs a message, so that its rights have to do. */
static gboolean try_write(const StoreParts *parts, GError **error) {
  const StoreIo *io = parts->io;
  const Maildir *maildir = parts->maildir;

  (void)io->remove(io, maildir->tmp_fd, PROBE_NAME);
  int fd = io->open(io, maildir->tmp_fd, PROBE_NAME, O_WRONLY | O_CREAT | O_EXCL, 0600);
  gboolean is_written = fd >= 0 && fill(io, fd, parts->durable);
  int error_number = errno;
  if (fd >= 0 && io->close(io, fd) < 0 && is_written) {
    is_written = FALSE;
    error_number = errno;
  }
  if (fd >= 0)
    (void)io->remove(io, maildir->tmp_fd, PROBE_NAME);
  if (!is_written)
    inbox_set_errno(error, error_number, "cannot write in %s/tmp", maildir->path);
  else if (faccessat(maildir->new_fd, ".", W_OK | X_OK, 0) != 0)
    inbox_set_errno(error, errno, "cannot write in %s/new", maildir->path);
  else
    return TRUE;
  return FALSE;
}

void storage_watch_note(StorageWatch *watch, gboolean any_stored, const GError *failure) {
  if (any_stored)
    set_trouble(watch, NULL);
  else if (failure && !watch->trouble) {
    set_trouble(watch, failure->message);
    watch->due_us = g_get_monotonic_time() + STORAGE_LOOK_US;
  }
}

gint64 storage_watch_due_us(const StorageWatch *watch) {
  return watch->due_us;
}

void storage_watch_do_due(StorageWatch *watch, Journal *journal) {
  g_autoptr(GError) error = NULL;

  if (g_get_monotonic_time() < watch->due_us)
    return;
  if (storage_watch_look(watch, journal, NULL) && watch->trouble)
    set_trouble(watch, try_write(watch->parts, &error) ? NULL : error->message);
  watch->due_us = g_get_monotonic_time() + STORAGE_LOOK_US;
}

StorageWatch *storage_watch_new(const StoreParts *parts, InboxStorageChanged changed, gpointer user_data) {
  StorageWatch *watch = g_new0(StorageWatch, 1);

  watch->parts = parts;
  watch->changed = changed;
  watch->user_data = user_data;
  watch->due_us = g_get_monotonic_time() + STORAGE_LOOK_US;
  return watch;
}

void storage_watch_free(StorageWatch *watch) {
  g_free(watch->trouble);
  g_free(watch);
}
