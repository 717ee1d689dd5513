#include "store/replay.h"
#include "base/found.h"
#include "inbox/error.h"
#include "store/journal.h"
#include "store/record_files.h"
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
  char *name_in_cur;         /* with the flags it has there; NULL: not there */
  gboolean has_content;      /* FALSE: the message is to be found in the Maildir, and records depend on that */
  gboolean records_are_void; /* where it is not found, its records must not be there either */
  JournalRecord record;
} Entry;

typedef struct Replay {
  const Maildir *maildir;
  const StoreIo *io;
  GHashTable *entries;           /* id -> Entry */
  GHashTable *forgotten;         /* ids */
  GHashTable *undone;            /* ids */
  GHashTable *forgotten_records; /* keys */
  const char *const *places;
  const char *file_name; /* of the journal */
  guint n_segments;
  gboolean same_boot; /* some segment was left by a process of this boot */
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

/* --- reading */

static gboolean read_journal(const Replay *replay, int fd, const struct stat *status, GBytes **out_bytes,
                             GError **error) {
  const char *path = replay->maildir->path;

  if (status->st_size > JOURNAL_BYTES_MAX) {
    g_set_error(error, INBOX_ERROR, INBOX_ERROR_FAILED, "%s/%s is not a journal of this program; move it away", path,
                replay->file_name);
    return FALSE;
  }
  gsize size = (gsize)status->st_size;
  g_autofree guint8 *bytes = g_try_malloc(MAX(size, 1));
  errno = ENOMEM;
  gssize len = bytes ? store_io_read_at(fd, bytes, size, 0) : -1;
  if (len < 0) {
    inbox_set_errno(error, errno, "cannot read %s/%s", path, replay->file_name);
    return FALSE;
  }
  *out_bytes = g_bytes_new_take(g_steal_pointer(&bytes), (gsize)len);
  return TRUE;
}

static char *id_of(const char *name) {
  return g_strndup(name, maildir_id_length(name));
}

static void add_entry(Replay *replay, const JournalRecord *record, gboolean has_content) {
  Entry *entry = g_new0(Entry, 1);

  entry->name = g_strndup(record->name, record->name_len);
  entry->has_content = has_content;
  entry->records_are_void = record->kind == JOURNAL_RECORDS;
  entry->record = *record;
  g_hash_table_replace(replay->entries, id_of(entry->name), entry);
}

/* In the same boot the page cache still holds every file, so one that is missing was deleted by somebody; but the end
 * of the program may have come between a message and its records. */
static void collect_record(Replay *replay, const JournalRecord *record, gboolean same_boot) {
  g_autofree char *name = g_strndup(record->name, record->name_len);
  g_autofree char *content = NULL;

  switch (record->kind) {
  case JOURNAL_DELIVER:
    if (!same_boot)
      add_entry(replay, record, TRUE);
    break;
  case JOURNAL_DELIVER_RECORDS:
  case JOURNAL_RECORDS:
    add_entry(replay, record, !same_boot && record->kind == JOURNAL_DELIVER_RECORDS);
    break;
  case JOURNAL_FORGET:
    g_hash_table_add(replay->forgotten, id_of(name));
    break;
  case JOURNAL_UNDO:
    g_hash_table_add(replay->undone, id_of(name));
    break;
  case JOURNAL_FORGET_RECORD:
    content = g_strndup((const char *)record->content, record->content_len);
    g_hash_table_add(replay->forgotten_records, delivery_record_key(content, name));
    break;
  }
}

static gboolean collect_segment(Replay *replay, const guint8 *segment, gsize segment_bytes,
                                const StoreIdentity *identity, GError **error) {
  JournalHeader header;

  switch (journal_header_parse(segment, segment_bytes, &header)) {
  case JOURNAL_HEADER_NONE:
    return TRUE;
  case JOURNAL_HEADER_NEWER:
    g_set_error(error, INBOX_ERROR, INBOX_ERROR_FAILED,
                "%s/%s was written by a newer dsmtpd; start and stop that version here first", replay->maildir->path,
                replay->file_name);
    return FALSE;
  case JOURNAL_HEADER_VALID:
    break;
  }
  gboolean same_boot = store_identity_equal(&header.identity, identity);
  replay->same_boot |= same_boot;
  gsize offset = JOURNAL_HEADER_BYTES;
  JournalRecord record;
  while (journal_record_parse(segment, segment_bytes, header.generation, &offset, &record))
    collect_record(replay, &record, same_boot);
  return TRUE;
}

static gboolean collect(Replay *replay, const guint8 *bytes, gsize n_bytes, GError **error) {
  StoreIdentity identity;

  replay->io->identify(replay->io, replay->maildir->dir_fd, &identity);
  gsize segment_bytes = n_bytes / replay->n_segments;
  gsize rest = n_bytes - segment_bytes;
  return collect_segment(replay, bytes, segment_bytes, &identity, error) &&
         (rest == 0 || collect_segment(replay, bytes + segment_bytes, rest, &identity, error));
}

/* --- comparing and putting back */

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

  for (gsize at = 0; at < content_len; at += sizeof piece) {
    gsize len = MIN(sizeof piece, content_len - at);
    if (store_io_read_at(fd, piece, len, at) != (gssize)len || memcmp(piece, content + at, len) != 0)
      return FALSE;
  }
  return TRUE;
}

typedef enum { FILE_MISSING, FILE_DAMAGED, FILE_WHOLE, FILE_UNSYNCED } FileState;

/* One file that the journal has the content of. */
typedef struct File {
  int directory_fd;
  const char *name;
  const char *tmp_name;
  const guint8 *content;
  gsize content_len;
} File;

/* A whole file may be in the page cache alone. Where the whole file system is synced at the end, that does for all; and
 * who only looks has nothing to sync. */
static FileState look_at(const Replay *replay, const File *file) {
  struct stat status;
  int fd = store_open_regular(file->directory_fd, file->name, &status);

  if (fd < 0)
    return errno == ENOENT ? FILE_MISSING : FILE_DAMAGED;
  FileState state = FILE_DAMAGED;
  if ((guint64)status.st_size == file->content_len && content_equals(fd, file->content, file->content_len)) {
    gboolean synced = replay->found || replay->io->sync_filesystem || replay->io->sync(replay->io, fd) == 0;
    state = synced ? FILE_WHOLE : FILE_UNSYNCED;
  }
  close(fd);
  return state;
}

/* Writes the file again and gives it its name, in place of a damaged one if there is one. The journal stays until all
 * is synced, together where that can be done: file by file a full one took seconds. */
static gboolean put_back(const Replay *replay, const File *file, GError **error) {
  const StoreIo *io = replay->io;
  const Maildir *maildir = replay->maildir;

  (void)io->remove(io, maildir->tmp_fd, file->tmp_name); /* what the crash left of it */
  int fd = maildir_create(maildir, io, maildir->tmp_fd, file->tmp_name, O_WRONLY);
  if (fd < 0) {
    inbox_set_errno(error, errno, PUT_BACK_FAILED, maildir->path, file->tmp_name);
    return FALSE;
  }
  struct iovec part = {(gpointer)file->content, file->content_len};
  gboolean written = store_io_write_all(io, fd, &part, 1, 0) == 0 && (io->sync_filesystem || io->sync(io, fd) == 0);
  int error_number = errno;
  gboolean closed = io->close(io, fd) == 0;
  if (!written || !closed || io->rename(io, maildir->tmp_fd, file->tmp_name, file->directory_fd, file->name) < 0) {
    inbox_set_errno(error, written ? errno : error_number, PUT_BACK_FAILED, maildir->path, file->tmp_name);
    (void)io->remove(io, maildir->tmp_fd, file->tmp_name);
    return FALSE;
  }
  return TRUE;
}

/* `*out_lacks`: the file is not there, or was not; who only looks leaves that so. */
static gboolean recover_file(const Replay *replay, const File *file, gboolean *out_lacks, GError **error) {
  FileState state = look_at(replay, file);

  *out_lacks |= state == FILE_MISSING || state == FILE_DAMAGED;
  if (state == FILE_UNSYNCED)
    inbox_set_errno(error, EIO, "cannot sync %s in %s", file->name, replay->maildir->path);
  return state == FILE_WHOLE || (state != FILE_UNSYNCED && (replay->found || put_back(replay, file, error)));
}

static gboolean recover_message(const Replay *replay, const Entry *entry, gboolean *out_lacks, GError **error) {
  const Maildir *maildir = replay->maildir;
  const File file = {
      .directory_fd = entry->name_in_cur ? maildir->cur_fd : maildir->new_fd,
      .name = entry->name_in_cur ? entry->name_in_cur : entry->name,
      .tmp_name = entry->name,
      .content = entry->record.content,
      .content_len = entry->record.content_len,
  };

  return recover_file(replay, &file, out_lacks, error);
}

static gboolean message_is_there(const Replay *replay, const Entry *entry) {
  struct stat status;

  return entry->name_in_cur || store_look_at(replay->maildir->new_fd, entry->name, &status) == 0;
}

static void remove_record(const Replay *replay, const char *place, const char *name) {
  const StoreIo *io = replay->io;
  int directory_fd = record_directory_open(replay->maildir, io, place, FALSE, FALSE);

  if (directory_fd >= 0) {
    (void)io->remove(io, directory_fd, name);
    (void)io->close(io, directory_fd);
  }
}

/* `belongs` FALSE: the crash came before its message was stored; it may be visible all the same, as the disk orders
 * names as it likes. And one that its owner is done with may have been left in pieces. */
static gboolean recover_record(const Replay *replay, const DeliveryRecordView *record, gboolean belongs,
                               gboolean *out_lacks, GError **error) {
  g_autofree char *place = g_strndup(record->place, record->place_len);
  g_autofree char *name = g_strndup(record->name, record->name_len);
  g_autofree char *key = delivery_record_key(place, name);
  g_autofree char *tmp_name = record_tmp_name(place, name);

  if (!replay->places || !g_strv_contains(replay->places, place))
    return TRUE;
  if (!belongs || g_hash_table_contains(replay->forgotten_records, key)) {
    if (!replay->found)
      remove_record(replay, place, name);
    return TRUE;
  }
  int directory_fd = record_directory_open(replay->maildir, replay->io, place, !replay->found, TRUE);
  if (directory_fd < 0 && !(replay->found && errno == ENOENT)) {
    inbox_set_errno(error, errno, "cannot open %s/dsmtpd.%s", replay->maildir->path, place);
    return FALSE;
  }
  const File file = {directory_fd, name, tmp_name, record->bytes, record->n_bytes};
  gboolean ok = recover_file(replay, &file, out_lacks, error);
  if (directory_fd >= 0)
    (void)replay->io->close(replay->io, directory_fd);
  return ok;
}

static gboolean recover_records(const Replay *replay, const Entry *entry, gboolean *out_lacks, GError **error) {
  gboolean belong = entry->has_content || message_is_there(replay, entry);

  if (!belong && !entry->records_are_void)
    return TRUE;
  gsize offset = 0;
  DeliveryRecordView record;
  while (delivery_records_next(entry->record.records, entry->record.records_len, &offset, &record))
    if (!recover_record(replay, &record, belong, out_lacks, error))
      return FALSE;
  return TRUE;
}

static gboolean recover(Replay *replay, const char *id, const Entry *entry, GError **error) {
  gboolean lacks = FALSE;

  if (entry->has_content && !g_hash_table_contains(replay->forgotten, id) &&
      !recover_message(replay, entry, &lacks, error))
    return FALSE;
  replay->n_recovered += lacks;
  if (!recover_records(replay, entry, &lacks, error))
    return FALSE;
  if (lacks && replay->found)
    replay->found(entry->name, replay->user_data);
  return TRUE;
}

static gboolean recover_all(Replay *replay, GError **error) {
  GHashTableIter iter;
  gpointer id;
  gpointer entry;

  g_hash_table_iter_init(&iter, replay->undone);
  while (g_hash_table_iter_next(&iter, &id, NULL))
    g_hash_table_remove(replay->entries, id);
  if (g_hash_table_size(replay->entries) > 0 && !maildir_for_each(replay->maildir->cur_fd, note_in_cur, replay, error))
    return FALSE;
  g_hash_table_iter_init(&iter, replay->entries);
  while (g_hash_table_iter_next(&iter, &id, &entry))
    if (!recover(replay, id, entry, error))
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
  if (synced < 0 || io->sync(io, maildir->new_fd) < 0 || io->sync(io, maildir->cur_fd) < 0 ||
      record_directories_sync(maildir, io, replay->places) < 0) {
    inbox_set_errno(error, errno, "cannot sync the messages in %s", maildir->path);
    return FALSE;
  }
  return TRUE;
}

static gboolean remove_journal(const Replay *replay, GError **error) {
  const StoreIo *io = replay->io;
  int dir_fd = replay->maildir->dir_fd;

  if (io->remove(io, dir_fd, replay->file_name) < 0 || io->sync(io, dir_fd) < 0) {
    inbox_set_errno(error, errno, "cannot remove %s/%s", replay->maildir->path, replay->file_name);
    return FALSE;
  }
  return TRUE;
}

static Found open_journal(const Replay *replay, GBytes **out_bytes, GError **error) {
  const Maildir *maildir = replay->maildir;
  struct stat status;

  if (store_look_at(maildir->dir_fd, replay->file_name, &status) == 0 && !S_ISREG(status.st_mode))
    return FOUND_NOTHING; /* it is left alone */
  int fd = store_open_regular(maildir->dir_fd, replay->file_name, &status);
  if (fd < 0 && errno == ENOENT)
    return FOUND_NOTHING;
  if (fd < 0) {
    inbox_set_errno(error, errno, "cannot open %s/%s", maildir->path, replay->file_name);
    return FOUND_FAILED;
  }
  gboolean is_read = read_journal(replay, fd, &status, out_bytes, error);
  close(fd);
  return is_read ? FOUND : FOUND_FAILED;
}

static gboolean go_through(Replay *replay, GBytes *bytes, GError **error) {
  g_autoptr(GHashTable) entries = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, entry_free);
  g_autoptr(GHashTable) forgotten = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr(GHashTable) undone = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr(GHashTable) forgotten_records = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  gsize n_bytes;
  const guint8 *start = g_bytes_get_data(bytes, &n_bytes);

  replay->entries = entries;
  replay->forgotten = forgotten;
  replay->undone = undone;
  replay->forgotten_records = forgotten_records;
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

static gboolean run_one(Replay *replay, const char *file_name, guint n_segments, gboolean *out_is_there,
                        GError **error) {
  g_autoptr(GBytes) bytes = NULL;

  replay->file_name = file_name;
  replay->n_segments = n_segments;
  Found found = open_journal(replay, &bytes, error);
  *out_is_there |= found == FOUND;
  return found == FOUND ? go_through(replay, bytes, error) : found == FOUND_NOTHING;
}

static gboolean run(Replay *replay, gboolean *out_is_there, GError **error) {
  *out_is_there = FALSE;
  return run_one(replay, JOURNAL_PENDING_NAME, 1, out_is_there, error) &&
         run_one(replay, JOURNAL_NAME, JOURNAL_SEGMENTS, out_is_there, error);
}

gboolean replay_journal(const Maildir *maildir, const StoreIo *io, const char *const *places, guint *out_recovered,
                        GError **error) {
  Replay replay = {.maildir = maildir, .io = io, .places = places};
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
