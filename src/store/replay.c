#include "store/replay.h"
#include "base/found.h"
#include "inbox/error.h"
#include "store/journal.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { COMPARE_BYTES = 16 * 1024 };

#define PUT_BACK_FAILED                                                                                                \
  "the server was not stopped cleanly, and restoring messages from the journal failed; the journal keeps them: free "  \
  "some space and "                                                                                                    \
  "start again: %s/tmp/%s"

/* One message the journal tells of. Points into the bytes of the journal. */
typedef struct Entry {
  char *name;
  char *name_in_cur; /* with the flags it has there; NULL: not there */
  const guint8 *content;
  gsize content_len;
} Entry;

typedef struct Replay {
  const Maildir *maildir;
  const StoreIo *io;
  GHashTable *entries;   /* id -> Entry */
  GHashTable *forgotten; /* ids */
  gboolean same_boot;    /* some segment was left by a process of this boot */
  guint n_recovered;
  ReplayFound found; /* NULL: messages are put back */
  gpointer user_data;
} Replay;

static void entry_free(gpointer data) {
  Entry *entry = data;
  g_free(entry->name);
  g_free(entry->name_in_cur);
  g_free(entry);
}

/* Reading */

static gboolean read_journal(int fd, const struct stat *status, const char *path, GBytes **out_bytes, GError **error) {
  if (status->st_size > JOURNAL_BYTES_MAX) {
    g_set_error(error, INBOX_ERROR, INBOX_ERROR_FAILED,
                "%s/" JOURNAL_NAME " is not a journal of this program; move it away", path);
    return FALSE;
  }
  gsize size = (gsize)status->st_size;
  gsize len = 0;
  g_autofree guint8 *bytes = g_try_malloc(MAX(size, 1));
  if (!bytes) {
    inbox_set_errno(error, ENOMEM, "cannot read %s/" JOURNAL_NAME, path);
    return FALSE;
  }
  while (len < size) {
    ssize_t n_read = pread(fd, bytes + len, size - len, (off_t)len);
    if (n_read < 0 && errno != EINTR) {
      inbox_set_errno(error, errno, "cannot read %s/" JOURNAL_NAME, path);
      return FALSE;
    }
    if (n_read == 0)
      break;
    len += (gsize)MAX(n_read, 0);
  }
  *out_bytes = g_bytes_new_take(g_steal_pointer(&bytes), len);
  return TRUE;
}

static char *id_of(const char *name) {
  return g_strndup(name, maildir_id_length(name));
}

static void collect_record(Replay *replay, const JournalRecord *record) {
  g_autofree char *name = g_strndup(record->name, record->name_len);
  g_autofree char *id = id_of(name);
  if (record->kind == JOURNAL_FORGET) {
    g_hash_table_add(replay->forgotten, g_steal_pointer(&id));
    return;
  }
  Entry *entry = g_new0(Entry, 1);
  entry->name = g_steal_pointer(&name);
  entry->content = record->content;
  entry->content_len = record->content_len;
  g_hash_table_replace(replay->entries, g_steal_pointer(&id), entry);
}

static gboolean collect_segment(Replay *replay, const guint8 *segment, gsize segment_bytes,
                                const StoreIdentity *identity, GError **error) {
  JournalHeader header;
  switch (journal_header_parse(segment, segment_bytes, &header)) {
  case JOURNAL_HEADER_NONE:
    return TRUE;
  case JOURNAL_HEADER_NEWER:
    g_set_error(error, INBOX_ERROR, INBOX_ERROR_FAILED,
                "%s/" JOURNAL_NAME " was written by a newer dsmtpd; start and stop that version here first",
                replay->maildir->path);
    return FALSE;
  case JOURNAL_HEADER_VALID:
    break;
  }
  /* Then the page cache still holds every file, so one that is missing was deleted by somebody. */
  gboolean same_boot = store_identity_equal(&header.identity, identity);
  replay->same_boot |= same_boot;
  gsize offset = JOURNAL_HEADER_BYTES;
  JournalRecord record;
  while (journal_record_parse(segment, segment_bytes, header.generation, &offset, &record))
    if (!same_boot || record.kind == JOURNAL_FORGET)
      collect_record(replay, &record);
  return TRUE;
}

static gboolean collect(Replay *replay, const guint8 *bytes, gsize n_bytes, GError **error) {
  StoreIdentity identity;
  replay->io->identify(replay->io, replay->maildir->dir_fd, &identity);
  gsize half = n_bytes / 2;
  return collect_segment(replay, bytes, half, &identity, error) &&
         collect_segment(replay, bytes + half, n_bytes - half, &identity, error);
}

/* Comparing and putting back */

static gboolean note_in_cur(const char *file_name, gpointer user_data) {
  Replay *replay = user_data;
  g_autofree char *id = id_of(file_name);
  Entry *entry = g_hash_table_lookup(replay->entries, id);
  if (entry && !entry->name_in_cur)
    entry->name_in_cur = g_strdup(file_name);
  return TRUE;
}

static gboolean content_equals(int fd, const guint8 *content, gsize content_len) {
  guint8 piece[COMPARE_BYTES];
  gsize at = 0;
  while (at < content_len) {
    ssize_t n_read = pread(fd, piece, MIN(sizeof piece, content_len - at), (off_t)at);
    if (n_read < 0 && errno == EINTR)
      continue;
    if (n_read <= 0 || memcmp(piece, content + at, (gsize)n_read) != 0)
      return FALSE;
    at += (gsize)n_read;
  }
  return TRUE;
}

typedef enum { FILE_MISSING, FILE_DAMAGED, FILE_WHOLE, FILE_UNSYNCED } FileState;

/* A whole file may be in the page cache alone. Where the whole file system is synced at the end, that does for all; and
 * who only looks has nothing to sync. */
static FileState look_at(const Replay *replay, int directory_fd, const char *file_name, const Entry *entry) {
  struct stat status;
  int fd = store_open_regular(directory_fd, file_name, &status);
  if (fd < 0)
    return errno == ENOENT ? FILE_MISSING : FILE_DAMAGED;
  FileState state = FILE_DAMAGED;
  if ((guint64)status.st_size == entry->content_len && content_equals(fd, entry->content, entry->content_len)) {
    gboolean synced = replay->found || replay->io->sync_filesystem || replay->io->sync(replay->io, fd) == 0;
    state = synced ? FILE_WHOLE : FILE_UNSYNCED;
  }
  close(fd);
  return state;
}

/* Writes the message anew and gives it its name, in place of a damaged file if there is one. */
static gboolean put_back(Replay *replay, int directory_fd, const char *file_name, const Entry *entry, GError **error) {
  const StoreIo *io = replay->io;
  const Maildir *maildir = replay->maildir;
  (void)io->remove(io, maildir->tmp_fd, entry->name); /* what the crash left of it */
  int fd = maildir_create(maildir, io, maildir->tmp_fd, entry->name, O_WRONLY);
  if (fd < 0) {
    inbox_set_errno(error, errno, PUT_BACK_FAILED, maildir->path, entry->name);
    return FALSE;
  }
  struct iovec part = {(gpointer)entry->content, entry->content_len};
  gboolean written = store_io_write_all(io, fd, &part, 1, 0) == 0 && io->sync(io, fd) == 0;
  int error_number = errno;
  gboolean closed = io->close(io, fd) == 0;
  if (!written || !closed || io->rename(io, maildir->tmp_fd, entry->name, directory_fd, file_name) < 0) {
    inbox_set_errno(error, written ? errno : error_number, PUT_BACK_FAILED, maildir->path, entry->name);
    (void)io->remove(io, maildir->tmp_fd, entry->name);
    return FALSE;
  }
  replay->n_recovered++;
  return TRUE;
}

static gboolean recover(Replay *replay, const Entry *entry, GError **error) {
  const Maildir *maildir = replay->maildir;
  int directory_fd = entry->name_in_cur ? maildir->cur_fd : maildir->new_fd;
  const char *file_name = entry->name_in_cur ? entry->name_in_cur : entry->name;
  switch (look_at(replay, directory_fd, file_name, entry)) {
  case FILE_WHOLE:
    return TRUE;
  case FILE_UNSYNCED:
    inbox_set_errno(error, EIO, "cannot sync a message in %s", maildir->path);
    return FALSE;
  default:
    if (!replay->found)
      return put_back(replay, directory_fd, file_name, entry, error);
    replay->found(entry->name, replay->user_data);
    return TRUE;
  }
}

static gboolean recover_all(Replay *replay, GError **error) {
  GHashTableIter iter;
  gpointer id;
  gpointer entry;
  g_hash_table_iter_init(&iter, replay->forgotten);
  while (g_hash_table_iter_next(&iter, &id, NULL))
    g_hash_table_remove(replay->entries, id);
  if (g_hash_table_size(replay->entries) > 0 && !maildir_for_each(replay->maildir->cur_fd, note_in_cur, replay, error))
    return FALSE;
  g_hash_table_iter_init(&iter, replay->entries);
  while (g_hash_table_iter_next(&iter, NULL, &entry))
    if (!recover(replay, entry, error))
      return FALSE;
  return TRUE;
}

/* Once the journal is gone nothing else speaks for these messages. */
static gboolean sync_all(const Replay *replay, GError **error) {
  const StoreIo *io = replay->io;
  const Maildir *maildir = replay->maildir;
  gboolean any = replay->same_boot || g_hash_table_size(replay->entries) > 0;
  if (!any)
    return TRUE;
  int synced = io->sync_filesystem ? io->sync_filesystem(io, maildir->dir_fd) : 0;
  if (synced < 0 || io->sync(io, maildir->new_fd) < 0 || io->sync(io, maildir->cur_fd) < 0) {
    inbox_set_errno(error, errno, "cannot sync the messages in %s", maildir->path);
    return FALSE;
  }
  return TRUE;
}

static gboolean remove_journal(const Replay *replay, GError **error) {
  const StoreIo *io = replay->io;
  int dir_fd = replay->maildir->dir_fd;
  if (io->remove(io, dir_fd, JOURNAL_NAME) < 0 || io->sync(io, dir_fd) < 0) {
    inbox_set_errno(error, errno, "cannot remove %s/" JOURNAL_NAME, replay->maildir->path);
    return FALSE;
  }
  return TRUE;
}

static Found open_journal(const Maildir *maildir, GBytes **out_bytes, GError **error) {
  struct stat status;
  int fd = store_open_regular(maildir->dir_fd, JOURNAL_NAME, &status);
  if (fd < 0 && errno == ENOENT)
    return FOUND_NOTHING;
  if (fd < 0) {
    inbox_set_errno(error, errno, "cannot open %s/" JOURNAL_NAME, maildir->path);
    return FOUND_FAILED;
  }
  gboolean is_read = read_journal(fd, &status, maildir->path, out_bytes, error);
  close(fd);
  return is_read ? FOUND : FOUND_FAILED;
}

static gboolean go_through(Replay *replay, GBytes *bytes, GError **error) {
  g_autoptr(GHashTable) entries = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, entry_free);
  g_autoptr(GHashTable) forgotten = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  gsize n_bytes;
  const guint8 *start = g_bytes_get_data(bytes, &n_bytes);
  replay->entries = entries;
  replay->forgotten = forgotten;
  return collect(replay, start, n_bytes, error) && recover_all(replay, error) &&
         (replay->found || (sync_all(replay, error) && remove_journal(replay, error)));
}

char *replay_obstacle(const Maildir *maildir) {
  struct stat status;
  if (store_look_at(maildir->dir_fd, JOURNAL_NAME, &status) < 0 || S_ISREG(status.st_mode))
    return NULL;
  return g_strdup_printf(JOURNAL_NAME " is %s, not a file, and is not used; messages are synced one by one until it is"
                                      " removed",
                         store_kind_name(status.st_mode));
}

static gboolean run(Replay *replay, gboolean *out_is_there, GError **error) {
  g_autofree char *obstacle = replay_obstacle(replay->maildir);
  g_autoptr(GBytes) bytes = NULL;
  Found found = obstacle ? FOUND_NOTHING : open_journal(replay->maildir, &bytes, error);
  *out_is_there = found == FOUND;
  return found == FOUND ? go_through(replay, bytes, error) : found == FOUND_NOTHING;
}

gboolean replay_journal(const Maildir *maildir, const StoreIo *io, guint *out_recovered, GError **error) {
  Replay replay = {.maildir = maildir, .io = io};
  gboolean is_there = FALSE;
  gboolean ok = run(&replay, &is_there, error);
  *out_recovered = replay.n_recovered;
  return ok;
}

gboolean replay_check(const Maildir *maildir, const StoreIo *io, ReplayFound found, gpointer user_data,
                      gboolean *out_is_there, GError **error) {
  Replay replay = {.maildir = maildir, .io = io, .found = found, .user_data = user_data};
  return run(&replay, out_is_there, error);
}
