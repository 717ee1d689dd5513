#include "store/spool.h"

#include "inbox/error.h"
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>

enum { COPY_BYTES = 64 * 1024, WRITEBACK_BYTES = 1024 * 1024 };

typedef enum { SPOOL_OPEN, SPOOL_COMMIT, SPOOL_DISCARD } SpoolEnd;

/* The loop thread and a writer share a spool, each with fields of its own and a few under the lock. A job is under way
 * from `running` set to `running` cleared, and frees the spool when it was ended. */
struct Spool {
  const StoreParts *parts;
  gint n_refs; /* the loop thread's or the ending job's, and one for each resume message */
  /* the loop thread's */
  GByteArray *filling;
  JobFunc resume; /* NULL: not to be called any more */
  gpointer resume_data;
  gboolean asked_to_wait;
  /* the writer's */
  char *tmp_name;
  int fd; /* -1: not open yet */
  guint64 written_bytes;
  guint64 writeback_bytes; /* as far as the disk was told to begin */
  GError *error;           /* of the first failed step */
  /* under the lock */
  pthread_mutex_t lock;
  gboolean running;
  gboolean wants_resume;
  GByteArray *queued;
  SpoolEnd end;
  /* set with `end` */
  Committer *committer;
  Delivery *delivery;
  GString *new_block;
  gsize old_block_len;
};

static void spool_unref(Spool *spool) {
  if (!g_atomic_int_dec_and_test(&spool->n_refs))
    return;
  g_clear_pointer(&spool->filling, g_byte_array_unref);
  g_clear_pointer(&spool->queued, g_byte_array_unref);
  g_clear_error(&spool->error);
  g_free(spool->tmp_name);
  pthread_mutex_destroy(&spool->lock);
  g_free(spool);
}

/* --- the writer's side */

static void fail(Spool *spool, const char *step) {
  if (!spool->error)
    inbox_set_errno(&spool->error, errno, "cannot %s %s/tmp/%s", step, spool->parts->maildir->path, spool->tmp_name);
}

static int make_file(const Spool *spool, const char *name) {
  const Maildir *maildir = spool->parts->maildir;

  return maildir_create(maildir, spool->parts->io, maildir->tmp_fd, name, O_RDWR);
}

static void write_chunk(Spool *spool, const GByteArray *chunk) {
  const StoreIo *io = spool->parts->io;

  if (spool->fd < 0 && !spool->error) {
    spool->fd = make_file(spool, spool->tmp_name);
    if (spool->fd < 0)
      fail(spool, "make");
  }
  if (spool->error)
    return;
  struct iovec part = {chunk->data, chunk->len};
  if (store_io_write_all(io, spool->fd, &part, 1, (off_t)spool->written_bytes) < 0) {
    fail(spool, "write");
    return;
  }
  spool->written_bytes += chunk->len;
  guint64 waiting_bytes = spool->written_bytes - spool->writeback_bytes;
  if (spool->parts->durable && waiting_bytes >= WRITEBACK_BYTES) {
    io->start_writeback(io, spool->fd, (off_t)spool->writeback_bytes, (off_t)waiting_bytes);
    spool->writeback_bytes = spool->written_bytes;
  }
}

/* Copies what follows the old block behind the new one. */
static int copy_body(const Spool *spool, int to_fd, guint64 to_offset) {
  const StoreIo *io = spool->parts->io;
  g_autofree guint8 *piece = g_malloc(COPY_BYTES);

  for (guint64 from = spool->old_block_len; from < spool->written_bytes;) {
    gssize n_read = store_io_read_at(spool->fd, piece, COPY_BYTES, from);
    if (n_read <= 0) {
      errno = n_read == 0 ? EIO : errno;
      return -1;
    }
    struct iovec part = {piece, (gsize)n_read};
    if (store_io_write_all(io, to_fd, &part, 1, (off_t)to_offset) < 0)
      return -1;
    from += (guint64)n_read;
    to_offset += (guint64)n_read;
  }
  return 0;
}

static void remove_file(const Spool *spool) {
  const StoreIo *io = spool->parts->io;

  if (spool->fd >= 0) {
    (void)io->close(io, spool->fd);
    (void)io->remove(io, spool->parts->maildir->tmp_fd, spool->tmp_name);
  }
}

/* The block was written before it was known which line ends were bare; now it is, and the block is longer. Rare. */
static void replace_block(Spool *spool) {
  const StoreIo *io = spool->parts->io;
  g_autofree char *name = g_strconcat(spool->tmp_name, ",block", NULL);
  int fd = make_file(spool, name);
  struct iovec part = {spool->new_block->str, spool->new_block->len};

  if (fd < 0 || store_io_write_all(io, fd, &part, 1, 0) < 0 || copy_body(spool, fd, spool->new_block->len) < 0) {
    fail(spool, "write again");
    if (fd >= 0) {
      (void)io->close(io, fd);
      (void)io->remove(io, spool->parts->maildir->tmp_fd, name);
    }
    return;
  }
  remove_file(spool);
  spool->fd = fd;
  spool->written_bytes += spool->new_block->len;
  spool->written_bytes -= spool->old_block_len;
  g_free(spool->tmp_name);
  spool->tmp_name = g_steal_pointer(&name);
}

static void finish_file(Spool *spool) {
  const StoreIo *io = spool->parts->io;

  if (!spool->error && spool->new_block)
    replace_block(spool);
  if (!spool->error && spool->parts->durable && io->sync(io, spool->fd) < 0)
    fail(spool, "sync");
  if (spool->error) {
    remove_file(spool);
  } else if (io->close(io, spool->fd) < 0) {
    fail(spool, "close");
    (void)io->remove(io, spool->parts->maildir->tmp_fd, spool->tmp_name);
  }
}

static void end_commit(Spool *spool) {
  Delivery *delivery = spool->delivery;

  finish_file(spool);
  delivery->n_bytes = spool->written_bytes;
  delivery->file_name = maildir_file_name(delivery->id, delivery->n_bytes);
  delivery->tmp_name = g_strdup(spool->tmp_name);
  delivery->error = g_steal_pointer(&spool->error);
  if (spool->new_block)
    g_string_free(spool->new_block, TRUE);
  committer_push(spool->committer, delivery, TRUE);
}

static void resume_cb(gpointer data) {
  Spool *spool = data;
  gboolean waits = spool->asked_to_wait;

  spool->asked_to_wait = FALSE;
  if (waits && spool->resume)
    spool->resume(spool->resume_data);
  spool_unref(spool);
}

/* Writes one chunk, then goes to the end of the pool's queue: a fast client is not to hold a thread for itself. */
static void write_job_cb(gpointer data) {
  Spool *spool = data;

  pthread_mutex_lock(&spool->lock);
  g_autoptr(GByteArray) chunk = g_steal_pointer(&spool->queued);
  SpoolEnd end = spool->end;
  gboolean resume = spool->wants_resume && end == SPOOL_OPEN;
  spool->wants_resume = FALSE;
  pthread_mutex_unlock(&spool->lock);
  if (resume) {
    g_atomic_int_inc(&spool->n_refs);
    loop_queue_post(spool->parts->queue, resume_cb, spool);
  }
  if (chunk && end != SPOOL_DISCARD)
    write_chunk(spool, chunk);
  if (end == SPOOL_OPEN) {
    pthread_mutex_lock(&spool->lock);
    spool->running = spool->queued != NULL || spool->end != SPOOL_OPEN;
    gboolean again = spool->running;
    pthread_mutex_unlock(&spool->lock);
    if (again)
      strand_run(spool->parts->writers, write_job_cb, spool);
    return;
  }
  if (end == SPOOL_COMMIT) {
    write_chunk(spool, spool->filling);
    end_commit(spool);
  } else {
    remove_file(spool);
  }
  spool_unref(spool);
}

/* --- the loop's side */

Spool *spool_new(const StoreParts *parts, const char *id, JobFunc resume, gpointer resume_data) {
  Spool *spool = g_new0(Spool, 1);

  spool->parts = parts;
  spool->n_refs = 1;
  spool->filling = g_byte_array_sized_new(SPOOL_CHUNK_BYTES);
  spool->resume = resume;
  spool->resume_data = resume_data;
  spool->tmp_name = g_strdup(id);
  spool->fd = -1;
  pthread_mutex_init(&spool->lock, NULL);
  return spool;
}

/* Hands the full chunk over. FALSE: there is one waiting already. */
static gboolean hand_over(Spool *spool) {
  pthread_mutex_lock(&spool->lock);
  gboolean has_room = spool->queued == NULL;
  gboolean start = has_room && !spool->running;
  if (has_room) {
    spool->queued = g_steal_pointer(&spool->filling);
    spool->running = TRUE;
  } else {
    spool->wants_resume = TRUE;
  }
  pthread_mutex_unlock(&spool->lock);
  if (start)
    strand_run(spool->parts->writers, write_job_cb, spool);
  if (has_room)
    spool->filling = g_byte_array_sized_new(SPOOL_CHUNK_BYTES);
  return has_room;
}

gboolean spool_append(Spool *spool, const guint8 *bytes, gsize n_bytes) {
  while (n_bytes > 0) {
    /* What comes although we asked to wait has to be taken. */
    gboolean full = spool->filling->len >= SPOOL_CHUNK_BYTES && !hand_over(spool);
    gsize len = full ? n_bytes : MIN(n_bytes, SPOOL_CHUNK_BYTES - spool->filling->len);
    g_byte_array_append(spool->filling, bytes, (guint)len);
    bytes += len;
    n_bytes -= len;
  }
  if (spool->filling->len >= SPOOL_CHUNK_BYTES && !hand_over(spool))
    spool->asked_to_wait = TRUE; /* until resume_cb() */
  return !spool->asked_to_wait;
}

/* Gives the loop's reference, and `filling` with it, to the last job. */
static void end_spool(Spool *spool, SpoolEnd end) {
  spool->resume = NULL;
  pthread_mutex_lock(&spool->lock);
  spool->end = end;
  gboolean start = !spool->running;
  spool->running = TRUE;
  pthread_mutex_unlock(&spool->lock);
  if (start)
    strand_run(spool->parts->writers, write_job_cb, spool);
}

void spool_commit(Spool *spool, Committer *committer, Delivery *delivery, GString *new_block, gsize old_block_len) {
  committer_announce(committer);
  spool->committer = committer;
  spool->delivery = delivery;
  spool->new_block = new_block;
  spool->old_block_len = old_block_len;
  end_spool(spool, SPOOL_COMMIT);
}

void spool_discard(Spool *spool) {
  if (spool)
    end_spool(spool, SPOOL_DISCARD);
}
