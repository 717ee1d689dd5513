#include "index/index_notes.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LINE_BYTES_MAX = 512 /* an ID, a space, a length */ };

struct IndexNotes {
  const StoreParts *parts;
  int fd; /* -1: no file is open */
  gboolean is_blocked;
  gsize size;
  GString *added; /* not written yet */
};

/* --- reading */

/* Cuts the next one out of the text, which ends with NUL. NULL: nothing is left, or it is torn. */
static char *next_note(char **text, const char *end, const char **out_said) {
  char *id = *text;
  char *line_end = memchr(id, '\n', (gsize)MIN(end - id, LINE_BYTES_MAX));
  char *space = line_end ? memchr(id, ' ', (gsize)(line_end - id)) : NULL;
  char *digits_end = NULL;
  guint64 len = space ? g_ascii_strtoull(space + 1, &digits_end, 10) : 0;

  if (!space || digits_end != line_end || len > INDEX_NOTE_BYTES_MAX || (guint64)(end - line_end) < len + 2)
    return NULL;
  char *said = line_end + 1;
  if (said[len] != '\n' || !g_utf8_validate(said, (gssize)len, NULL) || !g_utf8_validate(id, space - id, NULL))
    return NULL;
  *space = said[len] = '\0';
  *text = said + len + 1;
  *out_said = said;
  return id;
}

/* Returns where what could be read ends. */
static gsize read_notes(const IndexNotes *notes, IndexNoteFound found, gpointer user_data) {
  gsize n_bytes = notes->size;
  g_autofree char *bytes = notes->fd >= 0 ? g_try_malloc(n_bytes + 1) : NULL;

  if (!bytes || store_io_read_at(notes->fd, bytes, n_bytes, 0) != (gssize)n_bytes)
    return 0;
  bytes[n_bytes] = '\0';
  char *at = bytes;
  const char *said = NULL;
  for (const char *id; (id = next_note(&at, bytes + n_bytes, &said));)
    if (!found(id, said, user_data))
      break;
  return (gsize)(at - bytes);
}

void index_notes_read(IndexNotes *notes, IndexNoteFound found, gpointer user_data) {
  (void)read_notes(notes, found, user_data);
}

/* --- opening */

/* Ours is a file with one name, whatever its content. */
static gboolean open_file(IndexNotes *notes, gboolean makes) {
  const Maildir *maildir = notes->parts->maildir;
  const StoreIo *io = notes->parts->io;
  struct stat status;

  if (notes->fd >= 0 || notes->is_blocked)
    return notes->fd >= 0;
  notes->fd = io->open(io, maildir->dir_fd, INDEX_NOTES_NAME, O_RDWR | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC, 0);
  gboolean is_absent = notes->fd < 0 && errno == ENOENT;
  if (is_absent && makes)
    notes->fd = maildir_create(maildir, io, maildir->dir_fd, INDEX_NOTES_NAME, O_RDWR);
  if (notes->fd < 0) {
    notes->is_blocked = !is_absent;
    return FALSE;
  }
  if (fstat(notes->fd, &status) != 0 || !S_ISREG(status.st_mode) || status.st_nlink != 1 ||
      status.st_size > INDEX_NOTES_BYTES_MAX) {
    (void)io->close(io, notes->fd);
    notes->fd = -1;
    notes->is_blocked = TRUE;
    return FALSE;
  }
  notes->size = (gsize)status.st_size;
  return TRUE;
}

static void close_file(IndexNotes *notes) {
  if (notes->fd >= 0)
    (void)notes->parts->io->close(notes->parts->io, notes->fd);
  notes->fd = -1;
}

static gboolean pass_over(const char *id, const char *said, gpointer user_data) {
  return TRUE;
}

/* What an earlier process left. A torn end is cut off, so that what is added can be read. */
static void look(IndexNotes *notes) {
  if (!open_file(notes, FALSE)) {
    if (notes->is_blocked)
      store_parts_notice(notes->parts, g_strdup(INDEX_NOTES_NAME ": another program's, and not used: "
                                                                 "transcripts wait in memory until it is removed"));
    return;
  }
  gsize end = read_notes(notes, pass_over, NULL);
  if (end == notes->size)
    return;
  store_parts_notice(notes->parts, g_strdup_printf(INDEX_NOTES_NAME ": %zu bytes could not be read, and were left out",
                                                   notes->size - end));
  (void)!ftruncate(notes->fd, (off_t)end);
  notes->size = end;
}

IndexNotes *index_notes_new(const StoreParts *parts) {
  IndexNotes *notes = g_new0(IndexNotes, 1);

  notes->parts = parts;
  notes->fd = -1;
  notes->added = g_string_new(NULL);
  look(notes);
  return notes;
}

void index_notes_free(IndexNotes *notes) {
  if (!notes)
    return;
  if (notes->fd >= 0 && notes->size == 0)
    (void)notes->parts->io->remove(notes->parts->io, notes->parts->maildir->dir_fd, INDEX_NOTES_NAME);
  close_file(notes);
  g_string_free(notes->added, TRUE);
  g_free(notes);
}

void index_notes_move(IndexNotes *notes) {
  close_file(notes);
  notes->is_blocked = FALSE;
  notes->size = 0;
  look(notes);
}

/* --- writing */

void index_notes_add(IndexNotes *notes, const char *id, const char *said) {
  gsize len = strlen(said);

  if (notes->is_blocked || len > INDEX_NOTE_BYTES_MAX ||
      notes->size + notes->added->len + LINE_BYTES_MAX + len > INDEX_NOTES_BYTES_MAX)
    return;
  g_string_append_printf(notes->added, "%s %zu\n%s\n", id, len, said);
}

void index_notes_write(IndexNotes *notes) {
  struct iovec part = {notes->added->str, notes->added->len};
  gboolean is_written = part.iov_len > 0 && open_file(notes, TRUE) &&
                        store_io_write_all(notes->parts->io, notes->fd, &part, 1, (off_t)notes->size) == 0;

  if (is_written)
    notes->size += notes->added->len;
  if (is_written || notes->is_blocked) /* else it is tried again with the next ones */
    g_string_truncate(notes->added, 0);
}

gboolean index_notes_is_empty(const IndexNotes *notes) {
  return notes->size == 0 && notes->added->len == 0;
}

void index_notes_clear(IndexNotes *notes) {
  g_string_truncate(notes->added, 0);
  if (notes->fd >= 0 && notes->size > 0 && ftruncate(notes->fd, 0) != 0) {
    (void)notes->parts->io->remove(notes->parts->io, notes->parts->maildir->dir_fd, INDEX_NOTES_NAME);
    close_file(notes);
  }
  notes->size = 0;
}
