#include "maildir/uidlist.h"

#include "inbox/error.h"
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

#define NEW_NAME UIDLIST_NAME "-new"

enum {
  PIECE_BYTES = 64 * 1024,
  TOP_EVERY_BYTES = PIECE_BYTES / 4, /* so that one is in the last piece, behind which nobody has to look */
};

struct UidList {
  const Maildir *maildir;
  const StoreIo *io;
  gboolean is_durable;
  int fd; /* -1: none */
  gboolean has_looked;
  gboolean is_owner;
  gboolean is_blocked; /* what has the name is not for us to write to */
  gboolean wants_rewrite;
  gboolean has_unsynced; /* something written that a power cut may take */
  char id[UIDLIST_ID_DIGITS + 1];
  guint32 validity;
  gint64 size;
  gint64 top_at; /* where the last TOP is */
  guint64 n_lines;
  guint32 last_uid; /* given out */
  guint32 top_uid;  /* reserved, where it can be known */
  guint32 step;
  GString *put;
  guint n_put;
  char *notice;
  guint64 top_number; /* reserved */
  pthread_mutex_t number_lock;
  guint64 last_number; /* under it */
};

UidList *uidlist_new(const Maildir *maildir, const StoreIo *io, gboolean is_durable) {
  UidList *list = g_new0(UidList, 1);

  list->maildir = maildir;
  list->io = io;
  list->is_durable = is_durable;
  list->fd = -1;
  list->step = UIDLIST_STEP_MIN;
  list->put = g_string_new(NULL);
  pthread_mutex_init(&list->number_lock, NULL);
  return list;
}

/* --- numbers */

void uidlist_raise_number(UidList *list, guint64 number) {
  pthread_mutex_lock(&list->number_lock);
  list->last_number = MAX(list->last_number, MIN(number, UIDLIST_NUMBER_MAX));
  pthread_mutex_unlock(&list->number_lock);
}

guint64 uidlist_next_number(UidList *list) {
  pthread_mutex_lock(&list->number_lock);
  guint64 number = list->last_number = MAX(list->last_number + 1, (guint64)g_get_real_time());
  pthread_mutex_unlock(&list->number_lock);
  return number;
}

guint64 uidlist_now(UidList *list) {
  uidlist_raise_number(list, (guint64)g_get_real_time());
  return uidlist_last_number(list);
}

guint64 uidlist_last_number(UidList *list) {
  pthread_mutex_lock(&list->number_lock);
  guint64 number = list->last_number;
  pthread_mutex_unlock(&list->number_lock);
  return number;
}

/* What is to be reserved. */
static guint64 wanted_top(UidList *list) {
  guint64 last = MAX(uidlist_last_number(list), (guint64)g_get_real_time());

  return last + UIDLIST_AHEAD_US / 2 < list->top_number ? list->top_number
                                                        : MIN(last + UIDLIST_AHEAD_US, UIDLIST_NUMBER_MAX);
}

/* --- opening */

static void close_file(UidList *list) {
  if (list->fd >= 0)
    (void)list->io->close(list->io, list->fd);
  list->fd = -1;
}

static void note(UidList *list, const char *text) {
  g_free(list->notice);
  list->notice = g_strdup_printf(UIDLIST_NAME " %s", text);
}

char *uidlist_take_notice(UidList *list) {
  return g_steal_pointer(&list->notice);
}

/* FALSE: there is no file, or none to be used. */
static gboolean open_file(UidList *list, gint64 *out_size) {
  struct stat status;

  if (store_look_at(list->maildir->dir_fd, UIDLIST_NAME, &status) != 0)
    return FALSE;
  const char *kind = !S_ISREG(status.st_mode)             ? store_kind_name(status.st_mode)
                     : status.st_nlink > 1                ? "a file with a second name"
                     : status.st_size > UIDLIST_BYTES_MAX ? "too large"
                                                          : NULL;
  list->fd = kind ? -1 : store_open_regular(list->maildir->dir_fd, UIDLIST_NAME, &status);
  list->is_blocked = list->fd < 0;
  if (list->is_blocked) {
    g_autofree char *text = g_strdup_printf("%s: UIDs and tags are kept in the index alone until it is removed",
                                            kind ? kind : "cannot be read");
    g_autofree char *sentence = kind ? g_strconcat("is ", text, NULL) : g_strdup(text);
    note(list, sentence);
  }
  *out_size = status.st_size;
  return !list->is_blocked;
}

/* Up to where it could be read. */
static gint64 read_range(UidList *list, gint64 from, gint64 until, UidListReader *reader) {
  g_autofree char *piece = g_malloc(PIECE_BYTES);

  while (from < until) {
    ssize_t n_bytes = pread(list->fd, piece, (gsize)MIN(PIECE_BYTES, until - from), (off_t)from);
    if (n_bytes < 0 && errno == EINTR)
      continue;
    if (n_bytes <= 0)
      break;
    uidlist_reader_feed(reader, piece, (gsize)n_bytes);
    from += n_bytes;
  }
  return from;
}

/* What the first line and the last lines say. */
typedef struct Ends {
  UidList *list;
  gboolean has_header;
  gboolean has_top;
  gboolean is_closed; /* the last line says so */
  guint64 number;
  guint32 uid;
} Ends;

static void look_at_line(const UidListLine *line, gpointer user_data) {
  Ends *ends = user_data;

  if (line->kind == UIDLIST_HEADER && !ends->has_header) {
    ends->list->validity = line->uid;
    g_strlcpy(ends->list->id, line->id, sizeof ends->list->id);
    ends->has_header = TRUE;
  } else if (line->kind != UIDLIST_HEADER && line->kind != UIDLIST_CLEARED) {
    ends->uid = MAX(ends->uid, line->uid);
  }
  ends->is_closed = line->kind == UIDLIST_END;
  if (line->kind == UIDLIST_END) {
    ends->uid = line->uid;
    ends->number = line->number;
  } else if (line->kind == UIDLIST_TOP) {
    ends->number = MAX(ends->number, line->number);
  }
  ends->has_top |= line->kind == UIDLIST_TOP || line->kind == UIDLIST_END;
}

static void look_from(UidList *list, gint64 from, Ends *ends) {
  UidListReader reader;

  uidlist_reader_init(&reader, look_at_line, ends);
  reader.is_too_long = from > 0; /* what begins in the middle of a line is no line */
  list->size = read_range(list, from, list->size, &reader);
  list->wants_rewrite |= reader.part->len > 0; /* the last line is torn */
  uidlist_reader_clear(&reader);
}

gboolean uidlist_look(UidList *list) {
  if (list->has_looked)
    return list->fd >= 0;
  list->has_looked = TRUE;
  list->id[0] = '\0';
  list->validity = 0;
  list->size = 0;
  if (!open_file(list, &list->size))
    return FALSE;
  gint64 size = list->size;
  Ends ends = {.list = list};
  if (size > PIECE_BYTES) {
    list->size = UIDLIST_LINE_BYTES_MAX;
    look_from(list, 0, &ends);
    list->size = size;
    list->wants_rewrite = ends.has_top = FALSE; /* what was read ended in the middle of a line */
    look_from(list, size - PIECE_BYTES, &ends);
  }
  if (!ends.has_top)
    look_from(list, 0, &ends);
  list->wants_rewrite |= !ends.has_header;
  list->top_at = ends.has_top ? list->size : 0;
  list->top_uid = list->last_uid = MAX(list->last_uid, ends.uid);
  list->top_number = MAX(list->top_number, ends.number);
  uidlist_raise_number(list, ends.number);
  return TRUE;
}

void uidlist_move(UidList *list) {
  close_file(list);
  g_string_truncate(list->put, 0);
  list->n_put = 0;
  list->last_uid = list->top_uid = 0;
  list->n_lines = 0;
  list->has_looked = list->is_owner = list->is_blocked = list->wants_rewrite = FALSE;
}

void uidlist_set_owner(UidList *list, gboolean is_owner) {
  list->is_owner = is_owner;
}

/* --- reading */

gboolean uidlist_is_same(UidList *list, const UidListMark *mark) {
  return uidlist_look(list) && list->id[0] != '\0' && strcmp(list->id, mark->file_id) == 0;
}

gboolean uidlist_read_on(UidList *list, UidListMark *mark, UidListRead read, gpointer user_data) {
  gboolean goes_on = uidlist_is_same(list, mark) && mark->offset > 0 && mark->offset <= list->size;

  if (goes_on) {
    UidListReader reader;
    uidlist_reader_init(&reader, read, user_data);
    mark->offset = read_range(list, mark->offset, list->size, &reader);
    mark->n_lines += reader.n_lines;
    list->n_lines = mark->n_lines;
    list->wants_rewrite |= reader.n_damaged > 0;
    uidlist_reader_clear(&reader);
  }
  return goes_on;
}

void uidlist_read_all(UidList *list, UidListMark *out_mark, UidListRead read, gpointer user_data,
                      guint64 *out_n_damaged) {
  UidListReader reader;

  uidlist_reader_init(&reader, read, user_data);
  if (uidlist_look(list))
    (void)read_range(list, 0, list->size, &reader);
  list->n_lines = reader.n_lines;
  list->wants_rewrite |= reader.n_damaged > 0;
  *out_n_damaged = reader.n_damaged;
  *out_mark = (UidListMark){.offset = list->size, .n_lines = list->n_lines};
  g_strlcpy(out_mark->file_id, list->id, sizeof out_mark->file_id);
  uidlist_reader_clear(&reader);
}

/* --- UIDs */

guint32 uidlist_validity(UidList *list) {
  return list->validity;
}

void uidlist_restore(UidList *list, guint32 validity, guint32 last_uid) {
  list->validity = validity;
  list->last_uid = list->top_uid = MAX(list->last_uid, last_uid);
  list->wants_rewrite = TRUE;
}

void uidlist_renew(UidList *list, guint32 old_validity) {
  guint64 now_s = (guint64)(g_get_real_time() / G_USEC_PER_SEC) & G_MAXUINT32;
  guint32 validity = MAX((guint32)now_s, old_validity == G_MAXUINT32 ? 1 : old_validity + 1);

  list->last_uid = list->top_uid = 0;
  uidlist_restore(list, validity, 0);
}

void uidlist_raise_uid(UidList *list, guint32 uid) {
  list->last_uid = MAX(list->last_uid, uid);
}

guint32 uidlist_last_uid(UidList *list) {
  return list->last_uid;
}

gboolean uidlist_is_exhausted(UidList *list) {
  return list->last_uid >= UID_MAX;
}

guint32 uidlist_next_uid(UidList *list) {
  return list->is_owner && list->last_uid < UID_MAX ? ++list->last_uid : 0;
}

void uidlist_put(UidList *list, const UidListLine *line) {
  uidlist_print(list->put, line);
  list->n_put++;
}

void uidlist_drop(UidList *list) {
  g_string_truncate(list->put, 0);
  list->n_put = 0;
}

/* --- writing */

static gboolean failed(UidList *list, GError **error) {
  list->wants_rewrite = TRUE;
  inbox_set_errno(error, errno, "cannot write %s/" UIDLIST_NAME, list->maildir->path);
  return FALSE;
}

static int sync_file(UidList *list, int fd) {
  return list->is_durable ? list->io->sync_data(list->io, fd) : 0;
}

static int write_at(UidList *list, int fd, const GString *text, gint64 offset) {
  struct iovec part = {text->str, text->len};

  return store_io_write_all(list->io, fd, &part, 1, (off_t)offset);
}

static void print_top(GString *out, UidListKind kind, guint64 number, guint32 uid) {
  const UidListLine line = {.kind = kind, .number = number, .uid = uid};

  uidlist_print(out, &line);
}

static void print_header(UidList *list, GString *out) {
  const UidListLine line = {.kind = UIDLIST_HEADER, .uid = list->validity, .id = list->id};

  g_snprintf(list->id, sizeof list->id, "%08x%08x", g_random_int(), g_random_int());
  uidlist_print(out, &line);
}

/* More at a time where many are given out. */
static guint32 wanted_uid_top(UidList *list) {
  if (list->last_uid <= list->top_uid)
    return list->top_uid;
  guint32 top = list->last_uid > UID_MAX - list->step ? UID_MAX : list->last_uid + list->step;
  list->step = MIN(list->step * 4, UIDLIST_STEP_MAX);
  return top;
}

/* A file under another name, which then takes the place of the old one. */
gboolean uidlist_rewrite(UidList *list, UidListFill fill, gpointer user_data, GError **error) {
  const StoreIo *io = list->io;
  int dir_fd = list->maildir->dir_fd;
  guint64 top = wanted_top(list);
  guint32 uid = wanted_uid_top(list);
  g_autoptr(GString) out = g_string_new(NULL);
  char old_id[sizeof list->id];

  memcpy(old_id, list->id, sizeof old_id);
  (void)io->remove(io, dir_fd, NEW_NAME);
  int fd = maildir_create(list->maildir, io, dir_fd, NEW_NAME, O_RDWR);
  gint64 size = 0;
  guint64 n_lines = 2;
  gboolean is_more = TRUE;
  print_header(list, out);
  gboolean is_written = fd >= 0 && write_at(list, fd, out, 0) == 0;
  size += (gint64)out->len;
  g_autoptr(GError) reason = NULL;
  while (is_written && is_more) {
    g_string_truncate(out, 0);
    is_more = fill(out, user_data, &reason);
    is_written = !reason && write_at(list, fd, out, size) == 0;
    size += (gint64)out->len;
    for (gsize i = 0; i < out->len; i++)
      n_lines += out->str[i] == '\n';
  }
  g_string_truncate(out, 0);
  print_top(out, UIDLIST_TOP, top, uid);
  is_written = is_written && write_at(list, fd, out, size) == 0 && sync_file(list, fd) == 0 &&
               io->rename(io, dir_fd, NEW_NAME, dir_fd, UIDLIST_NAME) == 0 &&
               (!list->is_durable || io->sync(io, dir_fd) == 0);
  if (!is_written) {
    memcpy(list->id, old_id, sizeof old_id);
    (void)(reason ? FALSE : failed(list, error));
    if (reason)
      g_propagate_error(error, g_steal_pointer(&reason));
    if (fd >= 0)
      (void)io->close(io, fd);
    return FALSE;
  }
  close_file(list);
  list->fd = fd;
  list->size = size + (gint64)out->len;
  list->top_at = list->size;
  list->n_lines = n_lines;
  list->top_uid = uid;
  list->wants_rewrite = FALSE;
  list->top_number = top;
  return TRUE;
}

/* Appended to; somebody may have removed it. */
static gboolean is_usable(UidList *list) {
  struct stat status;

  return list->fd >= 0 && list->id[0] != '\0' && fstat(list->fd, &status) == 0 && status.st_nlink == 1;
}

/* The descriptor that reads is opened again once, to write. */
static gboolean open_to_write(UidList *list, GError **error) {
  int flags = list->fd < 0 ? 0 : fcntl(list->fd, F_GETFL);

  if ((flags & O_ACCMODE) == O_RDWR)
    return TRUE;
  int fd = list->io->open(list->io, list->maildir->dir_fd, UIDLIST_NAME, O_RDWR | O_NONBLOCK, 0);
  if (fd < 0)
    return failed(list, error);
  close_file(list);
  list->fd = fd;
  return TRUE;
}

gboolean uidlist_flush(UidList *list, gboolean syncs, GError **error) {
  if (!list->is_owner || list->is_blocked) {
    uidlist_drop(list);
    return TRUE;
  }
  (void)uidlist_look(list);
  guint64 top = wanted_top(list);
  guint32 uid = wanted_uid_top(list);
  gboolean reserves = top > list->top_number || uid > list->top_uid;
  g_autoptr(GString) out = g_string_new(NULL);
  if (reserves || list->size - list->top_at + (gint64)list->put->len > TOP_EVERY_BYTES)
    print_top(out, UIDLIST_TOP, top, uid);
  guint n_lines = list->n_put + (out->len > 0);
  gint64 top_at = out->len > 0 ? list->size : list->top_at;
  g_string_append_len(out, list->put->str, (gssize)list->put->len);
  uidlist_drop(list);
  if (out->len == 0)
    return TRUE;
  if (list->wants_rewrite || !is_usable(list)) {
    list->wants_rewrite = TRUE; /* what was put is in the index, and comes from there */
    return TRUE;
  }
  if (!open_to_write(list, error) || write_at(list, list->fd, out, list->size) != 0 ||
      ((syncs || reserves) && sync_file(list, list->fd) != 0))
    return error && *error ? FALSE : failed(list, error);
  list->size += (gint64)out->len;
  list->top_at = top_at;
  list->n_lines += n_lines;
  list->top_uid = uid;
  list->top_number = top;
  list->has_unsynced = !syncs && !reserves;
  return TRUE;
}

gboolean uidlist_has_unsynced(const UidList *list) {
  return list->has_unsynced;
}

void uidlist_sync(UidList *list) {
  if (list->has_unsynced && list->fd >= 0)
    (void)sync_file(list, list->fd);
  list->has_unsynced = FALSE;
}

UidListMark uidlist_mark(UidList *list) {
  UidListMark mark = {.offset = list->wants_rewrite ? -1 : list->size, .n_lines = list->n_lines};

  g_strlcpy(mark.file_id, list->id, sizeof mark.file_id);
  return mark;
}

void uidlist_want_rewrite(UidList *list) {
  list->wants_rewrite = TRUE;
}

gboolean uidlist_wants_rewrite(UidList *list, guint64 n_live) {
  return list->is_owner && !list->is_blocked &&
         (list->wants_rewrite || list->n_lines > 2 * n_live + UIDLIST_REWRITE_MIN);
}

void uidlist_free(UidList *list) {
  if (!list)
    return;
  if (list->is_owner && !list->wants_rewrite && is_usable(list) && open_to_write(list, NULL)) {
    print_top(list->put, UIDLIST_END, list->last_number, list->last_uid);
    (void)write_at(list, list->fd, list->put, list->size);
  }
  close_file(list);
  g_string_free(list->put, TRUE);
  g_free(list->notice);
  pthread_mutex_destroy(&list->number_lock);
  g_free(list);
}
