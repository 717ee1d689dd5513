#include "store/record_files.h"

#include "inbox/error.h"
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

enum { DIRECTORY_MODE = 0700 };

static char *directory_name(const char *place) {
  return g_strconcat("dsmtpd.", place, NULL);
}

char *record_tmp_name(const char *place, const char *name) {
  return g_strconcat(name, ",", place, NULL);
}

int record_directory_open(const Maildir *maildir, const StoreIo *io, const char *place, gboolean makes,
                          gboolean durable) {
  g_autofree char *name = directory_name(place);
  int fd = io->open(io, maildir->dir_fd, name, O_RDONLY | O_DIRECTORY, 0);

  if (fd >= 0 || errno != ENOENT || !makes)
    return fd;
  if (io->make_directory(io, maildir->dir_fd, name, DIRECTORY_MODE) < 0 ||
      (durable && io->sync(io, maildir->dir_fd) < 0))
    return -1;
  return io->open(io, maildir->dir_fd, name, O_RDONLY | O_DIRECTORY, 0);
}

int record_directories_sync(const Maildir *maildir, const StoreIo *io, const char *const *places) {
  int result = 0;

  for (; places && *places && result == 0; places++) {
    int fd = record_directory_open(maildir, io, *places, FALSE, FALSE);
    if (fd >= 0) {
      result = io->sync(io, fd);
      (void)io->close(io, fd);
    } else if (errno != ENOENT) {
      result = -1;
    }
  }
  return result;
}

/* --- with a delivery */

static int write_one(const StoreParts *parts, DeliveryRecord *record) {
  const Maildir *maildir = parts->maildir;
  const StoreIo *io = parts->io;
  int directory_fd = record_directory_open(maildir, io, record->place, TRUE, parts->durable);

  if (directory_fd < 0)
    return -1;
  (void)io->close(io, directory_fd);
  g_autofree char *tmp_name = record_tmp_name(record->place, record->name);
  record->fd = maildir_create(maildir, io, maildir->tmp_fd, tmp_name, O_WRONLY);
  if (record->fd < 0)
    return -1;
  record->tmp_name = g_steal_pointer(&tmp_name);
  gsize n_bytes;
  const void *bytes = g_bytes_get_data(record->bytes, &n_bytes);
  struct iovec content = {(gpointer)bytes, n_bytes};
  return store_io_write_all(io, record->fd, &content, 1, 0);
}

int record_files_write(const StoreParts *parts, const GPtrArray *records) {
  for (guint i = 0; i < records->len; i++)
    if (write_one(parts, g_ptr_array_index(records, i)) < 0)
      return -1;
  return 0;
}

static int close_one(const StoreIo *io, DeliveryRecord *record) {
  int fd = record->fd;

  record->fd = -1;
  return fd < 0 ? 0 : io->close(io, fd);
}

int record_files_close(const StoreParts *parts, const GPtrArray *records) {
  const StoreIo *io = parts->io;

  for (guint i = 0; i < records->len; i++) {
    DeliveryRecord *record = g_ptr_array_index(records, i);
    if ((parts->durable && io->sync(io, record->fd) < 0) || close_one(io, record) < 0)
      return -1;
  }
  return 0;
}

int record_files_show(const StoreParts *parts, const GPtrArray *records) {
  const StoreIo *io = parts->io;

  for (guint i = 0; i < records->len; i++) {
    DeliveryRecord *record = g_ptr_array_index(records, i);
    int directory_fd = record_directory_open(parts->maildir, io, record->place, FALSE, FALSE);
    if (directory_fd < 0)
      return -1;
    int renamed = io->rename(io, parts->maildir->tmp_fd, record->tmp_name, directory_fd, record->name);
    int error_number = errno;
    (void)io->close(io, directory_fd);
    errno = error_number;
    if (renamed < 0)
      return -1;
    g_clear_pointer(&record->tmp_name, g_free);
    record->is_shown = TRUE;
  }
  return 0;
}

void record_files_discard(const StoreParts *parts, const GPtrArray *records) {
  const StoreIo *io = parts->io;

  for (guint i = 0; i < records->len; i++) {
    DeliveryRecord *record = g_ptr_array_index(records, i);
    (void)close_one(io, record);
    if (record->tmp_name)
      (void)io->remove(io, parts->maildir->tmp_fd, record->tmp_name);
    else if (record->is_shown)
      (void)record_files_remove(parts, record->place, record->name, NULL);
    record->is_shown = FALSE;
    g_clear_pointer(&record->tmp_name, g_free);
  }
}

/* --- for its owner */

typedef struct Reading {
  const char *place;
  int directory_fd;
  int error_number; /* of the first file that is there and cannot be read */
  GPtrArray *records;
} Reading;

/* What is too long, and what is not a file, is not one of ours; and the owner may delete one meanwhile. */
static gboolean read_one(const char *file_name, gpointer user_data) {
  Reading *reading = user_data;
  struct stat status;
  int fd = store_open_regular(reading->directory_fd, file_name, &status);

  if (fd < 0)
    return TRUE;
  g_autofree guint8 *bytes = g_malloc(DELIVERY_RECORD_BYTES_MAX + 1);
  gssize len = store_io_read_at(fd, bytes, DELIVERY_RECORD_BYTES_MAX + 1, 0);
  reading->error_number = len < 0 ? errno : 0;
  close(fd);
  if (len >= 0 && len <= DELIVERY_RECORD_BYTES_MAX) {
    g_autoptr(GBytes) content = g_bytes_new(bytes, (gsize)len);
    g_ptr_array_add(reading->records, delivery_record_new(reading->place, file_name, content));
  }
  return len >= 0;
}

GPtrArray *record_files_read(const StoreParts *parts, const char *place, GError **error) {
  g_autoptr(GPtrArray) records = g_ptr_array_new_with_free_func((GDestroyNotify)delivery_record_free);
  int directory_fd = record_directory_open(parts->maildir, parts->io, place, FALSE, FALSE);

  if (directory_fd < 0 && errno == ENOENT)
    return g_steal_pointer(&records);
  if (directory_fd < 0) {
    inbox_set_errno(error, errno, "cannot open %s/dsmtpd.%s", parts->maildir->path, place);
    return NULL;
  }
  Reading reading = {.place = place, .directory_fd = directory_fd, .records = records};
  gboolean ok = maildir_for_each(directory_fd, read_one, &reading, error);
  (void)parts->io->close(parts->io, directory_fd);
  if (ok && reading.error_number != 0) {
    inbox_set_errno(error, reading.error_number, "cannot read the records in %s/dsmtpd.%s", parts->maildir->path,
                    place);
    ok = FALSE;
  }
  return ok ? g_steal_pointer(&records) : NULL;
}

gboolean record_files_remove(const StoreParts *parts, const char *place, const char *name, GError **error) {
  const StoreIo *io = parts->io;
  int directory_fd = record_directory_open(parts->maildir, io, place, FALSE, FALSE);
  gboolean removed = directory_fd >= 0 && (io->remove(io, directory_fd, name) == 0 || errno == ENOENT) &&
                     (!parts->durable || io->sync(io, directory_fd) == 0);

  if (!removed)
    inbox_set_errno(error, errno, "cannot remove %s/dsmtpd.%s/%s", parts->maildir->path, place, name);
  if (directory_fd >= 0)
    (void)io->close(io, directory_fd);
  return removed;
}
