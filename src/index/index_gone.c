#include "index/index_gone.h"

#include "inbox/error.h"
#include "index/index_file.h"
#include "index/sql.h"
#include <errno.h>

/* What was put aside once. */
typedef struct Aside {
  Gone *gone;
  const StoreParts *parts;
  sqlite3 *list;
  sqlite3_stmt *find;
  MailDirectory directory; /* that is gone through */
  DIR *stream;             /* NULL: not begun */
  guint n_met;             /* in this round; the last one finds the directory empty */
  guint n_moved;           /* of those met, or removed */
  gboolean has_moved;      /* since it was last tried to end */
  gboolean has_given_back;
  gint64 until_us; /* so long its directories stay */
} Aside;

struct IndexGone {
  const StoreParts *parts;
  Strand *strand;
  gint is_closing; /* atomic */
  JobFunc closed;
  gpointer closed_data;
  pthread_mutex_t lock;
  GPtrArray *asides; /* under the lock, as what is in them */
};

static const char *const names_inside[] = {
    INDEX_NEXT_NAME,
    INDEX_NEXT_NAME "-journal",
    INDEX_NEXT_NAME "-wal",
    INDEX_NEXT_NAME "-shm",
    INDEX_NAME "-shm",
    INDEX_NAME "-wal",
    INDEX_NAME,
};

/* --- the index */

static gboolean is_there(int dir_fd, const char *name) {
  struct stat status;

  return store_look_at(dir_fd, name, &status) == 0;
}

/* ENOENT is fine. */
static gboolean move_if_there(const Gone *gone, int from_fd, const char *name, int to_fd) {
  return gone->io->rename(gone->io, from_fd, name, to_fd, name) == 0 || errno == ENOENT;
}

/* What is not yet merged into the index goes with it. To an index of another making it would be wrong: so that it is
 * gone must last before there is another. */
static gboolean move_rest(const Gone *gone, gboolean syncs) {
  const StoreIo *io = gone->io;
  int dir_fd = gone->maildir->dir_fd;

  return move_if_there(gone, dir_fd, INDEX_NAME "-wal", gone->dir_fd) &&
         (io->remove(io, dir_fd, INDEX_NAME "-shm") == 0 || errno == ENOENT) &&
         (!syncs || (io->sync(io, gone->dir_fd) == 0 && io->sync(io, dir_fd) == 0)) &&
         io->rename(io, gone->dir_fd, INDEX_NEXT_NAME, dir_fd, INDEX_NAME) == 0;
}

gboolean index_gone_move_index(const Gone *gone, gboolean syncs) {
  const StoreIo *io = gone->io;
  int dir_fd = gone->maildir->dir_fd;

  if (io->rename(io, dir_fd, INDEX_NAME, gone->dir_fd, INDEX_NAME) < 0)
    return FALSE;
  if (move_rest(gone, syncs))
    return TRUE;
  int error_number = errno;
  (void)move_if_there(gone, gone->dir_fd, INDEX_NAME "-wal", dir_fd);
  (void)move_if_there(gone, gone->dir_fd, INDEX_NAME, dir_fd);
  errno = error_number;
  return FALSE;
}

/* --- after a crash */

static void remove_names(const Gone *gone) {
  for (gsize i = 0; i < G_N_ELEMENTS(names_inside); i++)
    (void)gone->io->remove(gone->io, gone->dir_fd, names_inside[i]);
}

void index_gone_drop(Gone *gone) {
  remove_names(gone);
  (void)(gone_remove_directories(gone) && gone_remove(gone));
  gone_close(gone);
}

/* The index went: all is decided, and the next one is still to come. */
static void finish(const Gone *gone) {
  if (is_there(gone->dir_fd, INDEX_NEXT_NAME) && !is_there(gone->maildir->dir_fd, INDEX_NAME))
    (void)move_rest(gone, TRUE); /* else the index is made from the messages */
}

static gboolean undo(Gone *gone, GError **error) {
  if (!gone_undo(gone, error))
    return FALSE;
  if (gone->io->sync(gone->io, gone->maildir->dir_fd) == 0)
    return TRUE;
  inbox_set_errno(error, errno, "cannot sync %s", gone->maildir->path);
  return FALSE;
}

gboolean index_gone_recover(Maildir *maildir, const StoreIo *io, GError **error) {
  g_autoptr(GPtrArray) names = gone_names(maildir);

  for (guint i = 0; i < names->len; i++) {
    g_autoptr(Gone) gone = gone_open(maildir, io, g_ptr_array_index(names, i));
    if (gone && is_there(gone->dir_fd, INDEX_NAME))
      finish(gone);
    else if (gone && !undo(gone, error))
      return FALSE;
    else if (gone)
      index_gone_drop(g_steal_pointer(&gone));
  }
  return TRUE;
}

/* --- removing */

static void end_stream(Aside *aside) {
  if (aside->stream)
    closedir(aside->stream);
  aside->stream = NULL;
}

static void aside_free(gpointer data) {
  Aside *aside = data;

  end_stream(aside);
  sqlite3_finalize(aside->find);
  sqlite3_close(aside->list);
  gone_close(aside->gone);
  g_free(aside);
}

/* FOUND: it is to be deleted. */
static Found find(Aside *aside, const char *file_name) {
  g_autofree char *id = mail_file_id(file_name);

  if (!aside->find)
    return FOUND_FAILED;
  sql_bind_text(aside->find, 1, id);
  Found found = sql_found(aside->list, sqlite3_step(aside->find), NULL);
  sqlite3_reset(aside->find);
  return found;
}

static gboolean give_back(Aside *aside, MailDirectory directory, const char *file_name) {
  gboolean is_back = gone_give_back(aside->gone, directory, file_name);

  aside->has_given_back |= is_back;
  return is_back;
}

/* A file that cannot be removed is still a message. FALSE: it stays where it is. */
static gboolean take_one(Aside *aside, const char *file_name) {
  const StoreIo *io = aside->gone->io;
  Found found = store_name_is_plain(file_name) ? find(aside, file_name) : FOUND_NOTHING;

  if (found == FOUND_FAILED)
    return FALSE;
  return (found == FOUND && io->remove(io, aside->gone->fds[aside->directory], file_name) == 0) ||
         give_back(aside, aside->directory, file_name);
}

/* Removals last before the list goes, or a power cut could leave messages without it; and so does what went back. */
static gboolean sync_all(const Aside *aside) {
  const StoreIo *io = aside->gone->io;

  for (guint i = 0; i < G_N_ELEMENTS(aside->gone->fds); i++) {
    int own_fd = mail_file_directory_fd(aside->gone->maildir, i);
    if ((aside->gone->fds[i] >= 0 && io->sync(io, aside->gone->fds[i]) < 0) ||
        (aside->has_given_back && io->sync(io, own_fd) < 0))
      return FALSE;
  }
  return TRUE;
}

typedef enum { ROUND_MORE, ROUND_WAITS, ROUND_ENDED, ROUND_FAILED } Round;

/* Another program may be about to move a message to a directory that it looked up before. */
static Round end_all(Aside *aside) {
  if (g_get_monotonic_time() < aside->until_us)
    return ROUND_WAITS;
  aside->directory = MAIL_DIRECTORY_NEW;
  if (aside->parts->durable && !sync_all(aside))
    return ROUND_FAILED;
  if (!gone_remove_directories(aside->gone)) { /* somebody who had one open stored a message there */
    gboolean may_go_on = aside->has_moved && (errno == ENOTEMPTY || errno == EEXIST);
    aside->has_moved = FALSE;
    return may_go_on ? ROUND_MORE : ROUND_FAILED;
  }
  g_clear_pointer(&aside->find, sqlite3_finalize);
  g_clear_pointer(&aside->list, sqlite3_close);
  remove_names(aside->gone);
  (void)gone_remove(aside->gone);
  return ROUND_ENDED;
}

/* A round that finds nothing is the last of its directory. One that could move nothing would never end. */
static Round end_round(Aside *aside) {
  gboolean is_stuck = aside->n_met > 0 && aside->n_moved == 0;
  gboolean is_last = aside->n_met == 0;

  aside->has_moved |= aside->n_moved > 0;
  end_stream(aside);
  aside->n_met = aside->n_moved = 0;
  if (is_stuck)
    return ROUND_FAILED;
  if (!is_last)
    return ROUND_MORE;
  aside->directory++;
  return ROUND_MORE;
}

static Round step(Aside *aside) {
  if (aside->directory > MAIL_DIRECTORY_CUR)
    return end_all(aside);
  int fd = aside->gone->fds[aside->directory];

  if (!aside->stream && fd >= 0)
    aside->stream = maildir_list(fd, NULL);
  const struct dirent *entry = aside->stream ? readdir(aside->stream) : NULL;
  if (!entry)
    return end_round(aside);
  if (gone_is_inside(entry)) {
    aside->n_met++;
    aside->n_moved += take_one(aside, entry->d_name) ? 1 : 0;
  }
  return ROUND_MORE;
}

/* When to go on; 0: there is nothing more to do. */
static gint64 run_slice(IndexGone *gone) {
  gint64 until_us = g_get_monotonic_time() + INDEX_GONE_SLICE_US;
  Round round = ROUND_MORE;

  while (gone->asides->len > 0 && round != ROUND_WAITS && g_get_monotonic_time() < until_us &&
         !g_atomic_int_get(&gone->is_closing)) {
    round = step(g_ptr_array_index(gone->asides, 0));
    if (round == ROUND_ENDED || round == ROUND_FAILED)
      g_ptr_array_remove_index(gone->asides, 0);
  }
  if (gone->asides->len == 0 || g_atomic_int_get(&gone->is_closing))
    return 0;
  const Aside *first = g_ptr_array_index(gone->asides, 0);
  return round == ROUND_WAITS ? first->until_us : g_get_monotonic_time() + INDEX_GONE_SLICE_US;
}

static void slice_cb(gpointer data) {
  IndexGone *gone = data;

  pthread_mutex_lock(&gone->lock);
  gint64 due_us = run_slice(gone);
  pthread_mutex_unlock(&gone->lock);
  if (due_us > 0)
    strand_run_at(gone->strand, due_us, slice_cb, gone);
}

/* --- as a whole */

static void add(IndexGone *gone, Gone *aside, sqlite3 *list, gint64 until_us) {
  Aside *added = g_new0(Aside, 1);

  *added = (Aside){.gone = aside, .parts = gone->parts, .list = list, .until_us = until_us};
  if (list)
    (void)sql_prepare(list, "SELECT 1 FROM mail WHERE id = ?1", &added->find, NULL);
  pthread_mutex_lock(&gone->lock);
  g_ptr_array_add(gone->asides, added);
  pthread_mutex_unlock(&gone->lock);
  strand_run(gone->strand, slice_cb, gone);
}

void index_gone_add(IndexGone *gone, Gone *aside, sqlite3 *list) {
  add(gone, aside, list, g_get_monotonic_time() + INDEX_GONE_GRACE_US);
}

static void look(IndexGone *gone) {
  Maildir *maildir = gone->parts->maildir;
  g_autoptr(GPtrArray) names = gone_names(maildir);

  for (guint i = 0; i < names->len; i++) {
    Gone *aside = gone_open(maildir, gone->parts->io, g_ptr_array_index(names, i));
    if (aside)
      add(gone, aside, index_file_open_aside(maildir, aside->name, NULL), 0);
  }
}

IndexGone *index_gone_new(const StoreParts *parts) {
  IndexGone *gone = g_new0(IndexGone, 1);

  gone->parts = parts;
  gone->strand = strand_new(loop_queue_crew(parts->queue), 1, STRAND_SHORT);
  gone->asides = g_ptr_array_new_with_free_func(aside_free);
  pthread_mutex_init(&gone->lock, NULL);
  look(gone);
  return gone;
}

static void closed_cb(gpointer data) {
  IndexGone *gone = data;
  JobFunc closed = gone->closed;
  gpointer user_data = gone->closed_data;

  g_ptr_array_unref(gone->asides);
  pthread_mutex_destroy(&gone->lock);
  g_free(gone);
  closed(user_data);
}

void index_gone_close(IndexGone *gone, JobFunc closed, gpointer user_data) {
  gone->closed = closed;
  gone->closed_data = user_data;
  g_atomic_int_set(&gone->is_closing, TRUE);
  strand_close(gone->strand, closed_cb, gone);
}

void index_gone_move(IndexGone *gone) {
  if (!gone)
    return;
  pthread_mutex_lock(&gone->lock);
  g_ptr_array_set_size(gone->asides, 0);
  pthread_mutex_unlock(&gone->lock);
  look(gone);
}

gboolean index_gone_get_back(IndexGone *gone, const MailFile *file) {
  gboolean is_back = FALSE;

  if (!gone)
    return FALSE;
  pthread_mutex_lock(&gone->lock);
  for (guint i = 0; i < gone->asides->len && !is_back; i++) {
    Aside *aside = g_ptr_array_index(gone->asides, i);
    is_back = aside->gone->fds[file->directory] >= 0 && find(aside, file->name) == FOUND_NOTHING &&
              give_back(aside, file->directory, file->name);
  }
  pthread_mutex_unlock(&gone->lock);
  return is_back;
}
