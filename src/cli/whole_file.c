#include "cli/whole_file.h"
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

struct WholeFile {
  char *path;
  char *other_path; /* under which it is written; NULL: `path` itself, or put in its place */
  gboolean replaces;
  int fd;     /* -1: closed */
  int failed; /* errno; 0: nothing has */
};

static gboolean fail(const char *path, int error_number, GError **error) {
  return cli_fail(error, EXIT_CODE_FAILED, "%s: %s", path, g_strerror(error_number));
}

static gboolean open_other(WholeFile *file, GError **error) {
  file->other_path = g_strconcat(file->path, ".XXXXXX", NULL);
  file->fd = g_mkstemp_full(file->other_path, O_WRONLY | O_CLOEXEC, 0600);
  if (file->fd >= 0)
    return TRUE;
  g_clear_pointer(&file->other_path, g_free);
  return fail(file->path, errno, error);
}

static gboolean open_itself(WholeFile *file, GError **error) {
  file->fd = open(file->path, O_WRONLY | O_CLOEXEC);
  return file->fd >= 0 || fail(file->path, errno, error);
}

WholeFile *whole_file_open(const char *path, gboolean replaces, GError **error) {
  g_autoptr(WholeFile) file = g_new0(WholeFile, 1);
  struct stat status;
  gboolean is_there = stat(path, &status) == 0;

  file->path = g_strdup(path);
  file->replaces = replaces;
  file->fd = -1;
  if (is_there && S_ISREG(status.st_mode) && !replaces) {
    cli_fail(error, EXIT_CODE_FAILED, "%s exists already; --force replaces it", path);
    return NULL;
  }
  gboolean is_open = is_there && !S_ISREG(status.st_mode) ? open_itself(file, error) : open_other(file, error);
  return is_open ? g_steal_pointer(&file) : NULL;
}

void whole_file_free(WholeFile *file) {
  if (!file)
    return;
  if (file->fd >= 0)
    close(file->fd);
  if (file->other_path)
    unlink(file->other_path);
  g_free(file->other_path);
  g_free(file->path);
  g_free(file);
}

gboolean whole_file_write(WholeFile *file, const char *bytes, gsize len) {
  while (len > 0 && file->failed == 0) {
    gssize n = write(file->fd, bytes, len);
    if (n >= 0) {
      bytes += n;
      len -= (gsize)n;
    } else if (errno != EINTR) {
      file->failed = errno;
    }
  }
  return file->failed == 0;
}

/* Without replacing what came meanwhile; file systems without hard links have no such thing. */
static int put_in_place(const WholeFile *file) {
  if (!file->replaces && link(file->other_path, file->path) == 0)
    return unlink(file->other_path);
  return !file->replaces && errno == EEXIST ? -1 : rename(file->other_path, file->path);
}

gboolean whole_file_commit(WholeFile *file, GError **error) {
  if (file->failed == 0 && file->other_path && fsync(file->fd) != 0)
    file->failed = errno;
  if (close(file->fd) != 0 && file->failed == 0)
    file->failed = errno;
  file->fd = -1;
  if (file->failed == 0 && file->other_path && put_in_place(file) != 0)
    file->failed = errno;
  if (file->failed != 0)
    return fail(file->path, file->failed, error);
  g_clear_pointer(&file->other_path, g_free);
  return TRUE;
}
