#include "store/journal.h"

#include "inbox/error.h"
#include "store/record_files.h"
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/statvfs.h>

enum {
  OPEN_FILES_MAX = JOURNAL_BATCH_MAX, /* up to so many files of a segment are synced one by one */
  DESCRIPTORS_SHARE = 16,             /* of the process's, for each segment */
  FREE_SPACE_SHARE = 16,
  SEGMENT_ALIGNMENT = 4096,
  RETRY_US = 60 * 1000 * 1000,
  POSTPONE_US = 1000 * 1000
};

typedef enum {
  SEGMENT_EMPTY,
  SEGMENT_FILLING,
  SEGMENT_FULL,          /* a writer is to have it */
  SEGMENT_CHECKPOINTING, /* a writer has it, or the committer, which waits for it */
  SEGMENT_UNSYNCED,      /* its checkpoint failed: the records are needed still */
  SEGMENT_SPENT          /* its checkpoint was made, but it could not be started afresh */
} SegmentState;

typedef struct Segment {
  Journal *journal;
  SegmentState state; /* under the journal's lock */
  /* The committer's while EMPTY or FILLING, the checkpoint's while CHECKPOINTING. */
  off_t start;
  gsize used_bytes;
  guint64 generation;
  gint64 checkpoint_due_us;
  int files[OPEN_FILES_MAX]; /* the first of n_files; kept open, as a mail program may move them any time */
  guint n_files;
  GHashTable *names;     /* hashes of the names delivered; kept until it is EMPTY */
  gboolean has_records;  /* of others: their directories are to be synced, too */
  gboolean close_failed; /* what was written to some file may not have reached the disk */
} Segment;

struct Journal {
  const StoreParts *parts;
  int fd; /* -1: no file */
  gsize segment_bytes;
  StoreIdentity identity;
  Segment segments[JOURNAL_SEGMENTS];
  guint current;
  guint open_files_max; /* of each segment; OPEN_FILES_MAX, or fewer where descriptors are few */
  gint64 retry_us;      /* no file: when to try again */
  gboolean kept_file;   /* a file with records that are needed still: no other may take its place */
  gint n_refs;          /* atomic: the committer's, and one for each job */
  pthread_mutex_t lock;
  pthread_cond_t checkpointed;
};

static guint open_files_max(guint64 limit) {
  return (guint)CLAMP(limit / DESCRIPTORS_SHARE, 1, OPEN_FILES_MAX);
}

guint journal_held_max(guint64 limit) {
  return JOURNAL_SEGMENTS * open_files_max(limit);
}

/* What is beyond it is closed, and synced with the whole file system, if there is a call for that. */
static guint choose_open_files_max(const StoreIo *io) {
  struct rlimit limit;
  gboolean is_known = getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY;

  return io->sync_filesystem && is_known ? open_files_max(limit.rlim_cur) : OPEN_FILES_MAX;
}

Journal *journal_new(const StoreParts *parts) {
  Journal *journal = g_new0(Journal, 1);

  journal->parts = parts;
  journal->fd = -1;
  journal->n_refs = 1;
  journal->open_files_max = choose_open_files_max(parts->io);
  for (guint i = 0; i < JOURNAL_SEGMENTS; i++) {
    journal->segments[i].journal = journal;
    journal->segments[i].names = g_hash_table_new(NULL, NULL);
  }
  pthread_mutex_init(&journal->lock, NULL);
  pthread_cond_init(&journal->checkpointed, NULL);
  return journal;
}

static int write_header(const Segment *segment, const StoreIdentity *identity) {
  const Journal *journal = segment->journal;
  guint8 bytes[JOURNAL_HEADER_BYTES];
  const JournalHeader header = {.generation = segment->generation, .identity = *identity};

  journal_header_print(&header, bytes);
  struct iovec part = {bytes, sizeof bytes};
  return store_io_write_all(journal->parts->io, journal->fd, &part, 1, segment->start);
}

/* --- checkpoints */

static gboolean sync_files(const Segment *segment) {
  const StoreParts *parts = segment->journal->parts;
  const StoreIo *io = parts->io;

  if (segment->close_failed)
    return FALSE;
  if (segment->n_files > segment->journal->open_files_max)
    return io->sync_filesystem(io, parts->maildir->dir_fd) == 0;
  for (guint i = 0; i < segment->n_files; i++)
    if (io->sync(io, segment->files[i]) < 0)
      return FALSE;
  return io->sync(io, parts->maildir->new_fd) == 0 && io->sync(io, parts->maildir->cur_fd) == 0 &&
         (!segment->has_records || record_directories_sync(parts->maildir, io, parts->places) == 0);
}

static void close_files(Segment *segment) {
  const StoreIo *io = segment->journal->parts->io;

  for (guint i = 0; i < MIN(segment->n_files, segment->journal->open_files_max); i++)
    (void)io->close(io, segment->files[i]);
  segment->n_files = 0;
}

/* The records must not be replayed once their files are safe: somebody may delete those. The new generation ends them.
 */
static gboolean restart(Segment *segment) {
  const StoreIo *io = segment->journal->parts->io;

  segment->generation += JOURNAL_SEGMENTS;
  segment->used_bytes = JOURNAL_HEADER_BYTES;
  segment->has_records = FALSE;
  return write_header(segment, &segment->journal->identity) == 0 && io->sync_data(io, segment->journal->fd) == 0;
}

/* Asks the next start to look at every file, although it may be of the same boot: what the cache shows is not what the
 * disk holds. */
static void demand_replay(const Segment *segment) {
  static const StoreIdentity unknown;
  const StoreIo *io = segment->journal->parts->io;

  if (write_header(segment, &unknown) == 0)
    (void)io->sync_data(io, segment->journal->fd);
}

static SegmentState run_checkpoint(Segment *segment) {
  gboolean synced = sync_files(segment);

  close_files(segment);
  if (!synced) {
    demand_replay(segment);
    return SEGMENT_UNSYNCED;
  }
  return restart(segment) ? SEGMENT_EMPTY : SEGMENT_SPENT;
}

static void set_state(Segment *segment, SegmentState state) {
  Journal *journal = segment->journal;

  pthread_mutex_lock(&journal->lock);
  segment->state = state;
  pthread_cond_signal(&journal->checkpointed);
  pthread_mutex_unlock(&journal->lock);
}

/* FALSE: somebody has it, or nothing is to be done. */
static gboolean take_full(Segment *segment) {
  Journal *journal = segment->journal;

  pthread_mutex_lock(&journal->lock);
  gboolean is_full = segment->state == SEGMENT_FULL;
  if (is_full)
    segment->state = SEGMENT_CHECKPOINTING;
  pthread_mutex_unlock(&journal->lock);
  return is_full;
}

static void checkpoint(Segment *segment) {
  if (take_full(segment))
    set_state(segment, run_checkpoint(segment));
}

static void journal_unref(Journal *journal) {
  if (!g_atomic_int_dec_and_test(&journal->n_refs))
    return;
  for (guint i = 0; i < JOURNAL_SEGMENTS; i++)
    g_hash_table_unref(journal->segments[i].names);
  pthread_cond_destroy(&journal->checkpointed);
  pthread_mutex_destroy(&journal->lock);
  g_free(journal);
}

static void checkpoint_job_cb(gpointer data) {
  Segment *segment = data;

  checkpoint(segment);
  journal_unref(segment->journal);
}

static SegmentState state_of(Segment *segment) {
  pthread_mutex_lock(&segment->journal->lock);
  SegmentState state = segment->state;
  pthread_mutex_unlock(&segment->journal->lock);
  return state;
}

/* Does it itself where no writer has begun: all threads may be here, and wait. */
static SegmentState wait_for(Segment *segment) {
  Journal *journal = segment->journal;

  checkpoint(segment);
  pthread_mutex_lock(&journal->lock);
  while (segment->state == SEGMENT_CHECKPOINTING)
    pthread_cond_wait(&journal->checkpointed, &journal->lock);
  SegmentState state = segment->state;
  pthread_mutex_unlock(&journal->lock);
  return state;
}

/* --- the file's life */

static gsize choose_segment_bytes(const Journal *journal) {
  struct statvfs space;

  if (fstatvfs(journal->parts->maildir->dir_fd, &space) < 0)
    return 0;
  guint64 share = (guint64)space.f_bavail * space.f_frsize / FREE_SPACE_SHARE;
  if (share < JOURNAL_BYTES_MIN)
    return 0;
  gsize half = (gsize)MIN(share, JOURNAL_BYTES_MAX) / JOURNAL_SEGMENTS;
  return half - half % SEGMENT_ALIGNMENT;
}

static gboolean start_file(Journal *journal) {
  const StoreIo *io = journal->parts->io;

  if (io->preallocate(io, journal->fd, (off_t)(JOURNAL_SEGMENTS * journal->segment_bytes)) < 0)
    return FALSE;
  io->identify(io, journal->parts->maildir->dir_fd, &journal->identity);
  for (guint i = 0; i < JOURNAL_SEGMENTS; i++) {
    Segment *segment = &journal->segments[i];
    segment->start = (off_t)(i * journal->segment_bytes);
    segment->used_bytes = JOURNAL_HEADER_BYTES;
    segment->generation = i + 1;
    segment->close_failed = FALSE;
    segment->has_records = FALSE;
    g_hash_table_remove_all(segment->names);
    segment->state = SEGMENT_EMPTY; /* no writer has a segment now */
    if (write_header(segment, &journal->identity) < 0)
      return FALSE;
  }
  journal->current = 0;
  return io->sync(io, journal->fd) == 0 && io->sync(io, journal->parts->maildir->dir_fd) == 0;
}

/* Durably, or a power cut would bring it back, and with it what somebody deleted since. */
static void remove_named(const StoreParts *parts, const char *name) {
  if (parts->io->remove(parts->io, parts->maildir->dir_fd, name) == 0 && parts->durable)
    (void)parts->io->sync(parts->io, parts->maildir->dir_fd);
}

static void close_file(Journal *journal) {
  (void)journal->parts->io->close(journal->parts->io, journal->fd);
  journal->fd = -1;
  journal->retry_us = g_get_monotonic_time() + RETRY_US;
}

static gboolean open_file(Journal *journal) {
  const StoreParts *parts = journal->parts;

  if (journal->kept_file || g_get_monotonic_time() < journal->retry_us)
    return FALSE;
  journal->segment_bytes = choose_segment_bytes(journal);
  journal->retry_us = g_get_monotonic_time() + RETRY_US;
  if (journal->segment_bytes == 0)
    return FALSE;
  journal->fd = maildir_create(parts->maildir, parts->io, parts->maildir->dir_fd, JOURNAL_NAME, O_RDWR);
  if (journal->fd < 0)
    return FALSE;
  if (!start_file(journal)) {
    remove_named(journal->parts, JOURNAL_NAME);
    close_file(journal);
    return FALSE;
  }
  return TRUE;
}

/* Ends the use of this file: everything in it is made lasting elsewhere, or else it stays for the next start. */
static void give_up(Journal *journal) {
  for (guint i = 0; i < JOURNAL_SEGMENTS; i++) {
    Segment *segment = &journal->segments[i];
    SegmentState state = wait_for(segment);
    if (state == SEGMENT_FILLING) {
      state = sync_files(segment) ? SEGMENT_SPENT : SEGMENT_UNSYNCED;
      close_files(segment);
      if (state == SEGMENT_UNSYNCED)
        demand_replay(segment);
    }
    journal->kept_file |= state == SEGMENT_UNSYNCED;
    segment->state = SEGMENT_EMPTY;
  }
  if (!journal->kept_file)
    remove_named(journal->parts, JOURNAL_NAME);
  close_file(journal);
}

void journal_close(Journal *journal) {
  if (journal->fd >= 0)
    give_up(journal);
  journal_unref(journal);
}

void journal_restart(Journal *journal, gboolean is_elsewhere) {
  if (journal->fd >= 0)
    give_up(journal);
  journal->kept_file = journal->kept_file && !is_elsewhere;
  journal->retry_us = 0;
}

/* Hands the current segment to a checkpoint and goes on in the other. */
static gboolean switch_segment(Journal *journal) {
  Segment *full = &journal->segments[journal->current];
  Segment *next = &journal->segments[(journal->current + 1) % JOURNAL_SEGMENTS];

  if (wait_for(next) != SEGMENT_EMPTY) {
    give_up(journal);
    return FALSE;
  }
  set_state(full, SEGMENT_FULL);
  g_atomic_int_inc(&journal->n_refs);
  strand_run(journal->parts->writers, checkpoint_job_cb, full);
  journal->current = (journal->current + 1) % JOURNAL_SEGMENTS;
  g_hash_table_remove_all(next->names);
  return TRUE;
}

gint64 journal_checkpoint_due_us(const Journal *journal) {
  const Segment *segment = &journal->segments[journal->current];

  return journal->fd >= 0 && segment->used_bytes > JOURNAL_HEADER_BYTES ? segment->checkpoint_due_us : -1;
}

void journal_checkpoint(Journal *journal) {
  if (journal_checkpoint_due_us(journal) < 0)
    return;
  SegmentState other = state_of(&journal->segments[(journal->current + 1) % JOURNAL_SEGMENTS]);
  if (other == SEGMENT_FULL || other == SEGMENT_CHECKPOINTING) {
    journal->segments[journal->current].checkpoint_due_us += POSTPONE_US; /* messages need not wait for a slow disk */
    return;
  }
  (void)switch_segment(journal);
}

/* --- appending */

gsize journal_batch_bytes(Journal *journal) {
  if (journal->fd < 0 && !open_file(journal))
    return 0;
  return journal->segment_bytes - JOURNAL_HEADER_BYTES;
}

static gboolean has_room(const Journal *journal, gsize n_bytes, guint n_files) {
  const Segment *segment = &journal->segments[journal->current];
  gboolean can_keep = journal->parts->io->sync_filesystem || segment->n_files + n_files <= OPEN_FILES_MAX;

  return can_keep && segment->used_bytes + n_bytes <= journal->segment_bytes;
}

static gsize content_bytes(const JournalEntry *entry) {
  gsize n_bytes = 0;

  for (gsize i = 0; i < G_N_ELEMENTS(entry->content); i++)
    n_bytes += entry->content[i].iov_len;
  return n_bytes;
}

static gsize entries_bytes(const JournalEntry *entries, guint n_entries) {
  gsize n_bytes = 0;

  for (guint i = 0; i < n_entries; i++)
    n_bytes += journal_record_bytes(strlen(entries[i].name), content_bytes(&entries[i]));
  return n_bytes;
}

static guint count_files(const JournalEntry *entries, guint n_entries) {
  guint n_files = n_entries;

  for (guint i = 0; i < n_entries; i++)
    n_files += entries[i].records ? entries[i].records->len : 0;
  return n_files;
}

static int write_entries(const StoreIo *io, int fd, off_t offset, guint64 generation, const JournalEntry *entries,
                         guint n_entries) {
  enum { CONTENT_PARTS = G_N_ELEMENTS(entries->content), PARTS_EACH = CONTENT_PARTS + 3 };
  static const guint8 padding[8];
  guint8 headers[JOURNAL_BATCH_MAX][JOURNAL_RECORD_HEADER_BYTES];
  struct iovec parts[JOURNAL_BATCH_MAX * PARTS_EACH];

  for (guint i = 0; i < n_entries; i++) {
    const JournalEntry *entry = &entries[i];
    gsize name_len = strlen(entry->name);
    gsize len = JOURNAL_RECORD_HEADER_BYTES + name_len + content_bytes(entry);
    journal_record_print_header(entry->kind, generation, entry->name, entry->content, CONTENT_PARTS, headers[i]);
    struct iovec *out = parts + i * PARTS_EACH;
    out[0] = (struct iovec){headers[i], JOURNAL_RECORD_HEADER_BYTES};
    out[1] = (struct iovec){(gpointer)entry->name, name_len};
    memcpy(&out[2], entry->content, sizeof entry->content);
    out[PARTS_EACH - 1] = (struct iovec){(gpointer)padding, -len % 8};
  }
  return store_io_write_all(io, fd, parts, (int)n_entries * PARTS_EACH, offset);
}

static int append_entries(const Segment *segment, const JournalEntry *entries, guint n_entries) {
  const Journal *journal = segment->journal;
  const StoreIo *io = journal->parts->io;
  off_t offset = segment->start + (off_t)segment->used_bytes;

  if (write_entries(io, journal->fd, offset, segment->generation, entries, n_entries) < 0)
    return -1;
  return io->sync_data(io, journal->fd);
}

/* Of what tells the message, which others may have renamed since. */
static guint name_hash(const char *name) {
  guint hash = 5381;

  for (gsize i = 0, len = maildir_id_length(name); i < len; i++)
    hash = hash * 33 + (guchar)name[i];
  return hash;
}

static void note_names(Segment *segment, const JournalEntry *entry) {
  if (entry->kind == JOURNAL_DELIVER || entry->kind == JOURNAL_DELIVER_RECORDS)
    g_hash_table_add(segment->names, GUINT_TO_POINTER(name_hash(entry->name)));
  for (guint i = 0; entry->records && i < entry->records->len; i++) {
    const DeliveryRecord *record = g_ptr_array_index(entry->records, i);
    g_autofree char *key = delivery_record_key(record->place, record->name);
    g_hash_table_add(segment->names, GUINT_TO_POINTER(name_hash(key)));
    segment->has_records = TRUE;
  }
}

gboolean journal_append(Journal *journal, const JournalEntry *entries, guint n_entries, GError **error) {
  g_assert(n_entries <= JOURNAL_BATCH_MAX);
  gsize n_bytes = entries_bytes(entries, n_entries);
  guint n_files = count_files(entries, n_entries);
  if (journal->fd < 0 || (!has_room(journal, n_bytes, n_files) && !switch_segment(journal))) {
    g_set_error(error, INBOX_ERROR, INBOX_ERROR_FAILED, "there is no journal");
    return FALSE;
  }
  Segment *segment = &journal->segments[journal->current];
  if (append_entries(segment, entries, n_entries) < 0) {
    inbox_set_errno(error, errno, "cannot write %s/" JOURNAL_NAME, journal->parts->maildir->path);
    give_up(journal);
    return FALSE;
  }
  if (segment->used_bytes == JOURNAL_HEADER_BYTES)
    segment->checkpoint_due_us = g_get_monotonic_time() + JOURNAL_CHECKPOINT_US;
  segment->used_bytes += n_bytes;
  for (guint i = 0; i < n_entries; i++)
    note_names(segment, &entries[i]);
  set_state(segment, SEGMENT_FILLING);
  return TRUE;
}

gboolean journal_holds(Journal *journal, const char *name) {
  gboolean holds = FALSE;

  for (guint i = 0; journal->fd >= 0 && i < JOURNAL_SEGMENTS; i++)
    holds |= g_hash_table_contains(journal->segments[i].names, GUINT_TO_POINTER(name_hash(name)));
  return holds;
}

void journal_stored(Journal *journal, int fd) {
  Segment *segment = &journal->segments[journal->current];

  if (journal->fd >= 0 && segment->n_files < journal->open_files_max) {
    segment->files[segment->n_files++] = fd;
    return;
  }
  segment->close_failed |= journal->parts->io->close(journal->parts->io, fd) < 0;
  segment->n_files++;
}

/* --- records of messages that are not in the journal */

static int write_pending(const StoreParts *parts, int fd, const JournalEntry *entries, guint n_entries) {
  enum { GENERATION = 1 };
  const StoreIo *io = parts->io;
  guint8 bytes[JOURNAL_HEADER_BYTES];
  const JournalHeader header = {.generation = GENERATION};

  journal_header_print(&header, bytes);
  struct iovec part = {bytes, sizeof bytes};
  if (store_io_write_all(io, fd, &part, 1, 0) < 0 ||
      write_entries(io, fd, JOURNAL_HEADER_BYTES, GENERATION, entries, n_entries) < 0)
    return -1;
  return parts->durable && (io->sync(io, fd) < 0 || io->sync(io, parts->maildir->dir_fd) < 0) ? -1 : 0;
}

int journal_write_pending(const StoreParts *parts, const JournalEntry *entries, guint n_entries) {
  const StoreIo *io = parts->io;
  int dir_fd = parts->maildir->dir_fd;
  int fd = maildir_create(parts->maildir, io, dir_fd, JOURNAL_PENDING_NAME, O_WRONLY);

  if (fd < 0)
    return -1;
  int result = write_pending(parts, fd, entries, n_entries);
  int error_number = errno;
  if (io->close(io, fd) < 0 && result == 0) {
    result = -1;
    error_number = errno;
  }
  if (result < 0)
    journal_remove_pending(parts);
  errno = error_number;
  return result;
}

void journal_remove_pending(const StoreParts *parts) {
  remove_named(parts, JOURNAL_PENDING_NAME);
}
